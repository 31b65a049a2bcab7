// From measurements to Markdown: medians, ranges, ratios to ours.

import { readFileSync, writeFileSync } from "node:fs";

const NETWORKS = ["mlp-200", "fcn-5", "cnn"];
const OURS = {
  cpu: ["GradLab, browser, all cores", "GradLab, browser, 1 worker"],
  gpu: ["GradLab, WebGPU"],
};

export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const isGpu = ({ row }) => /gpu/i.test(row);

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
    const ours = OURS[isGpu({ row }) ? "gpu" : "cpu"].find((name) => rows.includes(name));
    const cells = columns.map((column) => cell(pick(row, column), field, compared && medianOf(ours, column)));
    lines.push(`| ${row} | ${cells.join(" | ")} |`);
  }
  return lines.join("\n");
}

/** Multiplications and additions of a step, as ../src/trainer/bench.rs counts them: what the cnn needs when its backward pass
 * follows the winners of the pooling, whoever does more. */
const OPERATIONS = { "mlp-200": 176e6, "fcn-5": 169e6, cnn: 86e6 };

/** Those that our rows on the CPU really make: in the first linear layer they multiply only ink. */
const OPERATIONS_OF_INK = { "mlp-200": 75e6, "fcn-5": 86e6, cnn: 86e6 };

/** Rows on the CPU as per cent of what their cores could do at most: the bare microkernel, measured in the same run. */
function limits(training, cores) {
  const peakOf = (native) => Math.max(0, ...training.filter(({ row }) => native === /native/.test(row)).map(({ peak }) => peak ?? 0));
  const [browser, native] = [peakOf(false), peakOf(true)];
  const share = (result) => {
    const peak = (/native/.test(result.row) ? native : browser) * (result.threads ?? result.workers ?? cores);
    return { ...result, share: peak > 0 ? (result.stepsPerSecond * OPERATIONS[result.network]) / 1e7 / peak : undefined };
  };
  const rows = training.map(share);
  const peaks = [browser && `${short(browser)} in the browser`, native && `${short(native)} native`].filter(Boolean).join(", ");
  const limit = table(rows, ({ network }) => network, NETWORKS, "share", `per cent of the limit (GFLOP/s a core: ${peaks})`, false);
  return `${limit}\n\n${inkOnly(rows)}`;
}

/** What the rows above 100 per cent are owed to. */
function inkOnly(rows) {
  const alone = OURS.cpu.findLast((name) => rows.some(({ row }) => row === name));
  const visited = NETWORKS.filter((network) => OPERATIONS_OF_INK[network] < OPERATIONS[network]);
  const made = visited.map((network) => {
    const shares = rows.filter((result) => result.row === alone && result.network === network).map(({ share }) => share);
    const [part, whole] = [OPERATIONS_OF_INK[network], OPERATIONS[network]].map((operations) => operations / 1e6);
    return `${part} instead of ${whole} MFLOP for ${network} (${((median(shares) * part) / whole).toFixed(0)} % of the limit)`;
  });
  return `All rows are counted as if every pixel were multiplied. GradLab's first linear layer visits ink only, a fifth of MNIST; a step of "${alone}" really makes ${made.join(" and ")}.`;
}

/** The products of a linear layer as the core makes them, at their best, and as per cent of the bare microkernel. */
function productForms(training) {
  const peak = Math.max(...training.map((result) => (result.products?.length ? result.peak : 0)));
  const best = new Map();
  for (const { form, batch, inputs, outputs, speed } of training.flatMap(({ products }) => products ?? [])) {
    const name = `${form.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}, ${batch} x ${inputs} -> ${outputs}`;
    best.set(name, Math.max(speed, best.get(name) ?? 0));
  }
  const rows = [...best].map(([name, speed]) => `| ${name} | ${short(speed)} | ${((100 * speed) / peak).toFixed(0)} % |`);
  return rows.length ? ["| matrix product, one core in the browser | GFLOP/s | of the limit |", "|---|---|---|", ...rows].join("\n") : "";
}

/** What a training step asks of the GPU, by network. */
function gpuWork(results) {
  const measured = NETWORKS.map((network) => results.find((result) => result.network === network && result.gpu));
  const figures = [
    ["dispatches", ({ dispatches }) => dispatches],
    ["submits", ({ submits }) => submits],
    ["bytes uploaded", ({ uploaded_bytes }) => uploaded_bytes],
    ["waits", ({ waits }) => waits],
  ];
  if (!measured.some(Boolean)) return "";
  const rows = figures.map(([name, of]) => `| ${name} | ${measured.map((result) => (result ? Number(of(result.gpu).toPrecision(3)) : "")).join(" | ")} |`);
  return ["| what a step of GradLab asks of the GPU | mlp-200 | fcn-5 | cnn |", "|---|---|---|---|", ...rows].join("\n");
}

/** The report as Markdown, in sections by name; only those that were measured. */
export function report(results, { machine, cores }) {
  const training = results.filter(({ what }) => what === "train");
  const products = results.filter(({ what }) => what === "matmul");
  const page = results.filter(({ what }) => what === "page");
  const steps = (rows) => table(rows, ({ network }) => network, NETWORKS, "stepsPerSecond", "training steps a second");
  const gpu = training.filter(isGpu);
  const cpu = training.filter((result) => !isGpu(result));
  const tables = {
    cpu: [steps(cpu), cpu.some(({ peak }) => peak) && limits(cpu, cores), productForms(cpu)],
    webgpu: [steps(gpu), gpuWork(gpu)],
    products: [table(products, ({ size }) => size, [256, 512, 1024, 2048], "gflops", "matrix product, GFLOP/s")],
    page: page.length
      ? [["| the page | |", "|---|---|", ...page.map(({ name, value, unit, problem }) => `| ${name} | ${problem ?? `${short(value)} ${unit}`} |`)].join("\n")]
      : [],
  };
  const head = (name) => {
    const rounds = Math.max(0, ...results.filter((result) => (name === "webgpu") === (result.what === "train" && isGpu(result))).map(({ round }) => round ?? 0)) + 1;
    const how = name === "page" ? "" : `; medians of ${rounds} alternating rounds, with their range; after the comma, the ratio to GradLab's first row of that kind`;
    return `${new Date().toISOString().slice(0, 10)}, ${machine}${how}.`;
  };
  const filled = Object.entries(tables).map(([name, parts]) => [name, parts.filter(Boolean)]);
  return Object.fromEntries(filled.filter(([, parts]) => parts.length).map(([name, parts]) => [name, [head(name), ...parts].join("\n\n")]));
}

/** Puts each section between its two marks; those that were not measured stay. */
export function writeIntoReadme(file, sections) {
  let text = readFileSync(file, "utf8");
  for (const [name, section] of Object.entries(sections)) {
    const [begin, end] = [`<!-- bench ${name}: written by \`cargo xtask bench --readme\` -->`, `<!-- bench ${name}: end -->`];
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`${file} lacks the marks for the table ${name}`);
    text = `${text.slice(0, from + begin.length)}\n${section}\n${text.slice(to)}`;
  }
  writeFileSync(file, text);
}
