"use strict";
// The first page: what each stage counted.
function bars(caption, rows, name = (x) => x) {
  if (!rows || !rows.length) return null;
  const total = rows.reduce((sum, row) => sum + row[1], 0) || 1;
  return plainTable(caption, [t("what"), { label: t("count"), n: true }, { label: t("share"), n: true }],
    rows.map(([key, value]) => [key === "" ? t("not.known") : name(key), number(value), shareBar(value / total)]));
}

function shareBar(share) {
  const bar = el("span", { class: "bar", "aria-hidden": "true" });
  bar.style.width = `${(4 * share).toFixed(2)}rem`;
  return el("span", { class: "share" }, bar, percent(share));
}

function lostText(dropped) {
  const parts = dropped.slice(0, 4).map(([reason, n]) => `${reasonName(reason)} ${number(n)}`);
  if (dropped.length > 4) parts.push(`+${dropped.length - 4}`);
  return parts.length ? "− " + parts.join(" · ") : "";
}

// Train counts examples, not documents: it has its row in the table, but no bar.
function funnel(o) {
  const counted = o.funnel.filter((row) => row.stage !== "train");
  if (!counted.length) return el("p", {}, t("nothing.yet"));
  const steps = counted.map((row) => ({ label: t("stage." + row.stage), value: row.rows_out, note: number(row.rows_out), lost: "" }));
  if (counted[0].stage === "crawl") steps.unshift({ label: t("urls"), value: counted[0].rows_in, note: number(counted[0].rows_in), soft: true });
  counted.forEach((row, i) => { const step = steps[i + steps.length - counted.length - 1]; if (step) step.lost = lostText(row.dropped); });
  const volume = o.volume.map((row) => ({
    label: row.stage === "crawl" ? t("extracted") : t("stage." + row.stage), value: row.characters, soft: row.stage === "crawl",
    note: number(row.characters) + (row.tokens === null ? "" : ` (${row.estimated ? "≈ " : ""}${short(row.tokens)} ${t("tokens")})`),
  }));
  if (volume.length && volume[0].soft) volume[0].lost = lostText(o.characters);
  return el("div", { class: "grid2" },
    el("figure", {}, el("figcaption", {}, t("funnel.pages")), barSteps(steps)),
    volume.length ? el("figure", {}, el("figcaption", {}, t("funnel.characters")), barSteps(volume)) : null);
}

function decisionRows(decisions) {
  return decisions.map((d) => [["decides", "agrees"].includes(d.effect) || d.rule_verdict ? link(d.site, "site", d.site) : d.site,
    d.rule_verdict ? verdict(d.rule_verdict) : null, verdict(d.verdict), el("span", { class: d.effect === "decides" ? null : "review" }, t("effect." + d.effect)), d.by, d.when, d.reason]);
}

function decisionTable(decisions) {
  return plainTable(t("decisions.caption"), [{ label: t("site"), w: true }, t("by.rule"), t("by.override"), t("effect"), { label: t("by"), w: true }, { label: t("when"), w: true }, t("reason")], decisionRows(decisions));
}

const small = (label, table, empty = "none") => el("section", {}, el("h3", {}, t(label)), table || el("p", { class: "soft" }, t(empty)));

function trainFacts(train) {
  const { train: fit, valid, baseline } = train.facts, rows = [];
  const add = (key, value, unit) => { if (value !== undefined) rows.push([t("train." + key), typeof value !== "number" ? value : unit === "nats" ? value.toFixed(3) : short(value), t("unit." + unit)]); };
  if (fit) { add("first_loss", fit.first_loss, "nats"); add("last_loss", fit.loss, "nats"); add("tokens_per_second", fit.tokens_per_second, "tokens_per_second"); add("epoch", fit.epoch, "passes"); }
  if (valid) { add("loss_lm", valid.loss_lm, "nats"); add("unigram_entropy", valid.unigram_entropy, "nats"); add("loss_mlm", valid.loss_mlm, "nats"); add("mlm_accuracy", valid.mlm_accuracy === undefined ? undefined : percent(valid.mlm_accuracy), "masked"); if (baseline?.mlm_commonest !== undefined) add("mlm_commonest", percent(baseline.mlm_commonest), "masked"); add("valid_dropped_share", valid.dropped_share === undefined ? undefined : percent(valid.dropped_share, 2), "tokens"); }
  const table = rows.length ? plainTable(t("training.caption"), [t("what"), { label: t("value"), n: true }, t("unit")], rows) : null;
  const beside = baseline?.characters ? plainTable(t("baseline.caption", { characters: number(baseline.characters) }), [t("model"), { label: t("unit.bits"), n: true }], [
    [t("baseline.model"), baseline.model_bits_per_char.toFixed(3)], [t("baseline.ngram", { order: baseline.ngram_order }), baseline.ngram_bits_per_char.toFixed(3)],
    [t("baseline.unigram"), baseline.unigram_bits_per_char.toFixed(3)]]) : null;
  const shares = ["ended", "repetition", "special", "lexicon"];
  const habits = train.habits.length ? plainTable(t("habits.caption"), [t("model"), t("habits.kind"), ...["continuations", ...shares, "tokens"].map((key) => ({ label: t("habits." + key), n: true }))],
    train.habits.map((row) => [t("habits." + row.model), row.kind, number(row.continuations), ...shares.map((key) => percent(row[key])), row.tokens.toFixed(1)])) : null;
  return [table, beside, habits];
}

