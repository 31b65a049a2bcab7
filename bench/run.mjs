// Runs the comparison in one browser: all sides in turn, several rounds, each measurement in a fresh page. `cargo xtask
// bench` prepares everything and calls this. Prints a JSON line for each measurement as it comes, then the tables.

import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { launch } from "../tests/browser/launch.mjs";
import { pageFigures } from "./page-figures.mjs";
import { report, writeIntoReadme } from "./report.mjs";

const options = JSON.parse(process.argv[2]);
const { address, steps, seconds, only, gpu, matmul, torch, native, readme, lines } = options;

const NETWORKS = ["mlp-200", "fcn-5", "cnn"];
const SIZES = [256, 512, 1024, 2048];
const CORES = cpus().length;

/** A row of the table: who, where, with how many threads. */
const CPU_SIDES = [
  { name: "GradLab, browser, all cores", side: "gradlab", device: "wasm", workers: CORES },
  ...(CORES > 1 ? [{ name: "GradLab, browser, 1 worker", side: "gradlab", device: "wasm", workers: 1 }] : []),
  { name: "jax-js 0.1.25 wasm", side: "jax", device: "wasm" },
  { name: "TensorFlow.js 4.22 wasm", side: "tensorflow", device: "wasm", cannot: { cnn: "no filter gradient" } },
];
const GPU_SIDES = [
  { name: "GradLab, WebGPU", side: "gradlab", device: "webgpu" },
  { name: "jax-js 0.1.25 webgpu", side: "jax", device: "webgpu" },
  { name: "TensorFlow.js 4.22 webgpu", side: "tensorflow", device: "webgpu" },
];

/** A software adapter takes minutes a round. */
const SLOW_ROUNDS = 3;
const rounds = gpu === "only" || matmul ? Math.min(options.rounds, SLOW_ROUNDS) : options.rounds;

const wanted = (name) => !only || only.split(",").some((part) => name.toLowerCase().includes(part.trim().toLowerCase()));
const results = [];
/** What GradLab's trial of kernel variants picked in the first page, for the pages after it: as a visitor's browser remembers it. */
let kernels;

function keep(result) {
  const line = JSON.stringify({ at: new Date().toISOString(), ...result });
  results.push(result);
  appendFileSync(lines, `${line}\n`);
  console.log(line);
}

/** One measurement in a fresh page; what it gave or why it could not. */
async function measure(browser, { side, device, workers }, job, settings) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const complaints = [];
    page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
    await page.goto(`${address}index.html`);
    await page.waitForFunction(() => globalThis.ready);
    const value = await page.evaluate(([s, j, o]) => globalThis.run(s, j, o), [side, job, { ...settings, device, workers, kernels }]);
    kernels = value.kernels ?? kernels;
    return { value };
  } catch (error) {
    return { problem: String(error.message).split("\n")[0] };
  } finally {
    await context.close();
  }
}

async function trainingRound(browser, round, sides) {
  for (const network of NETWORKS) {
    for (const row of sides.filter(({ name }) => wanted(name) || wanted(network))) {
      if (row.cannot?.[network]) {
        if (round === 0) keep({ what: "train", row: row.name, network, cannot: row.cannot[network] });
        continue;
      }
      const { value, problem } = await measure(browser, row, "train", { network, steps, seconds });
      const { kernels: _, ...figures } = value ?? {};
      keep({ what: "train", row: row.name, network, round, ...(problem ? { problem } : figures) });
    }
  }
}

async function matmulRound(browser, round, sides) {
  // The largest takes a side up to a minute on a software adapter.
  for (const size of round === 0 ? SIZES : SIZES.slice(0, -1)) {
    for (const row of sides.filter(({ name }) => wanted(name))) {
      const { value, problem } = await measure(browser, row, "matmul", { size, seconds: 1 });
      const { milliseconds } = value ?? {};
      const gflops = (2 * size ** 3) / (milliseconds * 1e6);
      keep({ what: "matmul", row: row.name, size, round, ...(problem ? { problem } : { milliseconds, gflops }) });
    }
  }
}

/** A program that prints a JSON line for each measurement. */
function outsideRound(round, row, program, arguments_) {
  try {
    const printed = execFileSync(program, arguments_, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    for (const line of printed.split("\n").filter((text) => text.startsWith("{"))) {
      const measured = JSON.parse(line);
      const plural = measured.threads === 1 ? "1 thread" : `${measured.threads} threads`;
      keep({ row: `${row}, ${plural}`, round, ...measured });
    }
  } catch (error) {
    keep({ what: "train", row, round, problem: String(error.message).split("\n")[0] });
  }
}

writeFileSync(lines, "");
const browser = await launch();
const cpuSides = gpu === "only" ? [] : CPU_SIDES;
for (let round = 0; round < rounds; round++) {
  const gpuSides = (gpu || matmul) && round < SLOW_ROUNDS ? GPU_SIDES : [];
  console.log(`# round ${round + 1} of ${rounds}`);
  if (matmul) {
    // One worker of ours makes a product; a team shares batches.
    const alone = cpuSides.filter(({ side, workers }) => side !== "gradlab" || workers === 1 || CORES === 1);
    await matmulRound(browser, round, [...alone, ...gpuSides]);
    continue;
  }
  await trainingRound(browser, round, [...cpuSides, ...gpuSides]);
  if (gpu === "only") continue;
  if (torch && wanted("PyTorch")) outsideRound(round, "PyTorch, native", torch, [new URL("torch_peer.py", import.meta.url).pathname, String(steps), String(seconds)]);
  if (native && wanted("native")) outsideRound(round, "GradLab, native", native, [String(steps), String(seconds)]);
}
if (wanted("page") && gpu !== "only" && !matmul) {
  for (const figure of await pageFigures(browser, `${address}site/`)) keep({ what: "page", ...figure });
}
const machine = `${cpus()[0].model.trim()}, ${CORES} cores, ${browser.version() ? `Chromium ${browser.version()}` : "Chromium"}`;
await browser.close();
const sections = report(results, { machine, cores: CORES });
for (const text of Object.values(sections)) console.log(`\n${text}`);
if (readme) writeIntoReadme(readme, sections);
