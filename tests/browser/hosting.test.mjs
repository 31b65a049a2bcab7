// The page away from its own server: under a path, without special headers, without a network, with files that are
// missing or broken, in browsers that cannot run it.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DIST, STROKES, byId, draw, emptyPad, serve, site, until, untilValue, watch } from "./common.mjs";

const { visit, shared } = site();

const RUN = "#/train?model=mlp-200&device=cpu&seed=7&steps=20&run=1";
const reads = async (page, digit) => {
  await emptyPad(page);
  await draw(page, STROKES[digit]);
  await until(async () => (await byId(page, "prediction").innerText()).trim() === String(digit), `a ${digit}`);
};

test("the server isolates the page, so that its workers may share memory", () =>
  visit("", async (page) => assert.equal(await page.evaluate(() => crossOriginIsolated), true)));

test("under a path, on a server that sends no special headers", async () => {
  const plain = await serve({ isolated: false, under: "/some/where/" });
  const page = await shared.browser.newPage();
  const errors = watch(page);
  try {
    await page.goto(`${plain.address}#/draw`);
    assert.equal(await page.evaluate(() => crossOriginIsolated), false);
    await reads(page, 7);
    await page.goto("about:blank");
    await page.goto(plain.address + RUN);
    await untilValue(page, "step-count", (count) => count === 20, 60);
    assert.deepEqual(errors, []);
  } finally {
    await page.close();
    plain.stop();
  }
});

test("after one visit, everything works without a network, the data set included", async () => {
  const server = await serve();
  const context = await shared.browser.newContext();
  const page = await context.newPage();
  try {
    await page.goto(server.address);
    await until(() => page.evaluate(isKept), "the service worker to have kept every file", 60);
    server.stop();
    await page.goto("about:blank");
    await page.goto(`${server.address}#/draw`);
    await reads(page, 7);
    await page.goto("about:blank");
    await page.goto(server.address + RUN);
    await untilValue(page, "step-count", (count) => count === 20, 60);
    await page.evaluate(() => (location.hash = "#/learn/softmax?lang=zh"));
    await until(async () => (await page.locator("main").innerText()).length > 500, "a chapter");
  } finally {
    await context.close();
    server.stop();
  }
});

/** In the page: whether the service worker runs and the data set, which it fetches last, is kept. */
async function isKept() {
  const ready = await navigator.serviceWorker?.getRegistration();
  if (!ready?.active) return false;
  const files = ["train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"];
  const found = await Promise.all(files.map((name) => caches.match(`www/data/${name}-ubyte.gz`, { ignoreVary: true })));
  return found.every(Boolean);
}

/** A copy of the site that `change(folder)` may break, served; `body(page)` looks at what comes of it. */
async function broken(change, path, body) {
  const folder = await mkdtemp(join(tmpdir(), "gradlab-"));
  await cp(DIST, folder, { recursive: true });
  await change(folder);
  const server = await serve({ folder });
  const page = await shared.browser.newPage();
  const crashes = [];
  page.on("pageerror", (error) => crashes.push(String(error)));
  try {
    await page.goto(server.address + path);
    await body(page);
    assert.deepEqual(crashes, []);
  } finally {
    await page.close();
    server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

const sentence = (page, pattern, seconds = 60) =>
  until(async () => pattern.test(await byId(page, "status").innerText()), `a sentence like ${pattern}`, seconds);

const IMAGES = "www/data/train-images-idx3-ubyte.gz";
for (const [what, change] of [
  ["missing", (folder) => rm(join(folder, IMAGES))],
  ["cut short", (folder) => truncate(join(folder, IMAGES), 3_000_000)],
  ["something else", (folder) => writeFile(join(folder, IMAGES), "<html>not found</html>")],
]) {
  test(`a data file that is ${what}: a sentence names it, and nothing is trained on it`, () =>
    broken(change, RUN, async (page) => {
      await sentence(page, /train-images-idx3-ubyte/);
      assert.ok(!((await byId(page, "step-count").getAttribute("data-value")) > 0), "it trained");
    }));
}

test("the shipped weights missing: a sentence, and the pad goes on", () =>
  broken(
    async (folder) => {
      for (const suffix of ["", ".gz", ".br"]) await rm(join(folder, `www/weights/cnn.safetensors${suffix}`), { force: true });
    },
    "#/draw",
    async (page) => {
      await sentence(page, /cnn|weights/i, 20);
      await draw(page, STROKES[7]);
      assert.equal((await byId(page, "prediction").innerText()).trim(), "");
    },
  ));

test("the program itself missing: a sentence in both languages' readers' own", () =>
  broken(
    (folder) => rm(join(folder, "pkg"), { recursive: true }),
    "#/draw?lang=zh",
    (page) => sentence(page, /程序未能加载/, 20),
  ));

for (const [what, script, pattern] of [
  ["WebAssembly", "delete globalThis.WebAssembly", /WebAssembly/],
  ["SIMD", "WebAssembly.validate = () => false", /SIMD/],
  ["workers", "delete globalThis.Worker", /worker/],
]) {
  test(`a browser without ${what} is told so`, () =>
    visit("#/draw", (page) => sentence(page, pattern, 20), {
      before: (page) => page.addInitScript(script),
      allowed: /./,
    }));
}
