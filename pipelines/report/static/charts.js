"use strict";
// Small SVG pictures drawn from numbers.
function svg(name, attributes = {}, text) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  return node;
}

const number = (value) => (value === null || value === undefined ? "–" : Number(value).toLocaleString("en-US"));

function short(value) {
  if (value === null || value === undefined) return "–";
  const size = Math.abs(value);
  if (size >= 1e9) return (value / 1e9).toPrecision(3) + "G";
  if (size >= 1e6) return (value / 1e6).toPrecision(3) + "M";
  if (size >= 1e4) return (value / 1e3).toPrecision(3) + "k";
  if (size >= 100 || Number.isInteger(value)) return number(Math.round(value));
  return Number(value.toPrecision(3)).toString();
}

// steps: [{label, value, note, lost, soft?}] as bars whose width is the value, with what was lost between them.
function barSteps(steps) {
  const most = Math.max(1, ...steps.map((step) => step.value));
  return el("ol", { class: "steps" }, steps.map((step) => {
    const bar = el("span", { class: step.soft ? "step soft" : "step", "aria-hidden": "true" });
    bar.style.width = `${Math.max(0.3, (100 * step.value) / most).toFixed(2)}%`;
    return el("li", {}, el("span", { class: "label" }, step.label), " ", el("b", {}, step.note), el("span", { class: "track" }, bar), step.lost ? el("span", { class: "lost" }, step.lost) : null);
  }));
}

// About n round numbers that span an interval.
function ticks(low, high, n) {
  const rough = (high - low) / n, size = 10 ** Math.floor(Math.log10(rough));
  const step = size * [1, 2, 5, 10].find((m) => m * size >= rough), found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) found.push(Number((i * step).toPrecision(12)));
  return found;
}

// series: [{label, name, points: [[x, y]]}]; lines: [{label, y}] across.
function lineChart(series, title, xLabel, lines = []) {
  const points = series.flatMap((s) => s.points);
  if (!points.length) return null;
  const width = Math.max(320, Math.min(900, main.clientWidth - 40)), height = 300, left = 44, right = 16, top = 34, bottom = 44;
  const xs = points.map((p) => p[0]), ys = [...points.map((p) => p[1]), ...lines.map((l) => l.y)];
  const x0 = Math.min(0, ...xs), x1 = Math.max(...xs, x0 + 1);
  const gap = (Math.max(...ys) - Math.min(...ys)) * 0.06 || 0.5, y0 = Math.max(0, Math.min(...ys) - gap), y1 = Math.max(...ys) + gap;
  const X = (x) => left + ((width - left - right) * (x - x0)) / (x1 - x0);
  const Y = (y) => top + ((height - bottom - top) * (y1 - y)) / (y1 - y0);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title, class: "chart" });
  root.append(svg("title", {}, title));
  for (const y of ticks(y0, y1, 5)) {
    root.append(svg("line", { x1: left, x2: width - right, y1: Y(y), y2: Y(y), class: "grid" }));
    root.append(svg("text", { x: left - 8, y: Y(y) + 4, "text-anchor": "end" }, String(y)));
  }
  for (const x of ticks(x0, x1, width < 500 ? 4 : 8)) root.append(svg("text", { x: X(x), y: height - bottom + 18, "text-anchor": x === x1 ? "end" : "middle" }, number(x)));
  root.append(svg("text", { x: width - right, y: height - 6, "text-anchor": "end", class: "soft" }, xLabel));
  for (const line of lines) {
    root.append(svg("line", { x1: left, x2: width - right, y1: Y(line.y), y2: Y(line.y), class: "across" }));
    root.append(svg("text", { x: width - right - 4, y: Y(line.y) + 15, "text-anchor": "end", class: "across-label" }, line.label));
  }
  series.forEach((s, index) => {
    root.append(svg("polyline", { points: s.points.map((p) => `${X(p[0]).toFixed(1)},${Y(p[1]).toFixed(1)}`).join(" "), class: "series-" + s.name }));
    if (s.points.length < 30) for (const p of s.points) root.append(svg("circle", { cx: X(p[0]).toFixed(1), cy: Y(p[1]).toFixed(1), r: 3, class: "dot-" + s.name }));
    const x = left + index * Math.min(220, (width - left) / 2);
    root.append(svg("line", { x1: x, x2: x + 22, y1: 14, y2: 14, class: "series-" + s.name }));
    root.append(svg("text", { x: x + 28, y: 18 }, s.label));
  });
  return root;
}

// The population's spread of a signal as bars, with this site's value and the line as marks.
function spreadChart(bins, edges, value, line, title) {
  const width = 260, height = 56, most = Math.max(1, ...bins);
  const low = edges[0], high = edges[edges.length - 1] > low ? edges[edges.length - 1] : low + 1;
  const X = (v) => 6 + ((width - 12) * (Math.min(high, Math.max(low, v)) - low)) / (high - low);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title, class: "spread" });
  root.append(svg("title", {}, title));
  bins.forEach((count, i) => {
    const h = (32 * Math.sqrt(count)) / Math.sqrt(most);
    if (count) root.append(svg("rect", { x: X(edges[i]), y: 36 - h, width: Math.max(1, X(edges[i + 1]) - X(edges[i]) - 1), height: h, class: "bin" }));
  });
  root.append(svg("line", { x1: 4, x2: width - 4, y1: 36.5, y2: 36.5, class: "grid" }));
  if (line !== null && line !== undefined) root.append(svg("line", { x1: X(line), x2: X(line), y1: 1, y2: 38, class: "limit" }));
  root.append(svg("path", { d: `M ${X(value).toFixed(1)} 37 l -5 8 l 10 0 z`, class: "here" }));
  root.append(svg("text", { x: 2, y: 55, class: "edge" }, short(low)));
  root.append(svg("text", { x: width - 2, y: 55, "text-anchor": "end", class: "edge" }, short(high)));
  return root;
}