function showOverview() {
  const o = overview, n = (label) => ({ label: t(label), n: true });
  const sites = o.site_counts, all = sites.keep + sites.review + sites.drop;
  const missing = ["crawl", "clean", "dedup", "encode", "train"].filter((stage) => !o.stages.includes(stage));
  const curve = o.train ? lineChart([
    { label: t("train.loss"), name: "a", points: o.train.points },
    { label: t("valid.loss"), name: "b", points: o.train.valid },
  ].filter((s) => s.points.length), t("loss.curve"), t("step"), o.train.facts.valid?.unigram_entropy ? [{ y: o.train.facts.valid.unigram_entropy, label: t("unigram") }] : []) : null;
  show(
    el("h1", {}, o.name),
    el("p", { class: "soft" }, t("overview.lead")),
    missing.length ? el("p", { class: "note" }, t("missing.stages", { stages: missing.map((stage) => t("stage." + stage)).join(", ") })) : null,
    figures(o.figures.map(([key, value]) => [t("figure." + key), number(value)])),
    section("funnel", funnel(o),
      o.funnel.length ? plainTable(t("funnel.caption"), [{ label: t("stage"), w: true }, { label: t("counts"), w: true }, n("rows.in"), n("rows.out"), n("dropped"), n("megabytes"), n("seconds"), t("reasons")],
        o.funnel.map((row) => [t("stage." + row.stage), t("unit.rows." + row.stage), number(row.rows_in), number(row.rows_out), number(row.rows_in - row.rows_out), (row.bytes / 1e6).toFixed(1), number(Math.round(row.seconds)),
          row.dropped.map(([reason, count]) => `${reasonName(reason)} ${number(count)}`).join(" · ") || null])) : null,
      o.volume.length ? plainTable(t("volume.caption"), [t("stage"), n("documents.n"), n("characters"), n("tokens")],
        o.volume.map((row) => [row.stage === "crawl" ? t("extracted") : t("stage." + row.stage), number(row.documents), number(row.characters), row.tokens === null ? "–" : (row.estimated ? "≈ " : "") + number(row.tokens)])) : null),
    section("sites", all ? [
      el("ul", { class: "figures" }, ["keep", "review", "drop"].map((name) => el("li", {}, el("b", {}, number(sites[name])), " ", el("a", { href: route("sites", name), class: name }, t("verdict." + name)), " ", el("span", { class: "soft" }, percent(sites[name] / all))))),
      el("div", { class: "grid2" }, small("main.reasons", bars(t("main.reasons.caption"), o.site_reasons, signalName)), small("site.lines.all", el("p", {}, t("site.lines.count", { n: number(o.site_lines) })))),
    ] : el("p", {}, t("nothing.yet")),
    el("h3", {}, t("decisions")), o.decisions.length ? decisionTable(o.decisions) : el("p", { class: "soft" }, t("decisions.none"))),
    section("pages.title", o.stages.includes("crawl") ? el("div", { class: "grid2" },
      small("encodings", bars(t("encodings.caption"), o.encodings), o.stages.includes("clean") ? "none" : "nothing.yet"),
      small("languages", bars(t("languages.caption"), o.languages, (x) => named("language", x)), o.stages.includes("clean") ? "none" : "nothing.yet"),
      small("opt.outs", bars(t("opt.outs.caption"), o.opt_outs, (x) => named("signal_met", x))),
      small("normalization", bars(t("normalization.caption"), o.normalization, (x) => named("span", x)), o.stages.includes("clean") ? "none" : "nothing.yet"),
      small("repairs", bars(t("repairs.caption"), o.repairs, (x) => named("repair", x)), o.stages.includes("clean") ? "none" : "nothing.yet"),
      small("lost", bars(t("lost.caption"), o.characters, reasonName), o.stages.includes("clean") ? "none" : "nothing.yet")) : el("p", {}, t("nothing.yet"))),
    section("dedup", o.dedup ? [figures(o.dedup.figures.map(([key, value]) => [t("dedup." + key), number(value)])),
      el("div", { class: "grid2" },
        small("cluster.sizes", o.dedup.sizes.length ? plainTable(t("cluster.sizes.caption"), [n("documents.n"), n("dedup.clusters")],
          o.dedup.sizes.map(([low, high, count]) => [high === null ? `${number(low)}–` : low === high ? number(low) : `${number(low)}–${number(high)}`, number(count)])) : null),
        small("mirrors", o.dedup.mirrors.length ? plainTable(t("mirrors.caption"), [t("site"), t("mirror.of"), n("repeated"), n("share")],
          o.dedup.mirrors.map((m) => [link(m.site, "site", m.site), link(m.mirror_of, "site", m.mirror_of), `${number(m.repeated)} / ${number(m.documents)}`, percent(m.share, 0)])) : null))] : el("p", {}, t("nothing.yet"))),
    section("shards", o.encode ? [figures([["shards.n", o.shards.length], ["records", o.shards.reduce((sum, s) => sum + s.records, 0)], ["tokens", o.encode.tokens], ["unused_ids", o.encode.unused_ids]].map(([key, value]) => [t("figure." + key), number(value)]).concat([[t("figure.chars_per_token"), short(o.encode.chars_per_token)]])),
      el("p", {}, link(t("see.shards"), "shards"))] : el("p", {}, t("nothing.yet"))),
    section("training", o.train ? [curve, el("div", { class: "grid2" }, trainFacts(o.train))] : el("p", {}, t("nothing.yet"))));
}
