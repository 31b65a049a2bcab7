// Train: a run in the worker, driven as a person would.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { STROKES, byId, draw, emptyPad, site, until, untilValue, valueOf } from "./common.mjs";

const { visit } = site();

const MLP = "#/train?model=mlp-200&device=cpu&seed=7";
/** The data set has to arrive and be unpacked before the first step. */
const SECONDS_TO_FIRST_STEP = 60;

async function oneStep(page) {
  const before = (await valueOf(page, "step-count")) || 0;
  await byId(page, "step").click();
  await untilValue(page, "step-count", (count) => count === before + 1, SECONDS_TO_FIRST_STEP);
  return valueOf(page, "train-loss");
}

for (const model of ["mlp-200", "mlp-200-leaky", "fcn-5", "cnn"]) {
  test(`${model}: 100 steps, and the loss falls`, () =>
    visit(`#/train?model=${model}&device=cpu&seed=7&steps=100`, async (page) => {
      const first = await oneStep(page);
      assert.ok(first > 1.5 && first < 3.5, `an untrained network's loss is near ln 10, not ${first}`);
      await byId(page, "start").click();
      await untilValue(page, "step-count", (count) => count === 100, 120);
      const last = await valueOf(page, "train-loss");
      assert.ok(last < first, `the loss went from ${first} to ${last}`);
      assert.ok((await valueOf(page, "steps-per-second")) > 0);
    }));
}

test("run=1 in the address starts by itself and stops after its steps", () =>
  visit(`${MLP}&steps=20&run=1`, async (page) => {
    await untilValue(page, "step-count", (count) => count === 20, SECONDS_TO_FIRST_STEP);
    await page.waitForTimeout(300);
    assert.equal(await valueOf(page, "step-count"), 20);
  }));

test("pause answers within 50 ms, and training goes on from the same step", () =>
  visit(MLP, async (page) => {
    await byId(page, "start").click();
    await untilValue(page, "step-count", (count) => count > 10, SECONDS_TO_FIRST_STEP);
    const times = [];
    for (let round = 0; round < 5; round++) {
      await page.waitForTimeout(200);
      times.push(await page.evaluate(pauseAndTime));
      const paused = await valueOf(page, "step-count");
      await page.waitForTimeout(250);
      assert.equal(await valueOf(page, "step-count"), paused, "it trained on although paused");
      await byId(page, "start").click();
      await untilValue(page, "step-count", (count) => count > paused);
    }
    times.sort((left, right) => left - right);
    assert.ok(times[2] < 50, `pause took ${times.map((time) => time.toFixed(1)).join(", ")} ms`);
  }));

/** In the page: clicks on pause, and waits until start stands in its place; milliseconds. */
function pauseAndTime() {
  return new Promise((resolve) => {
    const shown = (id) => {
      const element = document.querySelector(`[data-testid=${id}]`);
      return element && !element.disabled && element.offsetParent !== null;
    };
    const begin = performance.now();
    const look = () => (shown("start") && !shown("pause") ? resolve(performance.now() - begin) : setTimeout(look, 1));
    document.querySelector("[data-testid=pause]").click();
    look();
  });
}

test("reset gives the same weights for the same seed, another seed others", () =>
  visit(MLP, async (page) => {
    const first = await oneStep(page);
    const second = await oneStep(page);
    assert.notEqual(first, second);
    await byId(page, "reset").click();
    await untilValue(page, "step-count", (count) => !(count > 0));
    assert.equal(await oneStep(page), first, "the first loss after a reset");
    await byId(page, "reset").click();
    await untilValue(page, "step-count", (count) => !(count > 0));
    await byId(page, "seed").fill("8");
    await byId(page, "seed").press("Enter");
    assert.notEqual(await oneStep(page), first, "the first loss of another seed");
  }));

test("the learning rate can be changed while it runs", () =>
  visit(MLP, async (page) => {
    await byId(page, "start").click();
    const before = await untilValue(page, "step-count", (count) => count > 5, SECONDS_TO_FIRST_STEP);
    await byId(page, "learning-rate").fill("0.05");
    await byId(page, "learning-rate").press("Enter");
    await untilValue(page, "step-count", (count) => count > before + 20);
    await until(async () => page.url().includes("lr=0.05"), "the address to hold the new rate");
  }));

test("a learning rate that makes the loss infinite is told in a sentence, and nothing is lost", () =>
  visit(`${MLP}&lr=1e30&steps=50`, async (page) => {
    await byId(page, "start").click();
    await until(async () => /NaN|infinit|diverg|not a (finite )?number/i.test(await byId(page, "status").innerText()), "a sentence on it", 60);
    assert.ok((await valueOf(page, "step-count")) > 0, "the steps that were done");
  }));

