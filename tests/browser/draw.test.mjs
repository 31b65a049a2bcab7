// Draw: strokes to a digit, with the network that the page ships.

import assert from "node:assert/strict";
import { test } from "node:test";
import { STROKES, byId, draw, emptyPad, site, until, valueOf } from "./common.mjs";

const { visit } = site();

const probabilities = async (page) => Promise.all(Array.from({ length: 10 }, (_, digit) => valueOf(page, `probability-${digit}`)));
const predicted = async (page) => (await byId(page, "prediction").innerText()).trim();

for (const [digit, strokes] of Object.entries(STROKES)) {
  test(`a drawn ${digit} is read as ${digit}`, () =>
    visit("#/draw", async (page) => {
      await emptyPad(page);
      await draw(page, strokes);
      await until(async () => (await predicted(page)) === digit, `the prediction to be ${digit}, not ${await predicted(page)}`, 10);
      const values = await probabilities(page);
      const sum = values.reduce((total, value) => total + value, 0);
      assert.ok(Math.abs(sum - 1) < 1e-5, `the probabilities sum to ${sum}`);
      assert.equal(values.indexOf(Math.max(...values)), Number(digit));
    }));
}

test("probabilities follow the pen before it is lifted", () =>
  visit("#/draw", async (page) => {
    await emptyPad(page);
    const box = await byId(page, "draw-pad").boundingBox();
    const at = (x, y) => page.mouse.move(box.x + box.width * x, box.y + box.height * y, { steps: 4 });
    await at(0.5, 0.15);
    await page.mouse.down();
    await at(0.5, 0.5);
    const halfway = await until(async () => {
      const values = await probabilities(page);
      return values.every(Number.isFinite) && values;
    }, "probabilities while drawing");
    await at(0.5, 0.85);
    await at(0.2, 0.85);
    await until(async () => (await probabilities(page)).some((value, digit) => value !== halfway[digit]), "other probabilities");
    await page.mouse.up();
  }));

test("undo takes one stroke back, clear all of them, and an empty pad predicts nothing", () =>
  visit("#/draw", async (page) => {
    await emptyPad(page);
    await draw(page, STROKES[1]);
    await until(async () => (await predicted(page)) === "1", "a 1");
    const before = await probabilities(page);
    await draw(page, [[[20, 20], [80, 20], [80, 80]]]);
    await until(async () => (await probabilities(page)).some((value, digit) => value !== before[digit]), "the second stroke to count");
    await byId(page, "undo").click();
    await until(async () => JSON.stringify(await probabilities(page)) === JSON.stringify(before), "the first stroke alone again");
    await byId(page, "clear").click();
    await until(async () => (await predicted(page)) === "", "nothing");
    assert.ok(await byId(page, "model-input").count(), "what the network sees stays in place");
  }));

test("what is drawn is still there after a look at another view, and after a reload", () =>
  visit("#/draw", async (page) => {
    await emptyPad(page);
    await draw(page, STROKES[7]);
    await until(async () => (await predicted(page)) === "7", "a 7");
    const before = await probabilities(page);
    const same = async () => JSON.stringify(await probabilities(page)) === JSON.stringify(before);
    await page.evaluate(() => (location.hash = "#/learn"));
    await until(async () => (await byId(page, "draw-pad").count()) === 0, "the other view");
    await page.evaluate(() => (location.hash = "#/draw"));
    await until(same, "the same probabilities after coming back");
    await page.reload();
    await until(same, "the same probabilities after a reload");
  }));

test("a touch draws too", () =>
  visit(
    "#/draw",
    async (page) => {
      await emptyPad(page);
      const box = await byId(page, "draw-pad").boundingBox();
      const client = await page.context().newCDPSession(page);
      const send = (type, x, y) =>
        client.send("Input.dispatchTouchEvent", {
          type,
          touchPoints: type === "touchEnd" ? [] : [{ x: box.x + (x / 100) * box.width, y: box.y + (y / 100) * box.height }],
        });
      const [stroke] = STROKES[1];
      await send("touchStart", ...stroke[0]);
      for (const point of stroke.slice(1)) await send("touchMove", ...point);
      await send("touchEnd");
      await until(async () => (await predicted(page)) === "1", "a 1 by touch");
      assert.equal(await page.evaluate(() => scrollY), 0, "the page scrolled");
    },
    { hasTouch: true, isMobile: true, width: 390, height: 844 },
  ));
