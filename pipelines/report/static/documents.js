"use strict";
// Documents: found by search, sampled by reason, one by one with their cluster; shards and their examples.
function docLine(doc) {
  return el("li", {}, link(doc.title || doc.url, "doc", doc.doc_id), " ", state(doc), doc.reason ? " · " + reasonName(doc.reason) : null, doc.title ? el("span", { class: "soft url" }, doc.url) : null, doc.excerpt ? marked(doc.excerpt) : null);
}

async function searchFile(text) {
  const sites = (await load("sites")).filter((row) => text.includes(row[0]) || row[0].includes(text)).slice(0, 20), hits = [];
  for (const row of sites) {
    const { detail } = await siteChunk(row[0]);
    for (const doc of detail.documents) if (doc.url.includes(text) || (doc.title || "").includes(text)) hits.push(doc);
    if (hits.length > 200) break;
  }
  return [sites.length ? el("p", {}, t("found.sites"), " ", sites.map((row, i) => [i ? " · " : "", link(row[0], "site", row[0])])) : null,
    hits.length ? el("ul", { class: "hits" }, hits.slice(0, 200).map((doc) => docLine({ ...doc, excerpt: null }))) : sites.length ? null : el("p", {}, t("found.nothing"))];
}

async function searchServer(text) {
  const answer = await fetch("/search?q=" + encodeURIComponent(text));
  if (!answer.ok) throw new Error(`${answer.status} ${answer.statusText}`);
  const rows = await answer.json();
  return [el("p", { class: "soft" }, t("found.count", { n: number(rows.length) })), rows.length ? el("ol", { class: "hits" }, rows.map(docLine)) : el("p", {}, t("found.nothing"))];
}

async function showDocuments(which) {
  const served = location.protocol.startsWith("http");
  const input = el("input", { id: "find", type: "search", autocomplete: "off", spellcheck: "false" });
  const answer = el("div", { role: "status" });
  const form = el("form", { role: "search" }, el("div", { class: "controls" }, el("label", { for: "find" }, t(served ? "find.text" : "find.document"), input), el("button", {}, t("find"))));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    if (/^[0-9a-f]{32}$/i.test(text)) { location.hash = route("doc", text.toLowerCase()); return; }
    try { answer.replaceChildren(...there(await (served ? searchServer : searchFile)(text))); } catch (error) { answer.replaceChildren(el("p", {}, String(error.message))); }
  });
  const samples = await load("samples"), list = el("div");
  const choice = el("select", { id: "sample-reason" }, samples.map((part) => el("option", { value: part.reason }, `${reasonName(part.reason)} (${part.count === null ? "–" : number(part.count)})`)));
  const draw = () => {
    const part = samples.find((item) => item.reason === choice.value);
    list.replaceChildren(el("p", { class: "soft" }, t("sample.shown", { n: number(part.documents.length), all: part.count === null ? "–" : number(part.count) })),
      el("ul", { class: "hits" }, part.documents.map((doc) => docLine(doc))));
  };
  choice.addEventListener("change", draw);
  if (samples.some((part) => part.reason === which)) choice.value = which;
  if (samples.length) draw();
  show(el("h1", {}, t("documents")),
    overview.documents_total ? [el("p", {}, t("documents.lead", { listed: number(overview.documents_listed), all: number(overview.documents_total) })), form, answer,
      section("sample.title", el("p", { class: "soft" }, t("sample.lead")), el("div", { class: "controls" }, el("label", { for: "sample-reason" }, t("reason"), choice)), list)]
      : el("p", {}, t(overview.stages.includes("clean") ? "no.documents" : "nothing.yet")));
}

function checks(doc, site, row, cluster) {
  if (doc.state !== "kept") {
    const key = doc.reason === "site_verdict" && row[3] === "override" ? "why.decided" : "why." + doc.reason;
    return [el("p", {}, labels[key] ? t(key, { value: short(doc.value), threshold: short(doc.threshold) }) : reasonName(doc.reason)),
      doc.reason.startsWith("site_") ? el("p", {}, link(t("see.site"), "site", site)) : null];
  }
  return [el("ul", {}, el("li", {}, t("why.kept.chars", { value: number(doc.n_chars), threshold: number(overview.min_chars) })),
    el("li", {}, t("why.kept.site"), " ", verdict(row[2]), ` (${t("decided." + row[3])}, ${t("score")} ${row[4] === null ? "–" : row[4].toFixed(2)}) `, link(t("see.site"), "site", site)),
    el("li", {}, overview.stages.includes("dedup") ? (cluster ? t("why.kept.stays", { n: number(cluster.count) }) : t("why.kept.alone")) : t("why.kept.unchecked")))];
}

