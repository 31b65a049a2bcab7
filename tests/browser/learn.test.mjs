// The course: the text drives the widgets and follows them, cells run, questions open, a change of language keeps all of it.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { CHAPTERS, byId, site, until } from "./common.mjs";

const { visit } = site();

const opened = (page, widget) => byId(page, `widget-${widget}`).waitFor();

test("a sentence sets its widget, and the widget changes the numbers in the sentence", () =>
  visit("#/learn/activations", async (page) => {
    await opened(page, "activation");
    await page.getByRole("button", { name: "x = 0", exact: true }).click();
    const shown = page.locator("p .bound").nth(1);
    await until(async () => (await shown.textContent()) === "0.5", "sigmoid(0) in the sentence");
    await byId(page, "widget-activation").getByRole("slider").first().press("End");
    await until(async () => (await shown.textContent()) !== "0.5", "the sentence follows the keyboard");
  }));

test("a number in a sentence can be moved with the arrow keys", () =>
  visit("#/learn/autograd", async (page) => {
    await opened(page, "graph");
    const number = page.locator("p .bound.draggable").first();
    await number.focus();
    await page.keyboard.press("ArrowRight");
    await until(async () => (await number.textContent()) === "2.1", "x moves by a tenth");
    await until(async () => (await page.locator("p .bound").nth(1).textContent()) === "5.2", "dx = 2x + 1 follows");
  }));

test("an edited cell runs on the page's own core, and the lesson's text comes back", () =>
  visit("#/learn/tensors", async (page) => {
    await byId(page, "cell-0").waitFor();
    const source = byId(page, "cell-0").locator("textarea");
    await source.fill("import torch\nprint(torch.arange(3) * 7)");
    await source.press("Shift+Enter");
    await until(async () => (await byId(page, "cell-0").locator("pre").textContent()) === "tensor([ 0,  7, 14])", "the output");
    await source.fill("torch.zeros(2, 3) +");
    await source.press("Shift+Enter");
    await until(async () => /NameError|SyntaxError/.test(await byId(page, "cell-0").locator("pre").textContent()), "an error");
    await byId(page, "cell-0").getByRole("button").last().click();
    await until(async () => (await byId(page, "cell-0").locator("pre").textContent()).startsWith("torch.Size"), "restored");
  }));

test("a question asks for a prediction first; answering it is progress", () =>
  visit("#/learn/softmax", async (page) => {
    await byId(page, "question").waitFor();
    assert.ok(await byId(page, "reveal").isDisabled(), "nothing is revealed before a prediction");
    await byId(page, "question").getByRole("radio").nth(1).check();
    await byId(page, "reveal").click();
    await page.locator(".question-answer").waitFor();
    await page.getByRole("link", { name: /^Contents/ }).first().click();
    await until(async () => (await byId(page, "progress").textContent()).includes("1"), "one chapter done");
  }));

test("a change of language in mid-chapter keeps the widgets and the edited cells", () =>
  visit("#/learn/softmax", async (page) => {
    await opened(page, "softmax-jacobian");
    await page.getByRole("button", { name: "a clear winner" }).click();
    const winner = byId(page, "softmax-0");
    await until(async () => Number(await winner.getAttribute("data-value")) > 0.98, "the winner");
    await byId(page, "cell-0").locator("textarea").fill("print(1 + 1)");
    await byId(page, "language").selectOption("zh");
    await until(async () => (await page.locator("h1").textContent()).includes("雅可比"), "Chinese");
    await until(async () => (await page.locator(".chapter p").first().textContent()).includes("网络"), "Chinese text");
    assert.ok(Number(await winner.getAttribute("data-value")) > 0.98, "the widget stays as it was");
    assert.equal(await byId(page, "cell-0").locator("textarea").inputValue(), "print(1 + 1)");
  }));

test("a chapter that is left and entered again is as it was", () =>
  visit("#/learn/softmax?lang=zh", async (page) => {
    await opened(page, "softmax-jacobian");
    await byId(page, "widget-softmax-jacobian").getByRole("slider").first().press("End");
    const set = await byId(page, "softmax-0").getAttribute("data-value");
    await byId(page, "cell-0").locator("textarea").fill("print(6 * 7)");
    await byId(page, "cell-0").locator("textarea").press("Shift+Enter");
    await byId(page, "question").getByRole("radio").nth(1).check();
    await byId(page, "reveal").click();
    await goTo(page, "#/draw");
    await byId(page, "draw-pad").waitFor();
    await goTo(page, "#/learn/softmax");
    await opened(page, "softmax-jacobian");
    assert.equal(await byId(page, "softmax-0").getAttribute("data-value"), set, "the widget");
    assert.equal(await byId(page, "cell-0").locator("pre").textContent(), "42", "the cell's output");
    assert.ok(await page.locator(".question-answer").isVisible(), "the answer");
    assert.match(await page.locator("h1").textContent(), /雅可比/, "the language of the address goes along");
  }));

