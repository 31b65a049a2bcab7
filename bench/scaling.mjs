// How the cost of a training step grows in the browser: with the batch, the width, the workers and the number of images. Writes
// docs/scaling.md and its plots. `cargo xtask bench --scaling` prepares everything and calls this.

import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { launch } from "../tests/browser/launch.mjs";
import { median, short } from "./report.mjs";
import { linePlot } from "./svg.mjs";

const { address, docs } = JSON.parse(process.argv[2]);
const CORES = cpus().length;
const SECONDS = 0.7;
const ROUNDS = 2;
const POWERS = (from, to) => Array.from({ length: Math.log2(to / from) + 1 }, (_, index) => from * 2 ** index);
const WORKERS = POWERS(1, 2 ** Math.floor(Math.log2(Math.min(CORES, 8))));
const MOST = WORKERS.at(-1);

/** The share of MNIST's pixels that is not background. */
const INK = 0.191;

/** Multiplications and additions of a step of a network of linear layers: forward, weights, and inputs but the first layer's, which
 * visits ink only. */
function operations(sizes, batch) {
  const products = sizes.slice(1).map((size, layer) => size * sizes[layer]);
  return 2 * batch * products.reduce((sum, product, layer) => sum + (layer ? 3 : 2 * INK) * product, 0);
}

const MLP = (batch) => operations([784, 200, 200, 10], batch);
const CNN = (batch) => (86e6 / 64) * batch;
const wide = (width) => `linear${width},relu,linear${width},relu,linear10`;

/** Each plot: what is measured, one point after the other. */
const PLOTS = [
  {
    name: "batch",
    xLabel: "images a batch",
    points: ["mlp-200", "cnn"].flatMap((network) =>
      POWERS(16, 1024).map((batch) => ({
        line: network, x: batch, network, workers: MOST, others: { batch }, work: (network === "cnn" ? CNN : MLP)(batch),
      })),
    ),
  },
  {
    name: "width",
    xLabel: "units of both hidden layers, batch 64",
    points: WORKERS.filter((workers) => workers === 1 || workers === MOST).flatMap((workers) =>
      POWERS(64, 1024).map((width) => ({
        line: workers === 1 ? "1 worker" : `${workers} workers`, x: width, network: "fcn-5", workers,
        others: { model: wide(width), batch: 64 }, work: operations([784, width, width, 10], 64),
      })),
    ),
  },
  {
    name: "workers",
    xLabel: "workers that share a batch",
    points: ["mlp-200", "fcn-5", "cnn"].flatMap((network) =>
      WORKERS.map((workers) => ({
        line: network, x: workers, network, workers, others: {},
        work: { "mlp-200": MLP(200), "fcn-5": operations([784, 512, 256, 128, 64, 10], 64), cnn: CNN(64) }[network],
      })),
    ),
  },
  {
    name: "images",
    xLabel: "images of the training set",
    points: ["mlp-200", "cnn"].flatMap((network) =>
      [1000, 4000, 15000, 60000].map((examples) => ({
        line: network, x: examples, network, workers: MOST, others: { examples }, work: network === "cnn" ? CNN(64) : MLP(200),
      })),
    ),
  },
];

async function measure(browser, { network, workers, others }) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(`${address}index.html`);
    await page.waitForFunction(() => globalThis.ready);
    const job = { network, workers, others, seconds: SECONDS };
    return await page.evaluate((settings) => globalThis.run("gradlab", "scale", settings), job);
  } finally {
    await context.close();
  }
}

/** Points of each line in order, by name. */
function linesOf({ points }) {
  return [...new Set(points.map(({ line }) => line))].map((name) => ({ name, points: points.filter(({ line }) => line === name) }));
}

const rate = ({ rates }) => median(rates);
const share = (point, peak) => (rate(point) * point.work) / 1e9 / (peak * point.workers);

