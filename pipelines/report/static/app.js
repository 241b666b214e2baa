"use strict";
// The report's pages, drawn from data/*.js. Everything in those files came from strangers: it only ever becomes text.
const waiting = new Map();
window.kinariPut = (name, value) => {
  const done = waiting.get(name);
  waiting.delete(name);
  if (done) done(value);
};

const cache = new Map();
function load(name) {
  if (!cache.has(name)) {
    cache.set(name, new Promise((resolve, reject) => {
      waiting.set(name, resolve);
      const script = el("script", { src: `data/${name}.js` });
      script.onerror = () => reject(new Error(`data/${name}.js`));
      document.head.append(script);
    }));
  }
  return cache.get(name);
}

const { overview, labels } = window.kinariReport;
const t = (key, values = {}) => {
  let text = labels[key] ?? key;
  for (const [name, value] of Object.entries(values)) text = text.replaceAll(`{${name}}`, value);
  return text;
};
const reasonName = (name) => labels["reason." + name] ?? labels["signal." + name] ?? name.replaceAll("_", " ");
const signalName = (name) => labels["signal." + name] ?? name.replaceAll("_", " ");
const main = document.getElementById("main");
const show = (...nodes) => main.replaceChildren(...nodes.flat().filter((node) => node !== null && node !== undefined));
const route = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");
const link = (label, ...parts) => el("a", { href: route(...parts) }, label);
const verdict = (name) => el("span", { class: `verdict ${["keep", "drop", "review"].includes(name) ? name : ""}` }, t("verdict." + name));

