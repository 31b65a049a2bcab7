// Line plots as SVG, both axes logarithmic: enough for docs/scaling.md.

const [WIDTH, HEIGHT] = [640, 360];
const MARGIN = { left: 64, right: 150, top: 36, bottom: 48 };
const COLOURS = ["#0b62c4", "#c2410c", "#15803d", "#7e22ce"];

const escape = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/** 1, 2, 5, 10, ... from below `from` to above `to`. */
function ticks(from, to) {
  const all = [];
  for (let decade = 10 ** Math.floor(Math.log10(from)); decade <= to * 10; decade *= 10) all.push(decade, 2 * decade, 5 * decade);
  const low = all.findLastIndex((tick) => tick <= from);
  return all.slice(Math.max(0, low), all.findIndex((tick) => tick >= to) + 1);
}

/** `lines`: `[{ name, points: [[x, y], ...], dashed }]`. */
export function linePlot({ title, xLabel, yLabel, lines }) {
  const xs = [...new Set(lines.flatMap(({ points }) => points.map(([x]) => x)))].sort((left, right) => left - right);
  const ys = lines.flatMap(({ points }) => points.map(([, y]) => y));
  const yTicks = ticks(Math.min(...ys), Math.max(...ys));
  const place = (value, low, high, start, end) => start + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low) || 1)) * (end - start);
  const x = (value) => place(value, xs[0], xs.at(-1), MARGIN.left, WIDTH - MARGIN.right).toFixed(1);
  const y = (value) => place(value, yTicks[0], yTicks.at(-1), HEIGHT - MARGIN.bottom, MARGIN.top).toFixed(1);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${MARGIN.left}" y="20" font-size="14" font-weight="bold">${escape(title)}</text>`,
  ];
  for (const tick of yTicks) {
    parts.push(`<path d="M${MARGIN.left} ${y(tick)}H${WIDTH - MARGIN.right}" stroke="#ddd"/>`);
    parts.push(`<text x="${MARGIN.left - 6}" y="${y(tick)}" dy="4" text-anchor="end">${tick}</text>`);
  }
  for (const tick of xs) parts.push(`<text x="${x(tick)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle">${tick}</text>`);
  parts.push(`<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle">${escape(xLabel)}</text>`);
  parts.push(`<text transform="translate(14 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escape(yLabel)}</text>`);
  lines.forEach(({ name, points, dashed }, index) => {
    const colour = dashed ? "#777" : COLOURS[index % COLOURS.length];
    const path = points.map(([px, py], at) => `${at ? "L" : "M"}${x(px)} ${y(py)}`).join("");
    parts.push(`<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="4 4"' : ""}/>`);
    if (!dashed) points.forEach(([px, py]) => parts.push(`<circle cx="${x(px)}" cy="${y(py)}" r="3" fill="${colour}"/>`));
    const legend = MARGIN.top + 10 + 18 * index;
    parts.push(`<path d="M${WIDTH - MARGIN.right + 10} ${legend}h18" stroke="${colour}" stroke-width="2"${dashed ? ' stroke-dasharray="4 4"' : ""}/>`);
    parts.push(`<text x="${WIDTH - MARGIN.right + 34}" y="${legend + 4}">${escape(name)}</text>`);
  });
  return `${parts.join("\n")}\n</svg>\n`;
}
