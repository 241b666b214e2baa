"use strict";
// The table of all sites, and the page of one.
async function showSites(which) {
  const rows = (await load("sites")).map(([site, pages, name, by, score, kept, reasons, chunk]) =>
    ({ site, pages, verdict: name, by, score, kept, reasons, chunk, text: (site + " " + reasons.map(signalName).join(" ") + " " + reasons.join(" ")).toLowerCase() }));
  const table = virtualTable([
    { label: t("site"), key: "site", width: "minmax(12rem, 2fr)", cell: (row) => link(row.site, "site", row.site) },
    { label: t("verdict"), key: "verdict", width: "7rem", cell: (row) => verdict(row.verdict) },
    { label: t("decided.by"), key: "by", width: "8rem", cell: (row) => t("by." + row.by) },
    { label: t("score"), key: "score", number: true, width: "5.5rem", cell: (row) => (row.score === null ? "–" : row.score.toFixed(2)) },
    { label: t("pages"), key: "pages", number: true, width: "6rem", cell: (row) => number(row.pages) },
    { label: t("kept.documents"), key: "kept", number: true, width: "7rem", cell: (row) => number(row.kept) },
    { label: t("reasons"), key: "reasons", width: "minmax(14rem, 3fr)", sort: (row) => row.reasons.join(), cell: (row) => row.reasons.map(signalName).join(" · ") },
  ], rows, { label: t("sites"), sortBy: 4, down: true, empty: t("found.nothing"), count: (n, all) => t("shown", { n: number(n), all: number(all) }) });
  const search = el("input", { type: "search", id: "site-search", autocomplete: "off", spellcheck: "false" });
  const choice = el("select", { id: "site-verdict" }, ["all", "keep", "review", "drop", "override"].map((name) => el("option", { value: name }, t("choice." + name))));
  if (["keep", "review", "drop", "override"].includes(which)) choice.value = which;
  const apply = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean), want = choice.value;
    table.filter((row) => (want === "all" || row.verdict === want || (want === "override" && row.by === "override")) && words.every((word) => row.text.includes(word)));
  };
  search.addEventListener("input", apply);
  choice.addEventListener("change", apply);
  apply();
  show(el("h1", {}, t("sites")), el("p", { class: "soft" }, t("sites.lead")),
    rows.length ? [el("div", { class: "controls" }, el("label", { for: "site-search" }, t("search.sites"), search), el("label", { for: "site-verdict" }, t("verdict"), choice)), table.node] : el("p", {}, t(overview.stages.includes("clean") ? "no.sites" : "nothing.yet")));
}

async function siteChunk(name) {
  const row = (await load("sites")).find((item) => item[0] === name);
  return row ? { row, detail: (await load("site-" + row[7]))[name] } : null;
}

function inWords(reason, population) {
  const line = population[reason.signal];
  const key = reason.signal === "empty_pages" ? "reason.empty" : !line && labels["why." + reason.signal] ? "reason.count" : line && line.low ? "reason.below" : "reason.above";
  const [head, ...tail] = t(key).split("{signal}");
  const values = {
    value: short(reason.value), threshold: short(reason.threshold), pages: number(reason.pages), share: percent(reason.value, 0), limit: percent(reason.threshold, 0),
    bound: reason.lower_bound === null ? "–" : percent(reason.lower_bound, 0),
  };
  const fill = (text) => Object.entries(values).reduce((done, [name, value]) => done.replaceAll(`{${name}}`, value), text);
  return el("li", {}, fill(head), el("b", {}, signalName(reason.signal)), fill(tail.join(signalName(reason.signal))));
}

function sample(doc) {
  const speaks = (doc.signs || []).filter((sign) => sign[3] > 0);
  return el("article", { class: "sample" },
    el("p", {}, doc.url ? link(doc.title || doc.url, "doc", doc.doc_id) : el("span", { class: "id" }, doc.doc_id), " ", doc.state ? state(doc) : null, doc.reason ? " · " + reasonName(doc.reason) : null,
      doc.points === undefined ? null : el("b", { class: doc.thin || doc.points < 1 ? "points" : "points drop" }, t(doc.thin ? "thin" : "points", { n: doc.points.toFixed(2) }))),
    doc.url && doc.title ? el("p", { class: "soft url" }, doc.url) : null,
    doc.thin ? null : speaks.length ? el("ul", { class: "signs" }, speaks.slice(0, 6).map(([name, value, line, points]) => el("li", {}, signalName(name), value === null ? "" : ` ${short(value)}`, line === null ? "" : el("span", { class: "soft" }, ` (${t("line")} ${short(line)})`), ` +${points.toFixed(2)}`)))
      : doc.signs ? el("p", { class: "soft" }, t("no.signs")) : null,
    doc.excerpt ? marked(doc.excerpt, doc.marks) : null);
}

