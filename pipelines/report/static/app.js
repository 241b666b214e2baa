"use strict";
// What all pages of the report share: loading data, words, links. The data came from strangers: it only ever becomes text.
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
const named = (kind, name) => labels[`${kind}.${name}`] ?? name.replaceAll("_", " ");
const reasonName = (name) => labels["reason." + name] ?? named("signal", name);
const signalName = (name) => labels["signal." + name] ?? reasonName(name);
const main = document.getElementById("main");
const there = (nodes) => nodes.flat(3).filter((node) => node !== null && node !== undefined);
const show = (...nodes) => main.replaceChildren(...there(nodes));
const route = (...parts) => "#/" + parts.map(encodeURIComponent).join("/");
const link = (label, ...parts) => el("a", { href: route(...parts) }, label);
const verdict = (name) => el("span", { class: `verdict ${["keep", "drop", "review"].includes(name) ? name : ""}` }, t("verdict." + name));
const state = (doc) => el("span", { class: doc.state === "kept" ? "keep" : "drop" }, t("state." + doc.state));
const percent = (value, digits = 1) => (100 * value).toFixed(digits) + "%";
const section = (label, ...nodes) => el("section", {}, el("h2", {}, t(label)), there(nodes));

function plainTable(caption, heads, rows) {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption || heads.map((head) => head.label ?? head).join(", ") }, el("table", {},
    caption ? el("caption", {}, caption) : null,
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col", class: head.n ? "n" : null }, head.label ?? head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, i) => el("td", { class: heads[i].n ? "n" : heads[i].w ? "w" : null }, cell ?? "–")))))));
}

function figures(items) {
  return el("ul", { class: "figures" }, items.map(([label, value]) => el("li", {}, el("b", {}, value), " ", label)));
}

function facts(rows) {
  return el("dl", {}, rows.filter((row) => row[1] !== null && row[1] !== undefined && row[1] !== "").map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]).flat());
}

function safeLink(url) {
  return /^https?:\/\//i.test(url) ? el("a", { href: url, rel: "noopener noreferrer nofollow", target: "_blank" }, url) : el("span", {}, url);
}

function marked(text, spans) {
  const quote = el("blockquote"), points = (spans || []).filter((s) => s[0] < s[1] && s[0] < text.length).sort((a, b) => a[0] - b[0]);
  // Spans count code points, as Python does; JavaScript counts UTF-16 units.
  const letters = Array.from(text);
  let at = 0;
  for (const [start, end] of points) {
    if (start < at) continue;
    showText(quote, letters.slice(at, start).join(""));
    quote.append(showText(el("mark"), letters.slice(start, end).join("")));
    at = end;
  }
  return showText(quote, letters.slice(at).join(""));
}

function showMissing(what, hint) {
  show(el("h1", {}, t("not.found")), el("p", { class: "id" }, what), el("p", {}, t("not.found.lead")), hint ? terminal(hint) : null);
}

// A command for the terminal. What a shell could read in a stranger's text is taken out.
function terminal(option, value) {
  return el("p", { class: "soft" }, t("audit.hint"), " ", el("code", {}, `kinari audit RUN ${option}` + (value ? ` '${String(value).replaceAll("'", "%27")}'` : "")));
}

async function go() {
  const [page, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map((part) => {
    try { return decodeURIComponent(part); } catch { return part; }
  });
  const above = { site: "sites", doc: "documents", shard: "shards" }[page] ?? page;
  for (const item of document.querySelectorAll("nav a")) {
    if (item.hash === "#/" + above) item.setAttribute("aria-current", "page"); else item.removeAttribute("aria-current");
  }
  const mine = (go.ticket = (go.ticket || 0) + 1);
  try { await (pages[page] || showMissing)(...(pages[page] ? rest : [page])); } catch (error) { showMissing(String(error.message)); }
  if (mine !== go.ticket) return;
  document.title = (main.querySelector("h1")?.textContent || "").slice(0, 120) + " – kinari";
  scrollTo(0, 0);
}

function start() {
  document.documentElement.lang = overview.language;
  document.getElementById("run-name").replaceChildren(showText(el("span"), overview.name));
  document.getElementById("skip").textContent = t("skip");
  document.getElementById("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
  const nav = document.getElementById("nav");
  nav.setAttribute("aria-label", t("report"));
  nav.append(...[["overview", ""], ["sites", "sites"], ["documents", "documents"], ["shards", "shards"]].map(([key, page]) => el("a", { href: "#/" + page }, t(key))));
  showText(document.getElementById("foot"), t("foot", { version: overview.kinari }));
  addEventListener("hashchange", () => { go().then(() => main.focus({ preventScroll: true })); });
  go();
}