function clusterTable(doc, cluster) {
  const stays = cluster.kept_run ? t("kept.elsewhere", { run: cluster.kept_run }) : null;
  const rows = [[link(cluster.kept_url || cluster.kept, "doc", cluster.kept), link(cluster.kept_site, "site", cluster.kept_site), el("b", { class: "keep" }, t("stays")), stays],
    ...cluster.members.map(([id, url, site, similarity, reason]) => [id === doc.doc_id ? el("b", {}, url) : link(url, "doc", id), link(site, "site", site), reasonName(reason), similarity.toFixed(3)])];
  return [el("p", {}, t("cluster.lead", { n: number(cluster.count + 1), id: doc.cluster_id })),
    plainTable("", [t("document"), t("site"), t("state"), { label: t("similarity"), n: true }], rows),
    cluster.count > cluster.members.length ? el("p", { class: "soft" }, t("shown", { n: number(cluster.members.length), all: number(cluster.count) })) : null];
}

async function showDocument(id) {
  const index = await load("ids-" + id.slice(0, 2)).catch(() => ({})), site = index[id];
  const found = site === undefined ? null : await siteChunk(site);
  const doc = found && found.detail.documents.find((item) => item.doc_id === id);
  if (!doc) return showMissing(id, /^[0-9a-f]{32}$/.test(id) ? `--doc ${id}` : null);
  const cluster = doc.cluster_id ? (await load("cluster-" + doc.cluster_id.slice(0, 2)))[doc.cluster_id] : null;
  const weighed = found.detail.samples.find((item) => item.doc_id === id);
  show(el("h1", {}, doc.title || doc.url),
    el("p", {}, state(doc), doc.reason ? el("b", {}, ` · ${reasonName(doc.reason)}`) : null, doc.stage ? ` (${t("stage." + doc.stage)})` : null),
    section(doc.state === "kept" ? "why.kept" : "why.dropped", checks(doc, site, found.row, cluster),
      doc.state === "kept" ? null : facts([[t("value"), doc.value === null ? null : short(doc.value)], [t("threshold"), doc.threshold === null ? null : short(doc.threshold)]])),
    cluster ? section("cluster", clusterTable(doc, cluster)) : null,
    section("text", marked(doc.excerpt, []), weighed && weighed.marks && weighed.marks.length ? [el("h3", {}, t("weighed")), sample(weighed)] : null),
    section("from", facts([[t("url"), safeLink(doc.url)], [t("site"), link(site, "site", site)], [t("doc_id"), el("span", { class: "id" }, id)],
      [t("warc"), el("span", { class: "id" }, t("warc.place", { file: doc.warc_file, offset: number(doc.warc_offset) }))],
      [t("characters"), doc.n_chars === undefined ? null : number(doc.n_chars)], [t("published"), doc.published], [t("encoding"), doc.encoding]])),
    terminal(`--doc ${id} --recompute`));
}

function showShards() {
  const rows = overview.shards, e = overview.encode;
  show(el("h1", {}, t("shards")), el("p", { class: "soft" }, t("shards.lead")), e ? [
    plainTable(t("shards.caption"), [t("shard"), t("split"), { label: t("records"), n: true }, { label: t("documents.n"), n: true }, { label: t("tokens"), n: true }, { label: t("bytes"), n: true }, "SHA-256"],
      rows.map((s) => [s.trace === null ? s.path : link(s.path, "shard", s.path), t("split." + s.split), number(s.records), number(s.documents), number(s.tokens), number(s.bytes), el("span", { class: "id short", title: s.sha256 }, s.sha256)])),
    plainTable(t("encode.caption"), [t("what"), { label: t("value"), n: true }], Object.entries(e).map(([key, value]) => [t("encode." + key), typeof value !== "number" ? value : key.endsWith("_share") ? percent(value, 3) : Number.isInteger(value) ? number(value) : short(value)])),
  ] : el("p", {}, t("nothing.yet")));
}

async function showShard(path) {
  const shard = overview.shards.find((item) => item.path === path);
  if (!shard || shard.trace === null) return showMissing(path);
  const rows = (await load("trace-" + shard.trace)).map(([n, doc_id, start, end, url]) => ({ n, doc_id, start, end, url: url || "", text: `${n} ${doc_id} ${url || ""}` }));
  const table = virtualTable([
    { label: t("record"), key: "n", number: true, width: "6rem" },
    { label: t("document"), key: "doc_id", width: "minmax(19rem, 1fr)", cell: (r) => el("span", { class: "id" }, link(r.doc_id, "doc", r.doc_id)) },
    { label: t("url"), key: "url", width: "minmax(16rem, 2fr)" },
    { label: t("tokens.of"), key: "start", number: true, width: "10rem", cell: (r) => `${number(r.start)}–${number(r.end)}` },
  ], rows, { label: path, empty: t("found.nothing"), count: (n) => t("records.shown", { n: number(n), all: number(shard.records) }) });
  const search = el("input", { type: "search", id: "record-search", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => {
    const word = search.value.trim();
    table.filter(/^\d{1,9}$/.test(word) ? (row) => row.n === Number(word) : (row) => row.text.includes(word));
  });
  show(el("h1", {}, path), el("p", {}, t("trace.lead")), el("div", { class: "controls" }, el("label", { for: "record-search" }, t("find.record"), search)), table.node, terminal(`--shard ${path} --record N`));
}

const pages = { "": showOverview, sites: showSites, site: showSite, documents: showDocuments, doc: showDocument, shards: showShards, shard: showShard };
start();