test("leave the view, come back: training went on", () =>
  visit(MLP, async (page) => {
    await byId(page, "start").click();
    await untilValue(page, "step-count", (count) => count > 5, SECONDS_TO_FIRST_STEP);
    const before = await valueOf(page, "step-count");
    await page.evaluate(() => (location.hash = "#/draw"));
    await until(async () => byId(page, "draw-pad").isVisible(), "the pad");
    await page.waitForTimeout(700);
    await page.evaluate(() => history.back());
    await untilValue(page, "step-count", (count) => count > before + 5);
    assert.ok(await byId(page, "pause").isVisible(), "it is still running");
  }));

test("weights go out and come back in", () =>
  visit(MLP, async (page) => {
    await oneStep(page);
    const exported = await download(page, "export-weights");
    const header = JSON.parse(exported.bytes.subarray(8, 8 + Number(exported.bytes.readBigUInt64LE(0))).toString());
    assert.ok(exported.name.endsWith(".safetensors"), exported.name);
    const shapes = Object.entries(header).filter(([name]) => name !== "__metadata__").map(([, { shape }]) => shape.join("x"));
    assert.deepEqual(shapes.sort(), ["10", "10x200", "200", "200", "200x200", "200x784"]);
    await byId(page, "reset").click();
    await untilValue(page, "step-count", (count) => !(count > 0));
    const reset = await download(page, "export-weights");
    assert.notDeepEqual(tensors(reset.bytes), tensors(exported.bytes), "a reset changes the weights");
    await importFile(page, exported.name, exported.bytes);
    await until(
      async () => tensors((await download(page, "export-weights")).bytes).equals(tensors(exported.bytes)),
      "the imported weights to come out again",
    );
  }));

test("a file that holds no such weights is refused in a sentence", () =>
  visit(MLP, async (page) => {
    await oneStep(page);
    const before = tensors((await download(page, "export-weights")).bytes);
    const said = await byId(page, "status").innerText();
    await importFile(page, "foreign.safetensors", Buffer.from("this is no such file"));
    await until(async () => (await byId(page, "status").innerText()) !== said, "a sentence on it");
    assert.ok(tensors((await download(page, "export-weights")).bytes).equals(before), "the weights are as before");
  }));

test("the run as a PyTorch script", () =>
  visit("#/train?model=cnn&device=cpu&seed=7&steps=50", async (page) => {
    const { name, bytes } = await download(page, "export-pytorch");
    assert.ok(name.endsWith(".py"), name);
    const script = bytes.toString();
    for (const part of ["import torch", "torch.manual_seed", "--data", "--steps", "Conv2d", "step"]) {
      assert.ok(script.includes(part), `the script lacks ${part}`);
    }
  }));

test("the digit on the pad is read by the network in training", () =>
  visit("#/draw", async (page) => {
    await emptyPad(page);
    await draw(page, STROKES[7]);
    await until(async () => (await byId(page, "prediction").innerText()).trim() === "7", "the shipped network's reading");
    await page.evaluate((hash) => (location.hash = hash), `${MLP}&steps=400`);
    const before = await oneStep(page).then(() => trainedReading(page));
    await byId(page, "start").click();
    await untilValue(page, "step-count", (count) => count >= 100, 60);
    await until(async () => (await trainedReading(page)) !== before, "another reading after 100 steps");
  }));

test("all folds train one after the other, with mean and spread; a misread image opens in Inspect", () =>
  visit("#/train?model=mlp-200&device=cpu&examples=600&epochs=1&folds=3", async (page) => {
    await page.locator(".overfitting-fields summary").click();
    await byId(page, "run-folds").click();
    await until(async () => /3 folds: .* ± /.test(await page.locator(".overfitting-fields").innerText()), "three folds", 60);
    await until(async () => page.url().includes("fold=3"), "the address follows the fold");
    await byId(page, "misread").getByRole("link").first().click();
    await until(async () => /image=test\d+/.test(page.url()), "Inspect, at the image");
    await page.getByRole("button", { name: "The next test image" }).waitFor();
  }));

test("what a teacher hides is gone for the class, on every view, and the rest works", () =>
  visit(`${MLP}&hide=seed,schedule,layers,files,bench,stages`, async (page) => {
    await byId(page, "start").waitFor();
    for (const id of ["seed", "new-seed", "schedule", "export-weights", "class-link"]) {
      assert.ok(!(await byId(page, id).isVisible()), `${id} is hidden`);
    }
    for (const id of ["model", "learning-rate", "step"]) assert.ok(await byId(page, id).isVisible(), `${id} stays`);
    await page.getByRole("link", { name: "Draw", exact: true }).click();
    await byId(page, "draw-pad").waitFor();
    assert.ok(!(await page.locator(".draw-stages").isVisible()), "hidden on Draw too");
    assert.ok(!(await page.getByRole("link", { name: "Speed" }).isVisible()), "a view less");
  }));