test("every widget of every chapter answers to the keyboard alone", () =>
  visit("#/learn/tensors", async (page) => {
    for (const chapter of CHAPTERS) {
      await goTo(page, `#/learn/${chapter}`);
      await page.locator(`[data-chapter="${chapter}"] .widget`).first().waitFor();
      for (const widget of await page.locator(".widget").all()) {
        const name = `${await widget.getAttribute("data-testid")} in ${chapter}`;
        const before = await shown(widget);
        await useByKeyboard(page, widget, name);
        await until(async () => (await shown(widget)) !== before, `${name} changes`, 10);
      }
    }
  }));

/** What a widget shows: its text, its pictures, its numbers. */
const shown = (widget) =>
  widget.evaluate((node) => node.innerHTML + [...node.querySelectorAll("input, select")].map((field) => field.value).join());

/** Moves the first thing in a widget that can be moved: a slider, a field, else a button. */
async function useByKeyboard(page, widget, name) {
  const slider = widget.locator("input[type=range], [role=slider]").first();
  if (await slider.count()) {
    await slider.focus();
    const atEnd = await slider.evaluate((node) => node.value === node.max);
    return page.keyboard.press(atEnd ? "ArrowLeft" : "ArrowRight");
  }
  const field = widget.locator("input[type=text]").first();
  if (await field.count()) {
    await field.focus();
    return (await field.getAttribute("inputmode")) ? page.keyboard.press("ArrowUp") : page.keyboard.type(" + 1");
  }
  const other = widget.locator("input[type=radio]:not(:checked), button").first();
  assert.ok(await other.count(), `${name} has nothing for the keyboard`);
  await other.focus();
  await page.keyboard.press("Space");
}

