// From measurements to Markdown: medians, ranges, ratios to ours.

import { readFileSync, writeFileSync } from "node:fs";

const NETWORKS = ["mlp-200", "fcn-5", "cnn"];
const OURS = { cpu: "GradLab, browser, all cores", gpu: "GradLab, WebGPU" };
const BEGIN = "<!-- bench: written by `cargo xtask bench --readme` -->";
const END = "<!-- bench: end -->";

export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Three significant digits, without an exponent. */
export function short(value) {
  if (value >= 100) return value.toFixed(0);
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

function cell(measured, field, ours) {
  const values = measured.map((result) => result[field]).filter(Number.isFinite);
  if (values.length === 0) {
    const why = measured.find((result) => result.cannot ?? result.problem);
    return why ? `N/A: ${why.cannot ?? why.problem}` : "";
  }
  const middle = median(values);
  const range = values.length > 1 ? ` (${short(Math.min(...values))}–${short(Math.max(...values))})` : "";
  const ratio = ours && ours !== middle ? `, 1/${short(ours / middle)}` : "";
  return `${short(middle)}${range}${ours && ours < middle ? `, ${short(middle / ours)}x` : ratio}`;
}

function table(results, columnOf, columns, field, heading, compared = true) {
  const rows = [...new Set(results.map((result) => result.row))];
  if (rows.length === 0) return "";
  const pick = (row, column) => results.filter((result) => result.row === row && columnOf(result) === column);
  const medianOf = (row, column) => {
    const values = pick(row, column).map((result) => result[field]).filter(Number.isFinite);
    return values.length ? median(values) : undefined;
  };
  const lines = [`| ${heading} | ${columns.join(" | ")} |`, `|---|${columns.map(() => "---").join("|")}|`];
  for (const row of rows) {
    const isGpu = /gpu/i.test(row);
    const cells = columns.map((column) => cell(pick(row, column), field, compared && medianOf(isGpu ? OURS.gpu : OURS.cpu, column)));
    lines.push(`| ${row} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

/** Multiplications and additions of a step, as ../src/trainer/bench.rs counts them: what the cnn needs when its backward pass
 * follows the winners of the pooling, whoever does more. */
const OPERATIONS = { "mlp-200": 176e6, "fcn-5": 169e6, cnn: 86e6 };

/** Rows on the CPU as per cent of what their cores could do at most: the bare microkernel, measured in the same run. */
function limits(training, cores) {
  const peakOf = (native) => Math.max(0, ...training.filter(({ row }) => native === /native/.test(row)).map(({ peak }) => peak ?? 0));
  const [browser, native] = [peakOf(false), peakOf(true)];
  const share = (result) => {
    const peak = (/native/.test(result.row) ? native : browser) * (result.threads ?? result.workers ?? cores);
    return { ...result, share: peak > 0 ? (result.stepsPerSecond * OPERATIONS[result.network]) / 1e7 / peak : undefined };
  };
  const rows = training.filter(({ row }) => !/gpu/i.test(row)).map(share);
  const peaks = [browser && `${short(browser)} in the browser`, native && `${short(native)} native`].filter(Boolean).join(", ");
  return table(rows, ({ network }) => network, NETWORKS, "share", `per cent of the limit (GFLOP/s a core: ${peaks})`, false);
}

/** The whole report as Markdown. */
export function report(results, { machine, rounds, cores }) {
  const training = results.filter(({ what }) => what === "train");
  const products = results.filter(({ what }) => what === "matmul");
  const page = results.filter(({ what }) => what === "page");
  const date = new Date().toISOString().slice(0, 10);
  const parts = [`${date}, ${machine}; medians of ${rounds} alternating rounds, with their range; after the comma, the ratio to GradLab's first row of that kind.`];
  const training_ = table(training, ({ network }) => network, NETWORKS, "stepsPerSecond", "training steps a second");
  const products_ = table(products, ({ size }) => size, [256, 512, 1024, 2048], "gflops", "matrix product, GFLOP/s");
  if (training_) parts.push(training_);
  if (training.some(({ peak }) => peak)) parts.push(limits(training, cores));
  if (products_) parts.push(products_);
  if (page.length) {
    const rows = page.map(({ name, value, unit, problem }) => `| ${name} | ${problem ?? `${short(value)} ${unit}`} |`);
    parts.push(["| the page | |", "|---|---|", ...rows].join("\n"));
  }
  return parts.join("\n\n");
}

/** Puts the report between the two marks. */
export function writeIntoReadme(file, text) {
  const before = readFileSync(file, "utf8");
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${file} lacks the marks for the table`);
  writeFileSync(file, `${before.slice(0, begin + BEGIN.length)}\n${text}\n${before.slice(end)}`);
}
