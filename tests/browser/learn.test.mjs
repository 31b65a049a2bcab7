// The course: the text drives the widgets and follows them, cells run, questions open, a change of language keeps all of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byId, site, until } from "./common.mjs";

const { visit } = site();

const opened = (page, widget) => byId(page, `widget-${widget}`).waitFor();

test("a sentence sets its widget, and the widget changes the numbers in the sentence", () =>
  visit("#/learn/activations", async (page) => {
    await opened(page, "activation");
    await page.getByRole("button", { name: "x = 0", exact: true }).click();
    const shown = page.locator("p .bound").first();
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

test("the overfitting lab trains, and its points are its own", () =>
  visit("#/learn/lab", async (page) => {
    await byId(page, "lab-start").waitFor();
    await byId(page, "lab-start").click();
    await until(async () => /epoch ([1-9]\d*)/.test(await byId(page, "lab-words").textContent()), "epochs go by");
    assert.ok((await page.locator(".lab-map .dot").count()) > 100, "points on the map");
  }));
