// Looking inside: Inspect and Backprop as a learner uses them. Numbers agree between the views, a walk leads back to where it
// came from, the keyboard suffices, an address holds the whole view, mistakes are pointed at, and it is quick.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STROKES, audit, byId, draw, emptyPad, site, until, valueOf } from "./common.mjs";

const { visit } = site();

const PRESETS = ["neuron", "outputs", "chain", "perceptron", "softmax", "reuse", "relu", "cross-entropy"];

/** Another view by the address alone, as a link leads there: the page stays. */
const go = (page, hash) => page.evaluate((hash) => (location.hash = hash), hash);

/** All nodes of the graph: id, value, gradient. */
const nodes = (page) =>
  page.locator(".graph-node").evaluateAll((all) => all.map(({ dataset }) => [dataset.testid, dataset.value, dataset.grad]));

/** Where the walk stands: `round.step`. */
const place = (page) => byId(page, "place").evaluate(({ dataset }) => `${dataset.round}.${dataset.step}`);

/** Waits for the step list: the network and the image are here. */
const walked = (page) => byId(page, "card-loss").waitFor();

test("Draw, Inspect and Backprop give the same probabilities", () =>
  visit("#/draw", async (page) => {
    await emptyPad(page);
    await draw(page, STROKES[3]);
    await until(async () => (await byId(page, "prediction").innerText()).trim() !== "", "a prediction");
    await until(async () => (await valueOf(page, "probability-3")) > 0, "a probability");
    const all = (prefix) => Promise.all([...Array(10).keys()].map((digit) => valueOf(page, `${prefix}-${digit}`)));
    const drawn = await all("probability");
    await go(page, "#/inspect");
    await until(async () => (await valueOf(page, "inspect-probability-3")) > 0, "Inspect's probabilities");
    const inspected = await all("inspect-probability");
    await go(page, "#/backprop?tab=network");
    await walked(page);
    await byId(page, "forward").click();
    await until(async () => (await valueOf(page, "walk-probability-3")) > 0, "Backprop's probabilities");
    const walkedTo = await all("walk-probability");
    for (let digit = 0; digit < 10; digit++) {
      const near = (other) => Math.abs(drawn[digit] - other) <= 1e-6 + 1e-4 * drawn[digit];
      assert.ok(near(inspected[digit]), `${digit}: Draw ${drawn[digit]}, Inspect ${inspected[digit]}`);
      assert.ok(near(walkedTo[digit]), `${digit}: Draw ${drawn[digit]}, Backprop ${walkedTo[digit]}`);
    }
  }));

test("200 steps on and 200 back end where they began, whatever is shown between", () =>
  visit("#/backprop?preset=perceptron", async (page) => {
    await byId(page, "node-0").waitFor();
    const before = await nodes(page);
    const seen = [];
    for (let step = 0; step < 200; step++) {
      if (step % 20 === 0) seen.push([await place(page), await nodes(page)]);
      await page.keyboard.press("ArrowRight");
    }
    assert.notEqual(await place(page), "0.0");
    for (let step = 199; step >= 0; step--) {
      await page.keyboard.press("ArrowLeft");
      if (step % 20 === 0) assert.deepEqual([await place(page), await nodes(page)], seen.pop());
    }
    assert.equal(await place(page), "0.0");
    assert.deepEqual(await nodes(page), before);
  }));

test("every preset is walked to its end, from the longest to the shortest and back", () =>
  visit("#/backprop", async (page) => {
    for (const preset of [...PRESETS, ...PRESETS.toReversed()]) {
      await byId(page, "preset").selectOption(preset);
      await byId(page, "update").click();
      await until(async () => !(await place(page)).endsWith(".0"), `the walk of ${preset}`);
      await page.keyboard.press("ArrowRight");
      const all = await nodes(page);
      assert.ok(all.length >= 3 && all.every(([, value]) => value === "" || Number.isFinite(Number(value))), preset);
    }
  }));