/** What each plot shows, with the numbers of this run. */
function finding({ name, points }, peak) {
  const lines = linesOf({ points });
  const percent = (point) => `${(100 * share(point, peak)).toFixed(0)} %`;
  const from = (line) => line.points.find((point) => share(point, peak) >= 0.9 * Math.max(...line.points.map((other) => share(other, peak))));
  const each = (tell) => lines.map(tell).join("; ");
  const ends = (line) => `${line.name} from ${percent(line.points[0])} of the limit at ${line.points[0].x} to ${percent(line.points.at(-1))} at ${line.points.at(-1).x}`;
  switch (name) {
    case "batch":
      return `Nine tenths of the best speed an image: ${each((line) => `${line.name} from a batch of ${from(line).x} on`)}. In smaller batches what a step does once weighs more: packing the weights, adding and updating them, setting the workers going; ${each(ends)}. From there on time grows with the batch, and steps a second fall as 1 / batch.`;
    case "width":
      return `Work grows with the square of the width. Narrow layers leave tiles at the edge half empty and give each call little to do; wide ones outgrow the caches, so weights and gradients come from further away each step, and with several workers the sums that travel grow as fast as the work: ${each(ends)}.`;
    case "workers":
      return `${MOST === 1 ? "This machine has one core." : `${each((line) => `${line.name} ${short(rate(line.points.at(-1)) / rate(line.points[0]))} times as fast with ${MOST} workers as alone`)}.`} What does not shrink with more workers is what all do: the sums (one float a parameter and worker, through shared memory), the update, packing weights. That weighs most where there are many parameters for little work: 6.7 for a thousand operations of a step in fcn-5, 2.7 in mlp-200, 0.1 in the cnn.`;
    default:
      return `A step costs the same however many images there are (slowest against fastest: ${each((line) => short(Math.min(...line.points.map(rate)) / Math.max(...line.points.map(rate))))}): a batch is picked by index from packed bytes. An epoch grows in proportion.`;
  }
}

function markdown(peak, machine) {
  const parts = [
    "# How the cost of a step grows",
    `Made by \`cargo xtask bench --scaling\`, ${new Date().toISOString().slice(0, 10)}: ${machine}; the median of ${ROUNDS} rounds. The limit is the bare microkernel, ${short(peak)} GFLOP/s a core in the same run, times the workers.`,
  ];
  for (const plot of PLOTS) {
    parts.push(`## ${plot.name[0].toUpperCase()}${plot.name.slice(1)}`, `![steps a second by ${plot.name}](scaling-${plot.name}.svg)`, finding(plot, peak));
    const lines = linesOf(plot);
    const xs = lines[0].points.map(({ x }) => x);
    const rows = lines.map((line) => `| ${line.name} | ${line.points.map((point) => `${short(rate(point))} (${(100 * share(point, peak)).toFixed(0)} %)`).join(" | ")} |`);
    parts.push([`| ${plot.xLabel} | ${xs.join(" | ")} |`, `|---|${xs.map(() => "---").join("|")}|`, ...rows].join("\n"));
  }
  return `${parts.join("\n\n")}\n`;
}

const browser = await launch();
let peak = 0;
for (let round = 0; round < ROUNDS; round++) {
  for (const point of PLOTS.flatMap(({ points }) => points)) {
    const result = await measure(browser, point);
    (point.rates ??= []).push(result.stepsPerSecond);
    peak = Math.max(peak, result.peak);
    console.log(`${point.line}, ${point.x}, ${point.workers} workers: ${short(result.stepsPerSecond)} steps/s`);
  }
}
const machine = `${cpus()[0].model.trim()}, ${CORES} cores, Chromium ${browser.version()}`;
await browser.close();
for (const plot of PLOTS) {
  const lines = linesOf(plot).map((line) => ({ name: line.name, points: line.points.map((point) => [point.x, rate(point)]) }));
  const svg = linePlot({ title: `Training steps a second by ${plot.name}`, xLabel: plot.xLabel, yLabel: "steps a second", lines });
  writeFileSync(`${docs}/scaling-${plot.name}.svg`, svg);
}
const text = markdown(peak, machine);
writeFileSync(`${docs}/scaling.md`, text);
console.log(`\n${text}`);
