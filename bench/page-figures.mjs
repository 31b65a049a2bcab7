// What the page itself costs: bytes before data, time to the first prediction, from a stroke's move to new probabilities,
// the longest task of its thread while training.

import { readFile } from "node:fs/promises";
import { median } from "./report.mjs";

const SEVEN = [[24, 18], [50, 17], [74, 16], [62, 42], [50, 66], [42, 88]];

export async function pageFigures(browser, address) {
  const figures = [];
  for (const [what, measure] of [
    ["cold start", coldStart],
    ["stroke", strokeToProbabilities],
    ["training", longestTask],
  ]) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", serviceWorkers: "block" });
    try {
      figures.push(...(await measure(await context.newPage(), address, browser)));
    } catch (error) {
      figures.push({ name: what, problem: String(error.message).split("\n")[0] });
    } finally {
      await context.close();
    }
  }
  return figures;
}

/** Clear is off while the pad is empty, and a person may press it all the same. */
const EVEN_IF_OFF = { force: true };

const hasPrediction = () =>
  Number.isFinite(Number.parseFloat(document.querySelector("[data-testid=probability-0]")?.getAttribute("data-value")));

async function drawSeven(page, steps) {
  const box = await page.getByTestId("draw-pad").boundingBox();
  const place = ([x, y]) => [box.x + (x / 100) * box.width, box.y + (y / 100) * box.height];
  await page.mouse.move(...place(SEVEN[0]));
  await page.mouse.down();
  for (const point of SEVEN.slice(1)) await page.mouse.move(...place(point), { steps });
  await page.mouse.up();
}

/** Bytes over the wire and time until a stored drawing is read, of a first visit; the median of five. */
async function coldStart(first, address, browser) {
  await first.goto(`${address}#/draw`);
  await first.getByTestId("clear").click(EVEN_IF_OFF);
  await drawSeven(first, 3);
  await first.waitForFunction(hasPrediction);
  // The drawing is kept by the browser between visits; nothing else is.
  const storageState = await first.context().storageState();
  const times = [];
  let bytes = 0;
  for (let round = 0; round < 5; round++) {
    const context = await browser.newContext({ storageState, reducedMotion: "reduce", serviceWorkers: "block" });
    const page = await context.newPage();
    const responses = [];
    page.on("response", (response) => responses.push(response));
    const begin = performance.now();
    await page.goto(`${address}#/draw`, { waitUntil: "commit" });
    await page.waitForFunction(hasPrediction, null, { polling: 5 });
    times.push(performance.now() - begin);
    await page.waitForLoadState("networkidle");
    const sizes = await Promise.all(responses.map(async (response) => (await response.request().sizes()).responseBodySize));
    bytes = sizes.reduce((sum, size) => sum + size, 0);
    await context.close();
  }
  return [
    { name: "all that the page loads, compressed", value: bytes / 1024, unit: "KB" },
    { name: "from a cold start to the first prediction", value: median(times), unit: "ms" },
  ];
}

/** From the pointer event to the change of the probabilities in the document. */
async function strokeToProbabilities(page, address) {
  await page.goto(`${address}#/draw`);
  await page.getByTestId("clear").click(EVEN_IF_OFF);
  await drawSeven(page, 2);
  await page.waitForFunction(hasPrediction);
  await page.getByTestId("clear").click(EVEN_IF_OFF);
  await page.evaluate(() => {
    globalThis.waits = [];
    let asked = null;
    const pad = document.querySelector("[data-testid=draw-pad]");
    pad.addEventListener("pointermove", (event) => event.buttons && (asked ??= performance.now()), { capture: true });
    new MutationObserver(() => {
      if (asked === null) return;
      globalThis.waits.push(performance.now() - asked);
      asked = null;
    }).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["data-value"] });
  });
  for (let round = 0; round < 6; round++) {
    await drawSeven(page, 12);
    await page.getByTestId("clear").click(EVEN_IF_OFF);
  }
  const waits = await page.evaluate(() => globalThis.waits.sort((left, right) => left - right));
  if (waits.length < 50) throw new Error(`only ${waits.length} moves were answered`);
  return [
    { name: "from a stroke's move to new probabilities, median", value: median(waits), unit: "ms" },
    { name: "the same, 99th percentile", value: waits[Math.floor(waits.length * 0.99)], unit: "ms" },
  ];
}

/** The longest task of the page's thread in ten seconds of training, by the browser's own trace. */
async function longestTask(page, address, browser) {
  await page.goto(`${address}#/train?model=cnn&device=cpu&seed=1`);
  await page.getByTestId("start").click();
  await page.waitForFunction(() => Number(document.querySelector("[data-testid=step-count]")?.getAttribute("data-value")) > 20, null, { timeout: 120_000 });
  const path = `${process.env.TMPDIR ?? "/tmp"}/gradlab-trace-${process.pid}.json`;
  await browser.startTracing(page, { path, categories: ["toplevel", "devtools.timeline", "__metadata"] });
  await page.waitForTimeout(10_000);
  await browser.stopTracing();
  const { traceEvents } = JSON.parse(await readFile(path, "utf8"));
  const isMain = ({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain";
  const mains = traceEvents.filter(isMain).map(({ pid, tid }) => `${pid}/${tid}`);
  const tasks = traceEvents.filter(({ name, ph, pid, tid }) => ph === "X" && /RunTask$/.test(name) && mains.includes(`${pid}/${tid}`));
  if (tasks.length === 0) throw new Error("the trace holds no tasks");
  const steps = await page.getByTestId("steps-per-second").getAttribute("data-value");
  return [
    { name: "longest task of the page's thread while training", value: Math.max(...tasks.map(({ dur }) => dur)) / 1000, unit: "ms" },
    { name: "cnn as the page shows it while training", value: Number(steps), unit: "steps/s" },
  ];
}