function decisionNote(decision, by) {
  if (!decision) return null;
  return el("div", { class: "note" }, el("p", {}, t("by.rule"), " ", decision.rule_verdict ? verdict(decision.rule_verdict) : "–", " → ", t("by.override"), " ", verdict(decision.verdict), " ", el("b", {}, t("effect." + (by || decision.effect)))),
    el("p", {}, t("decision.by", { by: decision.by, when: decision.when })), el("blockquote", {}, decision.reason));
}

function signalRows(signals, population, reasons) {
  const heavy = new Map(reasons.map((reason, i) => [reason.signal, i]));
  const order = ([name]) => (heavy.has(name) ? heavy.get(name) : population[name]?.line !== null ? 1000 : 2000);
  return [...signals].sort((a, b) => order(a) - order(b)).map(([name, value]) => {
    const p = population[name], beyond = p && p.line !== null && value !== null && (p.low ? value < p.line : value > p.line);
    return [el("span", {}, el("b", {}, signalName(name)), p && p.meaning && overview.language === "en" ? el("span", { class: "meaning" }, `${p.meaning}. Unit: ${p.unit}.`) : null),
      el("span", { class: beyond ? "drop" : null }, short(value)), p && p.line !== null ? `${p.low ? "<" : ">"} ${short(p.line)}` : "–",
      p && p.bins.length && value !== null ? spreadChart(p.bins, p.edges, value, p.line, t("spread.title", { signal: signalName(name), value: short(value), line: p.line === null ? "–" : short(p.line), low: short(p.edges[0]), high: short(p.edges[p.edges.length - 1]) })) : ""];
  });
}

async function showSite(...parts) {
  const name = parts.join("/"), found = await siteChunk(name);
  if (!found) return showMissing(name);
  const { row, detail } = found, population = await load("population");
  const decision = overview.decisions.find((item) => item.site === name);
  const table = virtualTable([
    { label: t("document"), key: "url", width: "minmax(16rem, 3fr)", cell: (d) => link(d.title || d.url, "doc", d.doc_id) },
    { label: t("state"), key: "state", width: "7rem", cell: state },
    { label: t("reason"), key: "reason", width: "minmax(9rem, 1fr)", sort: (d) => d.reason || "", cell: (d) => (d.reason ? reasonName(d.reason) : "") },
    { label: t("value"), key: "value", number: true, width: "6rem", cell: (d) => (d.value === undefined ? "" : short(d.value)) },
    { label: t("characters"), key: "n_chars", number: true, width: "8rem", cell: (d) => (d.n_chars === undefined ? "" : number(d.n_chars)) },
  ], detail.documents, { label: t("documents"), empty: t("none"), count: (n, all) => t("shown", { n: number(n), all: number(all) }) });
  show(
    el("h1", {}, name),
    el("p", {}, verdict(row[2]), " ", t("decided." + row[3]), " · ", t("score"), " ", row[4] === null ? "–" : row[4].toFixed(2), " · ", number(row[1]), " ", t("pages"), " · ", number(row[5]), " ", t("kept.documents")),
    decisionNote(decision || detail.decision, decision && decision.effect),
    section("why", detail.reasons.length ? [el("p", { class: "soft" }, t("why.lead", { confidence: percent(overview.confidence, 0) })), el("ol", {}, detail.reasons.map((reason) => inWords(reason, population)))] : el("p", {}, t("no.reasons"))),
    section("samples", detail.samples.length ? [el("p", { class: "soft" }, t("samples.lead")), detail.samples.map(sample)] : el("p", {}, t("none"))),
    section("signals", el("p", { class: "soft" }, t("signals.lead")),
      plainTable("", [t("signal"), { label: t("mean"), n: true }, { label: t("line"), n: true }, t("population")], signalRows(detail.signals, population, detail.reasons))),
    detail.lines.length ? section("site.lines", el("p", {}, t("site.lines.lead", { n: number(detail.lines_removed) })), el("ul", {}, detail.lines.map((line) => el("li", {}, line)))) : null,
    section("documents", table.node), terminal("--site", name));
}