test("every link of the course lands where it says, with all of it set up", () =>
  visit("#/learn", async (page) => {
    const links = new Set();
    for (const chapter of CHAPTERS) {
      const text = await readFile(new URL(`../../www/lessons/en/${chapter}.md`, import.meta.url), "utf8");
      for (const [, link] of text.matchAll(/\]\((#\/(?:[^()]|\([^()]*\))+)\)/g)) links.add(link.replace(/&run=1/, ""));
    }
    assert.ok(links.size > 12, `links: ${[...links]}`);
    for (const link of links) {
      const view = link.match(/^#\/(\w+)/)[1];
      await goTo(page, link);
      await page.locator(`main[data-view=${view}] h1`).first().waitFor({ state: "attached" });
      const status = byId(page, "status");
      assert.equal(await status.getAttribute("data-warning"), "false", `${link}: ${await status.innerText()}`);
    }
  }));

test("the overfitting lab trains on points; its runs are named, compared and removed", () =>
  visit("#/learn/lab?epochs=12&patience=50", async (page) => {
    const words = byId(page, "lab-words");
    const start = byId(page, "lab-start");
    const finished = async () => /epoch 12/.test(await words.textContent()) && (await byId(page, "lab-epoch").isVisible());
    await start.click();
    assert.ok((await page.locator(".lab-map .dot").count()) > 100, "points on the map");
    await until(finished, "twelve epochs");
    await byId(page, "lab-epoch").press("Home");
    await until(async () => /epoch 0/.test(await words.textContent()), "the arrow keys scrub");
    await byId(page, "lab-reset").click();
    const name = byId(page, "lab-runs").locator("input[type=text]");
    await name.fill("plain");
    await name.press("Enter");
    await goTo(page, "#/learn");
    await byId(page, "chapter-tensors").waitFor();
    await goTo(page, "#/learn/lab");
    assert.equal(await name.inputValue(), "plain", "the run and its name are kept");
    assert.equal(await page.locator(".plot .ghost").count(), 1, "a ghost line");
    await until(async () => page.url().includes("epochs=12"), "the address holds the set-up");
    await byId(page, "lab-runs").getByRole("button").click();
    assert.equal(await byId(page, "lab-runs").count(), 0, "removed");
    await page.getByLabel(/^folds/).press("ArrowRight");
    await page.getByLabel(/^folds/).press("ArrowRight");
    await until(async () => (await byId(page, "fold-maps").locator("li").count()) === 2, "a map for each fold");
    assert.equal(await page.locator('.fold-maps .dot[data-held="fold"]').count(), 60, "each point is held out once");
  }));

test("the overfitting lab trains on MNIST cut down, and compares folds by itself", () =>
  visit("#/learn/lab?set=mnist&count=100&hidden=16&rate=0.02&epochs=3&patience=50", async (page) => {
    await byId(page, "lab-start").click();
    const end = async () => /epoch 3/.test(await byId(page, "lab-words").textContent());
    await until(end, "three epochs", 60);
    assert.equal(await page.locator(".lab-weights canvas").count(), 16, "the first layer");
    await page.getByLabel(/^folds/).press("ArrowRight");
    await page.getByLabel(/^folds/).press("ArrowRight");
    await until(async () => (await byId(page, "fold-results").locator(".race-row").count()) === 2, "two folds", 60);
    assert.match(await byId(page, "fold-results").textContent(), /±/);
  }));

test("patience that has run out takes the best weights back; dropout shows a row for each example", () =>
  visit("#/learn/lab?patience=2&epochs=60&rate=0.5&dropout=0.5", async (page) => {
    await byId(page, "lab-start").click();
    await until(async () => /weights of epoch \d+ are back/.test(await byId(page, "lab").textContent()), "early stopping");
    const best = (await byId(page, "lab").textContent()).match(/weights of epoch (\d+) are back/)[1];
    assert.match(await byId(page, "lab-words").textContent(), new RegExp(`^epoch ${best}:`));
    const mask = byId(page, "lab-mask").locator("canvas");
    assert.deepEqual(await mask.evaluate((canvas) => [canvas.width, canvas.height]), [32, 12], "twelve examples, 32 neurons");
  }));

test("a run that is watched tells of its epochs", () =>
  visit("#/learn/watching", async (page) => {
    await byId(page, "live-start").click();
    await until(async () => /epoch [2-9]: test loss 0\.\d+, \d+ %/.test(await byId(page, "live-words").textContent()), "two epochs");
    assert.ok((await page.locator(".plot circle").count()) >= 2, "a dot for each");
  }));

test("a bar of a distribution is dragged; what is no shape stays in its field with a word", () =>
  visit("#/learn/entropy", async (page) => {
    await opened(page, "entropy");
    const column = page.locator(".entropy-column").nth(4);
    await column.scrollIntoViewIfNeeded();
    const box = await column.boundingBox();
    await page.mouse.move(box.x + 5, box.y + box.height - 10);
    await page.mouse.down();
    await page.mouse.move(box.x + 5, box.y + box.height / 2);
    await page.mouse.up();
    const slider = byId(page, "widget-entropy").getByRole("slider", { name: "q1" });
    await until(async () => Math.abs(Number(await slider.inputValue()) - 0.5) < 0.03, "q1 is a half");
    await goTo(page, "#/learn/tensors");
    await opened(page, "broadcast");
    const shape = byId(page, "widget-broadcast").getByRole("textbox").first();
    await shape.fill("3,x");
    await until(async () => (await shape.getAttribute("aria-invalid")) === "true", "3,x is refused");
    await shape.fill("4,1");
    await until(async () => (await shape.getAttribute("aria-invalid")) === "false", "4,1 is taken");
  }));

test("on a phone the drawings of networks and graphs fit", () =>
  visit("#/learn/mlp", async (page) => {
    for (const chapter of ["mlp", "chain-rule", "autograd", "softmax"]) {
      await goTo(page, `#/learn/${chapter}`);
      await page.locator(`[data-chapter="${chapter}"] .widget`).first().waitFor();
      const wide = await page.locator(".graph-scroll, .widget .table-scroll, .display-formula").evaluateAll((nodes) =>
        nodes.filter((node) => node.scrollWidth > node.clientWidth + 1).map((node) => node.className),
      );
      assert.deepEqual(wide, [], `${chapter} is cut off`);
    }
  }, { width: 360, height: 740 }));

/** As a link would, without loading the page anew. */
const goTo = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);

test("the lab's own points are made by a click and by keys, and the address keeps them", () =>
  visit("#/learn/lab?set=own", async (page) => {
    const field = byId(page, "own-field");
    const dots = page.locator(".lab-map .dot");
    const box = await field.boundingBox();
    await page.mouse.click(box.x + box.width / 4, box.y + box.height / 4);
    await until(async () => (await dots.count()) === 1, "a point where the mouse was");
    await field.press("2");
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown", "Enter", "ArrowRight", "Enter", "ArrowUp", "Enter"]) await field.press(key);
    await until(async () => (await dots.count()) === 4, "three more from the keyboard");
    await field.press("Backspace");
    await until(async () => decodeURIComponent(page.url()).includes("points=-0.80,0.80,0;-0.60,0.70,1;-0.50,0.70,1"), `points in ${page.url()}`);
    assert.match(await byId(page, "own-words").textContent(), /1 ● and 2 ■/);
    await page.reload();
    await until(async () => (await dots.count()) === 3, "the address brings them back");
    await byId(page, "lab-start").click();
    await until(async () => /epoch [1-9]/.test(await byId(page, "lab-words").textContent()), "three points train");
  }));