test("a pointed node shows its own formula with its numbers, the walk stays where it is", () =>
  visit("#/backprop?preset=neuron&at=0.9", async (page) => {
    const numbers = byId(page, "rule-numbers").locator("math");
    await numbers.waitFor();
    const before = await numbers.getAttribute("aria-label");
    await byId(page, "node-6").hover();
    await until(async () => (await numbers.getAttribute("aria-label")) !== before, "the rule of the pointed node");
    assert.match(await byId(page, "rule").innerText(), /n6/);
    assert.equal(await place(page), "0.9");
    await page.mouse.move(2, 2);
    await until(async () => (await numbers.getAttribute("aria-label")) === before, "the rule of the walk again");
  }));

test("formulas are MathML with a label that reads the numbers, in both languages", () =>
  visit("#/backprop?lang=en&at=0.8", async (page) => {
    const label = () => byId(page, "rule-numbers").locator("math").getAttribute("aria-label");
    await byId(page, "rule-numbers").locator("math").waitFor();
    const english = await label();
    assert.match(english, /\d/);
    await byId(page, "language").selectOption("zh");
    await until(async () => /\p{Script=Han}/u.test((await label()) ?? ""), "a Chinese label");
  }));

test("a mistake is pointed at, and the last good graph stays", () =>
  visit("#/backprop", async (page) => {
    const field = byId(page, "expression");
    await field.fill("L = a*b + c");
    await until(async () => (await nodes(page)).length === 5, "the graph of a*b + c");
    const good = await nodes(page);
    const wrong = [
      ["L = a*b + ", /./, ""],
      ["L = a $ b", /\$/, "$"],
      ["L = frobnicate(a)", /frobnicate/, "frobnicate"],
      ["L = a / 0", /./, "a / 0"],
      ["L = (a + b", /./, "("],
      ["u = v; v = 2*a; L = u", /v/, "v"],
      [`L = ${Array.from({ length: 10_000 }, (_, k) => `x${k}`).join(" + ")}`, /\d/, ""],
    ];
    for (const [text, sentence, marked] of wrong) {
      await field.fill(text);
      const problem = byId(page, "expression-problem");
      await until(async () => (await problem.locator("mark").count()) === 1, `a place in ${text.slice(0, 40)}`);
      assert.match(await problem.innerText(), sentence);
      if (marked) assert.ok((await problem.locator("mark").innerText()).includes(marked), `${text}: ${await problem.innerText()}`);
      assert.deepEqual(await nodes(page), good, text.slice(0, 40));
    }
    await field.fill("L = a - b; M = 1 / L");
    await until(async () => (await byId(page, "expression-problem").locator("mark").count()) === 0, "a good graph again");
    // Who clears the field wants to type, and does not get the preset back.
    await field.fill("");
    await until(async () => (await byId(page, "expression-problem").innerText()) !== "", "a word on the empty field");
    assert.equal(await field.inputValue(), "");
    // The preset before has x without a gradient; where there is nothing else, x has one.
    await field.fill("L = (x*x\n + x)");
    await byId(page, "backward").click();
    await until(async () => (await nodes(page)).every(([, , gradient]) => gradient !== ""), "a gradient everywhere");
    await byId(page, "check-node").click();
    const [autograd, difference] = await byId(page, "check").evaluate(({ dataset }) => [dataset.autograd, dataset.difference].map(Number));
    assert.ok(autograd !== 0 && Math.abs(autograd - difference) < 1e-6 * Math.abs(autograd), `${autograd}, ${difference}`);
  }));

