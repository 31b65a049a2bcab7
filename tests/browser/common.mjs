// What every browser test shares: a page that notices errors, its values, drawing on the pad, the audit.

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before } from "node:test";
import { launch, serve } from "./launch.mjs";

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

export { DIST, launch, serve } from "./launch.mjs";

/**
 * A server and a browser for all tests of a file. `open(path, options)` gives a page whose console errors, failed
 * requests and uncaught errors fail the test, unless `allowed` (a regular expression) matches them.
 */
export function site(settings = {}) {
  const shared = {};
  before(async () => {
    shared.server = await serve(settings);
    shared.browser = await launch(settings.flags);
  });
  after(async () => {
    await shared.browser?.close();
    shared.server?.stop();
  });

  /** Runs `body(page)` in a fresh context at `path` (what follows the site's address), then looks for errors. */
  async function visit(path, body, { allowed, width = 1280, height = 900, before: prepare, ...context } = {}) {
    const fresh = await shared.browser.newContext({
      viewport: { width, height },
      locale: "en-GB",
      reducedMotion: "reduce",
      ...context,
    });
    const page = await fresh.newPage();
    page.setDefaultTimeout(15_000);
    const errors = watch(page);
    try {
      await prepare?.(page, fresh);
      await page.goto(shared.server.address + path);
      await body(page, fresh, errors);
      const unexpected = errors.filter((error) => !allowed?.test(error));
      assert.deepEqual(unexpected, [], "errors in the console");
    } catch (error) {
      if (errors.length) error.message += `\nconsole: ${errors.join("\nconsole: ")}`;
      throw error;
    } finally {
      await fresh.close();
    }
  }
  return { visit, shared };
}

/** The errors and warnings that a page and its workers report, in a list that grows. */
export function watch(page) {
  const errors = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(`${message.text()} (${message.location().url})`);
  });
  page.on("pageerror", (error) => errors.push(`uncaught: ${error.stack ?? error}`));
  return errors;
}

/** The element with this test id. */
export const byId = (page, id) => page.getByTestId(id);

/** The number in an element's `data-value`; NaN while there is none. */
export async function valueOf(page, id) {
  const text = await byId(page, id).getAttribute("data-value");
  return text === null || text === "" ? NaN : Number(text);
}

/** Waits until `check()` gives something true; what it gave. */
export async function until(check, what, seconds = 30) {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const result = await check();
    if (result) return result;
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** Waits until the number in `data-value` fulfils `condition`; the number. */
export async function untilValue(page, id, condition, seconds = 30) {
  let value;
  await until(
    async () => {
      value = await valueOf(page, id);
      return condition(value);
    },
    `${id} to fulfil ${condition}; it is ${value}`,
    seconds,
  ).catch((error) => {
    throw new Error(`${error.message} (now ${value})`);
  });
  return value;
}

/** Runs axe-core over the page; a violation of WCAG 2.2 A or AA fails, with what and where. */
export async function audit(page, what) {
  await page.addScriptTag({ path: AXE });
  const violations = await page.evaluate(async () => {
    const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
    const result = await globalThis.axe.run(document, { runOnly: { type: "tag", values: tags } });
    return result.violations.map(
      ({ id, help, nodes }) => `${id}: ${help}; ${nodes.map((node) => node.html.slice(0, 160)).join(" | ")}`,
    );
  });
  assert.deepEqual(violations, [], `accessibility of ${what}`);
}

/** Draws stored strokes (points in hundredths of the pad's side) with the mouse. */
export async function draw(page, strokes) {
  const pad = byId(page, "draw-pad");
  await pad.scrollIntoViewIfNeeded();
  const box = await pad.boundingBox();
  const place = ([x, y]) => [box.x + (x / 100) * box.width, box.y + (y / 100) * box.height];
  for (const stroke of strokes) {
    await page.mouse.move(...place(stroke[0]));
    await page.mouse.down();
    for (const point of stroke.slice(1)) await page.mouse.move(...place(point), { steps: 3 });
    await page.mouse.up();
  }
}

/** An empty pad that predicts nothing, whatever the page has drawn to show how it goes. */
export async function emptyPad(page) {
  await byId(page, "draw-pad").waitFor();
  const clear = byId(page, "clear");
  await until(async () => {
    if (await clear.isEnabled()) await clear.click();
    return (await byId(page, "prediction").innerText()).trim() === "" && !(await clear.isEnabled());
  }, "an empty pad");
}

/** The chapters of the course. */
export const CHAPTERS = [
  "tensors", "autograd", "activations", "losses", "softmax", "neuron", "chain-rule", "mlp", "entropy", "mnist-mlp",
  "convolution", "watching", "devices", "overfitting",
];

/** Digits as a person would draw them. */
export const STROKES = {
  0: [[[50, 15], [35, 20], [27, 38], [26, 58], [33, 78], [48, 86], [63, 80], [72, 60], [71, 38], [63, 20], [50, 15]]],
  1: [[[50, 14], [50, 38], [50, 62], [50, 86]]],
  2: [[[28, 32], [36, 18], [54, 14], [68, 24], [66, 42], [50, 60], [28, 84], [50, 84], [74, 84]]],
  3: [[[30, 20], [48, 14], [66, 22], [64, 38], [46, 47], [66, 56], [70, 72], [54, 86], [30, 80]]],
  4: [[[36, 14], [30, 36], [27, 54], [50, 54], [74, 52]], [[64, 16], [62, 50], [60, 88]]],
  7: [[[24, 18], [50, 17], [74, 16], [62, 42], [50, 66], [42, 88]]],
};
