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

// steps: [{label, value, lost}] as bars whose width is the value, with what was lost between them.
function funnelChart(steps, title) {
  const width = 900, bar = 30, gap = 22, left = 210, most = Math.max(1, ...steps.map((s) => s.value));
  const height = steps.length * (bar + gap) + 10;
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  root.append(svg("title", {}, title));
  steps.forEach((step, index) => {
    const y = 6 + index * (bar + gap), w = Math.max(2, ((width - left - 130) * step.value) / most);
    root.append(svg("text", { x: left - 10, y: y + 20, "text-anchor": "end" }, step.label));
    root.append(svg("rect", { x: left, y, width: w, height: bar, fill: step.fill || "#2b4a7f" }));
    root.append(svg("text", { x: left + w + 8, y: y + 20 }, number(step.value)));
    if (step.lost) root.append(svg("text", { x: left, y: y + bar + 15, class: "soft" }, step.lost));
  });
  return root;
}

// series: [{label, color, points: [[x, y]]}]
function lineChart(series, title, xLabel, lines = []) {
  const width = 900, height = 300, left = 60, bottom = 40, points = series.flatMap((s) => s.points);
  if (!points.length) return null;
  const xs = points.map((p) => p[0]), ys = [...points.map((p) => p[1]), ...lines.map((l) => l.y)];
  const x0 = Math.min(...xs), x1 = Math.max(...xs, x0 + 1), y0 = Math.min(...ys), y1 = Math.max(...ys, y0 + 1e-6);
  const X = (x) => left + ((width - left - 20) * (x - x0)) / (x1 - x0);
  const Y = (y) => 20 + ((height - bottom - 20) * (y1 - y)) / (y1 - y0);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": title });
  root.append(svg("title", {}, title));
  for (let i = 0; i <= 4; i++) {
    const y = y0 + ((y1 - y0) * i) / 4, x = x0 + ((x1 - x0) * i) / 4;
    root.append(svg("line", { x1: left, x2: width - 20, y1: Y(y), y2: Y(y), stroke: "#ddd5c6" }));
    root.append(svg("text", { x: left - 8, y: Y(y) + 4, "text-anchor": "end" }, y.toFixed(2)));
    root.append(svg("text", { x: X(x), y: height - 20, "text-anchor": "middle" }, number(Math.round(x))));
  }
  root.append(svg("text", { x: width - 20, y: height - 4, "text-anchor": "end", class: "soft" }, xLabel));
  for (const line of lines) {
    root.append(svg("line", { x1: left, x2: width - 20, y1: Y(line.y), y2: Y(line.y), stroke: "#8a6410", "stroke-dasharray": "6 4" }));
    root.append(svg("text", { x: width - 24, y: Y(line.y) - 5, "text-anchor": "end" }, line.label));
  }
  series.forEach((s, index) => {
    root.append(svg("polyline", {
      points: s.points.map((p) => `${X(p[0]).toFixed(1)},${Y(p[1]).toFixed(1)}`).join(" "),
      fill: "none", stroke: s.color, "stroke-width": 2, "stroke-dasharray": s.dash || "none",
    }));
    root.append(svg("text", { x: left + 12 + index * 150, y: 14, fill: s.color }, "— " + s.label));
  });
  return root;
}

// The population's spread of a signal as bars, with this site's value and the line as marks.
function spreadChart(bins, edges, value, line, title) {
  const width = 320, height = 54, most = Math.max(1, ...bins);
  const low = edges[0], high = edges[edges.length - 1] > low ? edges[edges.length - 1] : low + 1;
  const X = (v) => 4 + ((width - 8) * (Math.min(high, Math.max(low, v)) - low)) / (high - low);
  const root = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": title });
  root.append(svg("title", {}, title));
  bins.forEach((count, i) => {
    const h = (36 * Math.sqrt(count)) / Math.sqrt(most);
    root.append(svg("rect", { x: X(edges[i]), y: 40 - h, width: Math.max(1, X(edges[i + 1]) - X(edges[i]) - 1), height: h, fill: "#cdbf9f" }));
  });
  if (line !== null && line !== undefined)
    root.append(svg("line", { x1: X(line), x2: X(line), y1: 2, y2: 42, stroke: "#a03b2b", "stroke-dasharray": "4 3" }));
  root.append(svg("path", { d: `M ${X(value)} 42 l -5 9 l 10 0 z`, fill: "#2b4a7f" }));
  return root;
}