test("an address holds the view: a reload shows the same", () =>
  visit("#/inspect?network=mlp-200&image=test3&target=5&layer=2&element=17&show=gradients&tab=weight&weight=9", async (page) => {
    const state = async () => [
      await byId(page, "unit-value").getAttribute("data-value"),
      await valueOf(page, "element"),
      await valueOf(page, "weight"),
      await byId(page, "layer-2").getAttribute("aria-pressed"),
      await byId(page, "image-number").inputValue(),
    ];
    await byId(page, "unit-value").waitFor();
    const before = await state();
    assert.deepEqual(before.slice(1), [17, 9, "true", "3"]);
    await page.reload();
    await byId(page, "unit-value").waitFor();
    assert.deepEqual(await state(), before);
    await page.goto(page.url().replace(/#.*/, "#/backprop?preset=softmax&at=0.12&values=z1:1.5"));
    await byId(page, "node-0").waitFor();
    const walk = [await place(page), await nodes(page)];
    assert.equal(walk[0], "0.12");
    await page.reload();
    await byId(page, "node-0").waitFor();
    assert.deepEqual([await place(page), await nodes(page)], walk);
  }));

test("a batch goes through the network op by op, and any number is taken apart", () =>
  visit("#/backprop?tab=network&network=mlp-200&image=test3&images=3", async (page) => {
    await walked(page);
    assert.match(await byId(page, "card-0").innerText(), /784.* → .*200/s);
    await byId(page, "open-2").click();
    await byId(page, "not-yet").waitFor();
    assert.equal(await byId(page, "unit-value").count(), 0, "no number before its step");
    await byId(page, "backward").click();
    await byId(page, "open-2").click();
    await page.getByTestId("show").getByRole("radio").nth(3).check({ force: true });
    const sum = byId(page, "sum").first();
    await sum.waitFor();
    const [total, shown, count] = await sum.evaluate(({ dataset }) => [dataset.total, dataset.shown, dataset.count].map(Number));
    assert.equal(count, 3, "a product an image");
    assert.ok(Math.abs(total - shown) <= 1e-6 + 1e-3 * Math.abs(shown), `${total} against ${shown}`);
    const loss = await valueOf(page, "walk-loss");
    await byId(page, "update").click();
    await page.keyboard.press("ArrowRight");
    await until(async () => (await valueOf(page, "walk-loss")) < loss, "a smaller loss after the update");
    await page.keyboard.press("ArrowLeft");
    await until(async () => (await valueOf(page, "walk-loss")) === loss, "the same loss on the way back");
  }));

test("a gradient is checked, a logit dragged, a weight changed", () =>
  visit("#/inspect?network=mlp-200&tab=weight", async (page) => {
    await byId(page, "check-gradient").click();
    const check = byId(page, "check");
    await check.waitFor();
    const [autograd, difference] = await check.evaluate(({ dataset }) => [dataset.autograd, dataset.difference].map(Number));
    assert.ok(autograd !== 0 && Math.abs(autograd - difference) < 1e-4 * Math.abs(autograd), `${autograd}, ${difference}`);
    await byId(page, "undo-edits").waitFor({ state: "detached" });
    await byId(page, "edit-weight").fill("3");
    await byId(page, "edit-weight").press("Enter");
    await byId(page, "undo-edits").click();
    await page.getByRole("tab").first().click();
    const entry = await valueOf(page, "jacobian-0-0");
    await byId(page, "logit-0").fill("5");
    await until(async () => (await valueOf(page, "jacobian-0-0")) !== entry, "the Jacobian follows");
    const p = await valueOf(page, "inspect-probability-0");
    assert.ok(Math.abs((await valueOf(page, "jacobian-0-0")) - p * (1 - p)) < 1e-12);
  }));

test("two fingers and the wheel enlarge the graph, not the page; one finger moves it", () =>
  visit(
    "#/backprop?preset=softmax",
    async (page, context) => {
      const graph = byId(page, "graph");
      await byId(page, "node-0").waitFor();
      await graph.evaluate((element) => element.scrollIntoView({ block: "center" }));
      const scale = async () => Number(await graph.getAttribute("data-scale"));
      const before = await scale();
      const { x, y, width, height } = await graph.boundingBox();
      const devtools = await context.newCDPSession(page);
      const touch = (type, apart) =>
        devtools.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: apart.map((dx, id) => ({ x: x + width / 2 + dx, y: y + height / 2, id })),
        });
      await touch("touchStart", [-30, 30]);
      for (let apart = 35; apart <= 60; apart += 5) await touch("touchMove", [-apart, apart]);
      await touch("touchEnd", []);
      const pinched = await scale();
      assert.ok(Math.abs(pinched / before - 2) < 0.1, `${before} then ${pinched}`);
      assert.equal(await page.evaluate(() => visualViewport.scale), 1, "the page keeps its size");
      const left = () => graph.evaluate((element) => element.scrollLeft);
      const start = await left();
      await touch("touchStart", [60]);
      for (let apart = 40; apart >= -60; apart -= 20) await touch("touchMove", [apart]);
      await touch("touchEnd", []);
      await until(async () => (await left()) > start, "the graph to scroll");
    },
    { width: 360, height: 740, hasTouch: true, isMobile: true },
  ));