test("a teacher composes such a link without losing anything", () =>
  visit("#/train?model=mlp-200", async (page) => {
    await byId(page, "class-link").click();
    await page.getByRole("checkbox", { name: "Seed" }).uncheck();
    await page.getByRole("checkbox", { name: "Speed" }).uncheck();
    assert.match(await byId(page, "class-address").inputValue(), /#\/train\?model=mlp-200&hide=seed,bench$/);
    assert.ok(await page.getByRole("link", { name: "Open it in a new tab" }).isVisible());
    await page.keyboard.press("Escape");
    assert.ok(await byId(page, "seed").isVisible());
  }));

test("what does not fit is said in the reader's language", () =>
  visit("#/train?model=linear20,relu,linear10&lang=zh", async (page) => {
    await page.locator(".layer-editor summary").click();
    const units = page.locator(".layer-editor .layer-row").last().getByRole("textbox");
    await units.fill("9");
    await units.press("Enter");
    await until(async () => (await page.getByRole("alert").innerText()).includes("最后一层必须给出 10 个分数"), "the reason");
    await importFile(page, "foreign.safetensors", Buffer.from("this is no such file"));
    await until(async () => (await byId(page, "status").innerText()).includes("这不是 safetensors 文件"), "the reason");
  }));

/** What Train shows of the drawn digit. */
const trainedReading = async (page) => (await byId(page, "your-digit").innerText()).trim();

/** Where the tensors' bytes begin, after the header, which may name the step. */
const tensors = (bytes) => bytes.subarray(8 + Number(bytes.readBigUInt64LE(0)));

async function download(page, id) {
  const [file] = await Promise.all([page.waitForEvent("download"), byId(page, id).click()]);
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

async function importFile(page, name, buffer) {
  const file = { name, mimeType: "application/octet-stream", buffer };
  const element = byId(page, "import-weights");
  const isInput = await element.evaluate((node) => node.tagName === "INPUT");
  if (isInput) return element.setInputFiles(file);
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), element.click()]);
  return chooser.setFiles(file);
}

test("layers are edited by keyboard: figures follow as one types, and the focus stays", () =>
  visit("#/train?model=mlp-200", async (page) => {
    await page.locator(".layer-editor summary").click();
    const rows = page.locator(".layer-row");
    const whole = await rows.count();
    const shapes = async () => (await page.locator(".layer-shape").allInnerTexts()).join(" ");
    const field = page.locator(".layer-sizes input").first();
    await field.focus();
    await page.keyboard.press("Control+a");
    await page.keyboard.type("30");
    await until(async () => /→ 30 /.test(await shapes()), `the shape follows the keys: ${await shapes()}`);
    assert.ok(!page.url().includes("linear30"), "the run waits until the number is typed");
    assert.ok(await field.evaluate((node) => node === document.activeElement), "the focus stays in the field");
    await page.keyboard.press("Enter");
    await until(async () => page.url().includes("linear30"), "the address has the new network");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    await until(async () => page.url().includes("linear32"), "two arrow keys, one field");
    const remove = rows.nth(1).locator(".layer-buttons button").last();
    await remove.focus();
    await page.keyboard.press("Enter");
    await until(async () => (await rows.count()) === whole - 1, "a layer less");
    assert.ok(await page.evaluate(() => document.activeElement.closest(".layer-row") !== null), "the focus stays in the list");
  }));

test("early stopping, dropout and a closer look at the chart", () =>
  visit("#/train?model=linear16,relu,linear10&device=cpu&batch=50&examples=500&validation=100&dropout=0.5&patience=2&epochs=2", async (page) => {
    await byId(page, "start").click();
    await untilValue(page, "epoch", (epoch) => epoch >= 2);
    await until(async () => /patience until step (24|32)/.test(await page.locator(".legend").first().innerText()), "the patience line");
    await byId(page, "dropout-mask").waitFor();
    assert.match(await byId(page, "dropout-mask").innerText(), /16 images.*16 units/s);
    const chart = byId(page, "loss-chart");
    const last = async () => Number((await page.locator(".legend li b").first().innerText()).replace(/\D/g, ""));
    const whole = await last();
    await chart.focus();
    await page.keyboard.press("Home");
    for (const key of ["+", "+", "End"]) await page.keyboard.press(key);
    assert.ok((await last()) < whole, "by the keyboard");
    await page.keyboard.press("0");
    const { x, y, width, height } = await chart.boundingBox();
    await page.mouse.move(x + width * 0.2, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width * 0.35, y + height / 2, { steps: 3 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    await until(async () => (await last()) < whole, "by the mouse");
    await page.getByRole("button", { name: /^All of it/ }).click();
    await until(async () => (await last()) === whole, "all of it again");
  }));