function plainTable(caption, heads, rows) {
  return el("div", { class: "scroll" }, el("table", {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col", class: head.n ? "n" : null }, head.label ?? head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) => el("td", { class: heads[i].n ? "n" : null }, cell ?? "–")))))));
}

function figures(items) {
  return el("ul", { class: "figures" }, items.map(([label, value]) => el("li", {}, el("b", {}, value), label)));
}

function bars(caption, rows, name = (x) => x) {
  if (!rows || !rows.length) return null;
  const total = rows.reduce((sum, row) => sum + row[1], 0) || 1;
  return plainTable(caption, [t("what"), { label: t("count"), n: true }, { label: t("share"), n: true }],
    rows.map(([key, value]) => [name(key), number(value), (100 * value / total).toFixed(1) + "%"]));
}

function funnelText(row) {
  const parts = row.dropped.slice(0, 4).map(([reason, n]) => `${reasonName(reason)} ${number(n)}`);
  if (row.dropped.length > 4) parts.push("…");
  return parts.length ? "− " + parts.join(", ") : "";
}

function showOverview() {
  const o = overview;
  // Train counts examples, not documents: it has its row in the table, but no bar.
  const counted = o.funnel.filter((row) => row.stage !== "train");
  const steps = counted.map((row) => ({ label: t("stage." + row.stage), value: row.rows_out, lost: "" }));
  if (counted.length) steps.unshift({ label: t("urls"), value: counted[0].rows_in, fill: "#8b8372" });
  counted.forEach((row, i) => { steps[i].lost = funnelText(row); });
  const sites = o.site_counts || {};
  const curve = o.train && o.train.points.length ? lineChart([
    { label: t("train.loss"), color: "#2b4a7f", points: o.train.points },
    { label: t("valid.loss"), color: "#a03b2b", points: o.train.valid, dash: "5 3" },
  ].filter((s) => s.points.length), t("loss.curve"), t("step"), o.train.lines || []) : null;
  show(
    el("h1", {}, o.name),
    el("p", { class: "soft" }, t("overview.lead")),
    figures(o.figures.map(([key, value]) => [t("figure." + key), value])),
    el("h2", {}, t("funnel")), steps.length ? funnelChart(steps, t("funnel.picture")) : el("p", {}, t("nothing.yet")),
    plainTable(t("funnel.caption"), [t("stage"), { label: t("rows.in"), n: true }, { label: t("rows.out"), n: true }, { label: t("dropped"), n: true }, { label: "MB", n: true }, t("reasons")],
      o.funnel.map((row) => [t("stage." + row.stage), number(row.rows_in), number(row.rows_out), number(row.rows_in - row.rows_out), (row.bytes / 1e6).toFixed(1),
        row.dropped.map(([reason, n]) => `${reasonName(reason)} ${number(n)}`).join(", ")])),
    o.volume && o.volume.length ? plainTable(t("volume.caption"), [t("stage"), { label: t("documents"), n: true }, { label: t("characters"), n: true }, { label: t("tokens"), n: true }],
      o.volume.map((row) => [t("stage." + row.stage), number(row.documents), number(row.characters), number(row.tokens)])) : null,
    el("h2", {}, t("sites")),
    el("p", {}, ["keep", "review", "drop"].map((name) => [verdict(name), ` ${number(sites[name] || 0)}  `]).flat(), link(t("see.sites"), "sites")),
    el("div", { class: "grid2" },
      el("section", {}, el("h3", {}, t("encodings")), bars(t("encodings.caption"), o.encodings)),
      el("section", {}, el("h3", {}, t("languages")), bars(t("languages.caption"), o.languages) || el("p", {}, t("none"))),
      el("section", {}, el("h3", {}, t("opt.outs")), bars(t("opt.outs.caption"), o.opt_outs) || el("p", {}, t("none"))),
      el("section", {}, el("h3", {}, t("normalization")), bars(t("normalization.caption"), o.normalization) || el("p", {}, t("none"))),
      el("section", {}, el("h3", {}, t("repairs")), bars(t("repairs.caption"), o.repairs, (x) => x.replaceAll("_", " ")) || el("p", {}, t("none")))),
    el("h2", {}, t("dedup")),
    o.dedup ? figures(o.dedup.figures.map(([key, value]) => [t("dedup." + key), value])) : el("p", {}, t("nothing.yet")),
    o.dedup && o.dedup.mirrors.length ? plainTable(t("mirrors.caption"), [t("site"), t("mirror.of"), { label: t("share"), n: true }],
      o.dedup.mirrors.map((m) => [link(m.site, "site", m.site), link(m.mirror_of, "site", m.mirror_of), (100 * m.share).toFixed(0) + "%"])) : null,
    el("h2", {}, t("training")),
    curve || el("p", {}, t("nothing.yet")),
    o.train && o.train.facts.length ? plainTable(t("training.caption"), [t("what"), { label: t("value"), n: true }], o.train.facts.map(([key, value]) => [t("train." + key), typeof value === "number" ? short(value) : value])) : null);
}

async function showSites() {
  const rows = (await load("sites")).map(([site, pages, name, by, score, kept, reasons, chunk]) =>
    ({ site, pages, verdict: name, by, score, kept, reasons, chunk, text: (site + " " + reasons.map(reasonName).join(" ") + " " + reasons.join(" ")).toLowerCase() }));
  const table = virtualTable([
    { label: t("site"), key: "site", width: "minmax(12rem, 2fr)", cell: (row) => link(row.site, "site", row.site) },
    { label: t("verdict"), key: "verdict", width: "7rem", cell: (row) => verdict(row.verdict) },
    { label: t("decided.by"), key: "by", width: "7rem", cell: (row) => t("by." + row.by) },
    { label: t("score"), key: "score", number: true, width: "5.5rem", cell: (row) => (row.score === null ? "–" : row.score.toFixed(2)) },
    { label: t("pages"), key: "pages", number: true, width: "6rem", cell: (row) => number(row.pages) },
    { label: t("kept.documents"), key: "kept", number: true, width: "7rem", cell: (row) => number(row.kept) },
    { label: t("reasons"), key: "reasons", width: "minmax(14rem, 3fr)", sort: (row) => row.reasons.join(), cell: (row) => row.reasons.map(reasonName).join(", ") },
  ], rows, { label: t("sites"), sortBy: 4, down: true, count: (n, all) => t("shown", { n: number(n), all: number(all) }) });
  const search = el("input", { type: "search", id: "site-search", autocomplete: "off" });
  const choice = el("select", { id: "site-verdict" }, ["all", "keep", "review", "drop", "override"].map((name) => el("option", { value: name }, t("choice." + name))));
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), which = choice.value;
    table.filter((row) => (which === "all" || row.verdict === which || (which === "override" && row.by === "override")) && words.every((word) => row.text.includes(word)));
  };
  search.addEventListener("input", apply);
  choice.addEventListener("change", apply);
  show(el("h1", {}, t("sites")), el("p", { class: "soft" }, t("sites.lead")),
    el("div", { class: "controls" }, el("label", { for: "site-search" }, t("search.sites"), search), el("label", { for: "site-verdict" }, t("verdict"), choice)), table.node);
}

async function siteChunk(name) {
  const row = (await load("sites")).find((item) => item[0] === name);
  return row ? { row, detail: (await load("site-" + row[7]))[name] } : null;
}

function inWords(reason, population) {
  const facts = population[reason.signal], low = facts && facts.low;
  return t(low ? "reason.below" : "reason.above", {
    signal: signalName(reason.signal), value: short(reason.value), threshold: short(reason.threshold),
    pages: number(reason.pages), bound: reason.lower_bound === null ? "–" : (100 * reason.lower_bound).toFixed(0) + "%",
  });
}

function marked(text, spans) {
  const quote = el("blockquote"), points = (spans || []).filter((s) => s[0] < s[1] && s[1] <= text.length).sort((a, b) => a[0] - b[0]);
  let at = 0;
  for (const [start, end] of points) {
    if (start < at) continue;
    showText(quote, text.slice(at, start));
    quote.append(el("mark", {}, text.slice(start, end)));
    at = end;
  }
  showText(quote, text.slice(at));
  return quote;
}

function sample(doc) {
  return el("section", {}, el("p", {}, link(doc.title || doc.url, "doc", doc.doc_id), " ", el("span", { class: doc.state === "kept" ? "keep" : "drop" }, t("state." + doc.state)), " ", doc.reason ? reasonName(doc.reason) : ""), doc.excerpt ? marked(doc.excerpt, doc.marks) : null);
}

async function showSite(name) {
  const found = await siteChunk(name);
  if (!found) return showMissing(name);
  const { row, detail } = found, population = await load("population");
  const table = virtualTable([
    { label: t("document"), key: "url", width: "minmax(16rem, 3fr)", cell: (d) => link(d.title || d.url, "doc", d.doc_id) },
    { label: t("state"), key: "state", width: "6rem", cell: (d) => el("span", { class: d.state === "kept" ? "keep" : "drop" }, t("state." + d.state)) },
    { label: t("reason"), key: "reason", width: "minmax(8rem, 1fr)", cell: (d) => (d.reason ? reasonName(d.reason) : "") },
    { label: t("characters"), key: "n_chars", number: true, width: "7rem", cell: (d) => number(d.n_chars) },
  ], detail.documents, { label: t("documents"), count: (n, all) => t("shown", { n: number(n), all: number(all) }) });
  show(
    el("h1", {}, name),
    el("p", {}, verdict(row[2]), " ", t("decided." + row[3]), " · ", t("score"), " ", row[4] === null ? "–" : row[4].toFixed(2), " · ", number(row[1]), " ", t("pages")),
    el("h2", {}, t("why")),
    detail.reasons.length ? el("ol", {}, detail.reasons.map((reason) => el("li", {}, inWords(reason, population)))) : el("p", {}, t("no.reasons")),
    el("h2", {}, t("samples")), detail.samples.length ? detail.samples.map(sample) : el("p", {}, t("none")),
    el("h2", {}, t("signals")), el("p", { class: "soft" }, t("signals.lead")),
    plainTable("", [t("signal"), { label: t("mean"), n: true }, { label: t("line"), n: true }, t("population")],
      detail.signals.map(([signal, value]) => {
        const p = population[signal];
        return [signalName(signal), short(value), p && p.line !== null ? short(p.line) : "–", p && value !== null ? spreadChart(p.bins, p.edges, value, p.line, `${signalName(signal)} ${short(value)}`) : ""];
      })),
    detail.lines.length ? el("section", {}, el("h2", {}, t("site.lines")), el("p", {}, t("site.lines.lead", { n: number(detail.lines_removed) })), el("ul", {}, detail.lines.map((line) => el("li", {}, line)))) : null,
    el("h2", {}, t("documents")), table.node);
}

async function showDocument(id) {
  const index = await load("ids-" + id.slice(0, 2)).catch(() => ({}));
  const site = index[id];
  const found = site ? await siteChunk(site) : null;
  const doc = found && found.detail.documents.find((item) => item.doc_id === id);
  if (!doc) return showMissing(id);
  const rows = [[t("url"), safeLink(doc.url)], [t("site"), link(site, "site", site)], ["doc_id", el("span", { class: "id" }, id)],
    [t("state"), t("state." + doc.state)], [t("stage"), doc.stage ? t("stage." + doc.stage) : null], [t("reason"), doc.reason ? reasonName(doc.reason) : null],
    [t("value"), doc.value === null || doc.value === undefined ? null : short(doc.value)], [t("threshold"), doc.threshold === null || doc.threshold === undefined ? null : short(doc.threshold)],
    [t("kept.instead"), doc.kept_doc_id ? link(doc.kept_doc_id, "doc", doc.kept_doc_id) : null], [t("similarity"), doc.similarity ? short(doc.similarity) : null],
    [t("cluster"), doc.cluster_id ? el("span", { class: "id" }, doc.cluster_id) : null],
    [t("characters"), doc.n_chars ? number(doc.n_chars) : null], [t("published"), doc.published], [t("encoding"), doc.encoding],
    [t("warc"), el("span", { class: "id" }, `${doc.warc_file} @ ${doc.warc_offset}`)]].filter((row) => row[1]);
  const cluster = doc.cluster_id ? found.detail.documents.filter((d) => d.cluster_id === doc.cluster_id && d !== doc) : [];
  show(el("h1", {}, doc.title || doc.url),
    el("dl", {}, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat()),
    doc.excerpt ? marked(doc.excerpt, doc.marks) : null,
    cluster.length ? el("section", {}, el("h2", {}, t("same.cluster")), el("ul", {}, cluster.map((d) => el("li", {}, link(d.title || d.url, "doc", d.doc_id))))) : null,
    el("p", { class: "soft" }, t("audit.hint"), " ", el("code", {}, `kinari audit RUN --doc ${id}`)));
}

function safeLink(url) {
  return /^https?:\/\//i.test(url) ? el("a", { href: url, rel: "noopener noreferrer nofollow", target: "_blank" }, url) : el("span", {}, url);
}

function showDocuments() {
  const input = el("input", { id: "find", type: "search", size: 40, autocomplete: "off" });
  const answer = el("div", { role: "status" });
  const form = el("form", {}, el("div", { class: "controls" }, el("label", { for: "find" }, t("find.document"), input), el("button", {}, t("find"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (/^[0-9a-f]{32}$/.test(text)) { location.hash = route("doc", text); return; }
    if (location.protocol.startsWith("http")) {
      const rows = await (await fetch("/search?q=" + encodeURIComponent(text))).json();
      answer.replaceChildren(rows.length ? el("ol", {}, rows.map((d) => el("li", {}, link(d.title || d.url, "doc", d.doc_id), " ",
        el("span", { class: d.state === "kept" ? "keep" : "drop" }, t("state." + d.state)), " ", d.reason ? reasonName(d.reason) : "", marked(d.excerpt, [])))) : el("p", {}, t("found.nothing")));
      return;
    }
    const sites = await load("sites");
    const named = sites.filter((row) => text && (text.includes(row[0]) || row[0].includes(text))).slice(0, 20);
    const hits = [];
    for (const row of named) {
      const { detail } = await siteChunk(row[0]);
      for (const doc of detail.documents) if (doc.url.includes(text) || (doc.title || "").includes(text)) hits.push(doc);
      if (hits.length > 200) break;
    }
    answer.replaceChildren(hits.length ? el("ul", {}, hits.slice(0, 200).map((d) => el("li", {}, link(d.title || d.url, "doc", d.doc_id), " ", el("span", { class: "soft" }, d.url))))
      : el("p", {}, named.length ? t("found.sites") : t("found.nothing")), el("ul", {}, named.map((row) => el("li", {}, link(row[0], "site", row[0])))));
  });
  show(el("h1", {}, t("documents")), el("p", {}, t("documents.lead", { listed: number(overview.documents_listed), all: number(overview.documents_total) })), form, answer);
}

function showShards() {
  const rows = overview.shards || [];
  show(el("h1", {}, t("shards")), el("p", { class: "soft" }, t("shards.lead")),
    plainTable(t("shards.caption"), [t("shard"), { label: t("records"), n: true }, { label: t("tokens"), n: true }, { label: t("bytes"), n: true }, "sha256"],
      rows.map((s) => [s.trace === null ? s.path : link(s.path, "shard", s.path), number(s.records), number(s.tokens), number(s.bytes), el("span", { class: "id" }, s.sha256)])),
    overview.encode_facts && overview.encode_facts.length ? plainTable(t("encode.caption"), [t("what"), { label: t("value"), n: true }], overview.encode_facts.map(([key, value]) => [t("encode." + key), typeof value === "number" ? short(value) : value])) : null);
}

async function showShard(path) {
  const shard = (overview.shards || []).find((item) => item.path === path);
  if (!shard || shard.trace === null) return showMissing(path);
  const rows = (await load("trace-" + shard.trace)).map(([n, doc_id, start, end]) => ({ n, doc_id, start, end }));
  const table = virtualTable([
    { label: t("record"), key: "n", number: true, width: "6rem" },
    { label: t("document"), key: "doc_id", width: "minmax(18rem, 2fr)", cell: (r) => link(r.doc_id, "doc", r.doc_id) },
    { label: t("tokens"), key: "start", width: "9rem", cell: (r) => `${number(r.start)}–${number(r.end)}` },
  ], rows, { label: path, count: (n) => t("records.shown", { n: number(n), all: number(shard.records) }) });
  show(el("h1", {}, path), el("p", {}, t("trace.lead")), table.node);
}

function showMissing(what) {
  show(el("h1", {}, t("not.found")), el("p", {}, what), el("p", {}, t("not.found.lead")));
}

const pages = { "": showOverview, sites: showSites, site: showSite, documents: showDocuments, doc: showDocument, shards: showShards, shard: showShard };
async function go() {
  const [page, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  for (const item of document.querySelectorAll("nav a")) {
    const here = item.getAttribute("href") === route(page) || (page === "" && item.getAttribute("href") === "#/")
      || (page === "site" && item.hash === "#/sites") || (page === "doc" && item.hash === "#/documents") || (page === "shard" && item.hash === "#/shards");
    if (here) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
  }
  try { await (pages[page] || showMissing)(...(pages[page] ? rest : [page])); } catch (error) { showMissing(String(error.message)); }
  document.title = (main.querySelector("h1")?.textContent || "").slice(0, 120) + " – kinari";
  scrollTo(0, 0);
}

document.documentElement.lang = overview.language;
document.getElementById("run-name").replaceChildren(showText(el("span"), overview.name));
document.getElementById("skip").textContent = t("skip");
document.getElementById("nav").append(...[["overview", ""], ["sites", "sites"], ["documents", "documents"], ["shards", "shards"]].map(([key, page]) => el("a", { href: "#/" + page }, t(key))));
showText(document.getElementById("foot"), t("foot", { version: overview.kinari }));
addEventListener("hashchange", () => { go().then(() => main.focus({ preventScroll: true })); });
go();