test("a change by hand is in the address, and goes along to the stepper", () =>
  visit("#/inspect?network=mlp-200&image=test3&tab=weight&edits=0.weight:9:2.5", async (page) => {
    await byId(page, "undo-edits").waitFor();
    await byId(page, "unit-value").waitFor();
    const probability = () => valueOf(page, "inspect-probability-3");
    await page.getByRole("tab").first().click();
    await until(async () => (await probability()) > 0, "probabilities");
    const [edited, link] = [await probability(), await byId(page, "step-through").getAttribute("href")];
    await go(page, link);
    await walked(page);
    await byId(page, "forward").click();
    await until(async () => (await valueOf(page, "walk-probability-3")) > 0, "the walk's probabilities");
    assert.ok(Math.abs((await valueOf(page, "walk-probability-3")) - edited) < 1e-5, "the same network");
    await page.goBack();
    await byId(page, "undo-edits").or(byId(page, "logit-0")).first().waitFor();
    await page.getByRole("tab").first().click();
    await byId(page, "logit-0").fill("9");
    const moved = await probability();
    await page.waitForTimeout(500);
    await page.reload();
    await until(async () => Math.abs((await probability()) - moved) < 1e-5, "the moved logit after a reload");
    await byId(page, "logits-reset").click();
    await until(async () => Math.abs((await probability()) - edited) < 1e-9, "the network's logits");
  }));

test("test images are found by label, by right and wrong, by loss; one opens, and every picture has its numbers", () =>
  visit("#/inspect?gallery=true&read=right&order=number", async (page) => {
    const pictures = page.locator(".pictures button");
    await byId(page, "more-images").waitFor();
    assert.equal(await pictures.count(), 60);
    await byId(page, "more-images").click();
    await until(async () => (await pictures.count()) > 60, "more images");
    await byId(page, "filter-label").selectOption("4");
    await until(async () => (await pictures.allInnerTexts()).every((text) => text.startsWith("4")), "only fours");
    await page.locator(".confusion-cell").nth(22).click();
    await until(async () => (await pictures.first().innerText()).startsWith("2"), "the images of a cell");
    await pictures.first().click();
    await until(async () => /image=test\d+/.test(page.url()), "the image in the address");
    await page.getByRole("button", { name: "Show the numbers" }).first().click();
    const row = page.locator(".open-picture tbody tr").first().locator("td");
    assert.equal(await row.count(), 24, "a row of a map");
    await audit(page, "the numbers of a picture");
  }));

test("Inspect by the keyboard: a layer, a cell, its sum", () =>
  visit("#/inspect?network=mlp-200", async (page) => {
    await byId(page, "layer-0").waitFor();
    await byId(page, "layer-0").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    assert.equal(await byId(page, "layer-1").getAttribute("aria-pressed"), "true");
    await byId(page, "open-layer").focus();
    const lines = () => page.locator(".feed-line").evaluateAll((all) => all.map((line) => line.getAttribute("d")).join());
    await until(async () => (await lines()) !== "", "lines to what feeds the unit");
    const before = await lines();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowDown"]) await page.keyboard.press(key);
    await until(async () => (await lines()) !== before, "lines of the unit under the cursor");
    await page.keyboard.press("Enter");
    await until(async () => new URL(page.url()).hash.includes("element="), "the element in the address");
    assert.ok((await byId(page, "unit-value").getAttribute("data-value")).length > 0);
  }));

for (const tab of ["jacobian", "weight", "batch", "training", "attack"]) {
  for (const [language, colorScheme, width] of [["en", "light", 1280], ["zh", "dark", 360]]) {
    test(`Inspect, ${tab}: passes the audit in ${language}, ${colorScheme}, and fits ${width} px`, () =>
      visit(
        `#/inspect?tab=${tab}&lang=${language}&image=test4`,
        async (page) => {
          await byId(page, "layer-0").waitFor();
          await page.waitForLoadState("networkidle");
          await audit(page, tab);
          const over = () => page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
          assert.ok((await over()) <= 0, `${await over()} px too wide`);
        },
        { colorScheme, width },
      ));
  }
}

