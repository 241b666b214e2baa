"use strict";
// A table of many thousand rows: only those in view are in the document. Text is set as text, never as HTML.
const HEIGHT = 36;

// Bidi and other invisible controls could dress a text up as something else: they are shown by number.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

function showText(parent, text) {
  text = String(text);
  if (!CONTROLS.test(text)) { parent.append(text); return parent; }
  for (const char of text) {
    if (CONTROLS.test(char)) {
      const box = el("span", { class: "ctl" });
      box.textContent = "U+" + char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0");
      parent.append(box);
    } else parent.append(char);
  }
  return parent;
}

function el(name, attributes = {}, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== null && value !== false) node.setAttribute(key, value);
  }
  for (const child of children.flat()) {
    if (child === null || child === undefined) continue;
    if (child instanceof Node) node.append(child); else showText(node, child);
  }
  return node;
}

// columns: [{key, label, number?, width?, cell?(row) -> Node|string, sort?(row) -> value}]
function virtualTable(columns, rows, options = {}) {
  const template = columns.map((c) => c.width || "minmax(6rem, 1fr)").join(" ");
  const box = el("div", { class: "vt", tabindex: "0", role: "table", "aria-label": options.label || "" });
  const head = el("div", { class: "row head", role: "row" });
  head.style.gridTemplateColumns = template;
  const body = el("div", { class: "body", role: "rowgroup" });
  const count = el("p", { class: "count", role: "status" });
  let shown = rows, sortBy = options.sortBy ?? null, down = options.down ?? false, ticket = 0;

  const buttons = columns.map((column, index) => {
    const button = el("button", { type: "button" }, column.label);
    const cell = el("span", { role: "columnheader", class: column.number ? "n" : null }, button);
    button.addEventListener("click", () => {
      down = sortBy === index ? !down : Boolean(column.number);
      sortBy = index;
      arrange();
    });
    head.append(cell);
    return cell;
  });

  function value(column, row) { return column.sort ? column.sort(row) : row[column.key]; }

  function arrange() {
    if (sortBy !== null) {
      const column = columns[sortBy], sign = down ? -1 : 1;
      const keys = new Map(shown.map((row) => [row, value(column, row)]));
      shown = [...shown].sort((a, b) => {
        const x = keys.get(a), y = keys.get(b);
        if (x === y) return 0;
        if (x === null || x === undefined) return 1;
        if (y === null || y === undefined) return -1;
        return (x < y ? -1 : 1) * sign;
      });
    }
    buttons.forEach((cell, index) => {
      cell.setAttribute("aria-sort", index !== sortBy ? "none" : down ? "descending" : "ascending");
      cell.firstChild.dataset.order = index !== sortBy ? "" : down ? "down" : "up";
    });
    body.style.height = Math.max(1, shown.length) * HEIGHT + "px";
    box.setAttribute("aria-rowcount", shown.length + 1);
    count.textContent = options.count ? options.count(shown.length, rows.length) : "";
    draw(true);
  }

  function makeRow(row, index) {
    const line = el("div", { class: "row", role: "row", "aria-rowindex": index + 2 });
    line.style.gridTemplateColumns = template;
    line.style.top = index * HEIGHT + "px";
    for (const column of columns) {
      const content = column.cell ? column.cell(row) : row[column.key];
      line.append(el("span", { role: "cell", class: column.number ? "n" : null }, content ?? ""));
    }
    return line;
  }

  let first = -1, last = -1;
  function draw(force, all) {
    const from = all ? 0 : Math.max(0, Math.floor(box.scrollTop / HEIGHT) - 8);
    const to = all ? Math.min(shown.length, 3000)
      : Math.min(shown.length, from + Math.ceil((box.clientHeight || 600) / HEIGHT) + 16);
    if (!force && from === first && to === last) return;
    first = from; last = to;
    const part = document.createDocumentFragment();
    for (let index = from; index < to; index++) part.append(makeRow(shown[index], index));
    if (!shown.length) part.append(el("p", { class: "empty" }, options.empty || ""));
    body.replaceChildren(part);
  }

  box.addEventListener("scroll", () => draw(false), { passive: true });
  addEventListener("resize", () => draw(false));
  addEventListener("beforeprint", () => draw(true, true));
  addEventListener("afterprint", () => draw(true));
  box.append(head, body);
  arrange();
  requestAnimationFrame(() => draw(true));
  return {
    node: el("div", {}, count, box),
    filter(test) {
      const mine = ++ticket;
      shown = test ? rows.filter(test) : rows;
      if (mine === ticket) { box.scrollTop = 0; arrange(); }
    },
    size: () => shown.length,
  };
}