for (const [language, colorScheme, width] of [["zh", "light", 1280], ["en", "dark", 360]]) {
  test(`Backprop's network passes the audit in ${language}, ${colorScheme}, and fits ${width} px`, () =>
    visit(
      `#/backprop?tab=network&lang=${language}&nat=0.17`,
      async (page) => {
        await walked(page);
        await audit(page, "network");
        const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(over <= 0, `${over} px too wide`);
      },
      { colorScheme, width },
    ));
}

test("a run is looked into while it trains: ridges, the optimizer's state, slow motion", () =>
  visit("#/train?model=linear16,relu,linear10&optimizer=adam&device=cpu&steps=40", async (page) => {
    await byId(page, "start").click();
    await until(async () => (await valueOf(page, "step-count")) >= 40, "40 steps");
    await go(page, "#/inspect?tab=training&network=training");
    await byId(page, "optimizer-0.weight-exp_avg_sq").waitFor();
    assert.ok((await valueOf(page, "optimizer-0.weight-exp_avg_sq")) > 0);
    assert.ok((await page.locator(".ridge").count()) >= 2, "ridges");
    await audit(page, "the run");
    await go(page, "#/backprop?tab=network&network=training");
    await walked(page);
    // The run's own batch and optimizer, and the step that it takes next.
    await byId(page, "real-made-of").waitFor();
    assert.match(await byId(page, "real-made-of").innerText(), /step 41.*64 images.*Adam/);
    await byId(page, "update").click();
    assert.match(await byId(page, "walk-line").innerText(), /0\.9 \* m/);
    const step = await valueOf(page, "real-step-count");
    const loss = await valueOf(page, "walk-loss");
    await byId(page, "step-forward").click();
    await until(async () => (await valueOf(page, "real-step-count")) === step + 1, "one step of the run");
    await until(async () => (await valueOf(page, "walk-loss")) !== loss, "the network after it");
    await until(async () => (await place(page)) === "0.0", "the walk begins again");
  }));

test("Inspect opens on a drawn digit within 100 ms, a step over 300 nodes takes less than 16 ms", () =>
  visit("#/draw", async (page) => {
    await emptyPad(page);
    await draw(page, STROKES[4]);
    // The machine may be busy with other things: it is tried again until it comes to it, which it never does if the page is slow.
    const opening = () =>
      page.evaluate(async () => {
        const begun = performance.now();
        location.hash = "#/inspect";
        while (!document.querySelector('[data-testid="unit-value"][data-value]')) await new Promise((next) => setTimeout(next));
        document.body.getBoundingClientRect();
        return performance.now() - begun;
      });
    let open = Infinity;
    for (let round = 0; round < 20 && open >= 100; round++) {
      open = Math.min(open, await opening());
      await byId(page, "gallery").waitFor();
      await go(page, "#/draw");
      await byId(page, "draw-pad").waitFor();
    }
    const terms = Array.from({ length: 100 }, (_, k) => `sigmoid(w${k % 20}*x${k % 10})`).join(" + ");
    await go(page, `#/backprop?expression=${encodeURIComponent(`L = ${terms}`)}`);
    await until(async () => (await page.locator(".graph-node").count()) >= 300, "300 nodes");
    const step = await page.evaluate(async () => {
      const button = document.querySelector('[data-testid="step-forward"]');
      const channel = new MessageChannel();
      let best = Infinity;
      for (let round = 0; round < 20 && best >= 16; round++) {
        const times = [];
        for (let step = 0; step < 15; step++) {
          const begun = performance.now();
          button.click();
          // A timer would wait for milliseconds; a message comes when all that the click set off is done.
          await new Promise((next) => {
            channel.port1.onmessage = next;
            channel.port2.postMessage(null);
          });
          document.body.getBoundingClientRect();
          times.push(performance.now() - begun);
        }
        // The median: what a learner gets.
        best = Math.min(best, times.sort((a, b) => a - b)[7]);
      }
      return best;
    });
    console.log(`opening Inspect ${open.toFixed(0)} ms, a step ${step.toFixed(1)} ms`);
    assert.ok(open < 100, `opening took ${open} ms`);
    assert.ok(step < 16, `a step took ${step} ms`);
  }));
