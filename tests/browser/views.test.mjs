// What holds for every view: it opens from its address without an error, in both languages and themes; it passes the
// accessibility audit; it fits a phone; nonsense in the address is told in a sentence.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CHAPTERS, STROKES, audit, byId, draw, site, until } from "./common.mjs";

const { visit } = site();

const VIEWS = ["draw", "train", "inspect", "backprop", "learn", "bench"];

/** The frame is there, and what it opens with has been drawn. */
async function settled(page) {
  await byId(page, "language").waitFor();
  await page.locator("main h1, main h2").first().waitFor();
  await page.waitForLoadState("networkidle");
}

for (const view of VIEWS) {
  for (const language of ["en", "zh"]) {
    for (const colorScheme of ["light", "dark"]) {
      test(`${view}, ${language}, ${colorScheme}: opens, and passes the audit`, () =>
        visit(
          `#/${view}?lang=${language}`,
          async (page) => {
            await settled(page);
            assert.equal(await page.locator("html").getAttribute("lang").then((code) => code.slice(0, 2)), language);
            assert.equal(await byId(page, "status").count(), 1, "one status line");
            assert.equal(await byId(page, "device-name").count(), 1, "one device badge");
            await audit(page, `${view} in ${language}, ${colorScheme}`);
          },
          { colorScheme },
        ));
    }
  }

  for (const language of ["en", "zh"]) {
    test(`${view}, ${language}: nothing scrolls sideways at 360 px`, () =>
      visit(
        `#/${view}?lang=${language}`,
        async (page) => {
          await settled(page);
          assert.ok((await overhang(page)) <= 0, `${await overhang(page)} px too wide`);
        },
        { width: 360, height: 740 },
      ));
  }
}

test("no rule of a style sheet that comes later is for the pad", () =>
  visit("#/draw", async (page) => {
    await settled(page);
    await page.waitForFunction(() => [...document.querySelectorAll("link.later")].every((link) => link.sheet));
    const found = await page.evaluate(() => {
      const selectors = (rules) =>
        [...rules].flatMap((rule) => (rule.selectorText ? rule.selectorText.split(",") : rule.cssRules ? selectors(rule.cssRules) : []));
      const later = [...document.querySelectorAll("link.later")].flatMap((link) => selectors(link.sheet.cssRules));
      const state = /::?[a-z-]+(\([^)]*\))?$/;
      return { rules: later.length, meant: later.filter((selector) => document.querySelector(selector.trim().replace(state, "") || "nothing")) };
    });
    assert.ok(found.rules > 100, `${found.rules} rules came later`);
    assert.deepEqual(found.meant, []);
  }));

for (const chapter of CHAPTERS) {
  for (const language of ["en", "zh"]) {
    test(`chapter ${chapter}, ${language}: opens, fits a phone, passes the audit`, () =>
      visit(
        `#/learn/${chapter}?lang=${language}`,
        async (page) => {
          await settled(page);
          assert.ok((await page.locator("main").innerText()).length > 500, "the chapter's text");
          assert.ok((await overhang(page)) <= 0, `${await overhang(page)} px too wide`);
          const shift = await page.evaluate(() => globalThis.layoutShift);
          assert.ok(shift < 0.1, `the page moved under the reader's eyes: ${shift}`);
          await audit(page, `${chapter} in ${language}`);
        },
        { width: 360, height: 740, before: (page) => page.addInitScript(addUpShifts) },
      ));
  }
}

/** In the page: how far its parts were moved after they had been shown, as browsers measure it. */
function addUpShifts() {
  globalThis.layoutShift = 0;
  const add = (list) => list.getEntries().forEach((entry) => (globalThis.layoutShift += entry.value));
  new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
}

const overhang = (page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

test("the language can be switched on the spot, and is kept for the next visit", () =>
  visit("#/draw?lang=en", async (page) => {
    await settled(page);
    const english = await page.locator("header").innerText();
    const control = byId(page, "language");
    const isSelect = await control.evaluate((node) => node.tagName === "SELECT");
    if (isSelect) await control.selectOption("zh");
    else await control.click();
    await until(async () => (await page.locator("html").getAttribute("lang")).startsWith("zh"), "Chinese");
    assert.notEqual(await page.locator("header").innerText(), english);
    assert.match(await page.locator("header").innerText(), /\p{Script=Han}/u);
    const address = page.url();
    await page.goto("about:blank");
    await page.goto(address.split("#")[0]);
    await until(async () => (await page.locator("html").getAttribute("lang")).startsWith("zh"), "Chinese at the next visit");
  }));

test("an address holds the whole set-up of a run", () =>
  visit("#/train?model=cnn&device=cpu&seed=11&batch=32&optimizer=adam&lr=0.002", async (page) => {
    await settled(page);
    // A list to choose from has its value as a field has; a row of buttons has it in `data-value`.
    const value = async (id) => (await byId(page, id).getAttribute("data-value")) ?? byId(page, id).inputValue();
    assert.equal(await value("model"), "cnn");
    assert.equal(await value("device"), "cpu");
    assert.equal(await value("seed"), "11");
    assert.equal(await value("batch"), "32");
    assert.equal(await value("optimizer"), "adam");
    assert.equal(Number(await value("learning-rate")), 0.002);
  }));

for (const nonsense of [
  "#/nowhere",
  "#/learn/no-such-chapter",
  "#/train?model=elephant",
  "#/train?seed=abc",
  "#/train?lr=-1&batch=0",
  "#/train?batch=99999999999999999999",
  "#/train?optimizer=%00%ff&device=abacus",
  "#/backprop?expression=%28%28%28",
]) {
  test(`nonsense in the address is told in a sentence: ${nonsense}`, () =>
    visit(nonsense, async (page) => {
      await byId(page, "language").waitFor();
      await until(async () => (await byId(page, "status").innerText()).trim().length > 10, "a sentence in the status line", 10);
      await page.evaluate(() => (location.hash = "#/draw"));
      await until(async () => byId(page, "draw-pad").isVisible(), "the page goes on");
    }));
}

test("every view can be reached and left by the keyboard", () =>
  visit("#/draw", async (page) => {
    await settled(page);
    // With something to undo, so that the buttons for it are on.
    await draw(page, STROKES[1]);
    await page.locator("header a").first().focus();
    const seen = new Set();
    for (let press = 0; press < 60; press++) {
      await page.keyboard.press("Tab");
      const focused = await page.evaluate(() => {
        const { activeElement: element } = document;
        if (!element || element === document.body) return null;
        const style = getComputedStyle(element);
        const visible = style.outlineStyle !== "none" || style.boxShadow !== "none";
        return { name: element.dataset.testid ?? element.textContent.trim().slice(0, 20), visible, id: element.outerHTML.slice(0, 200) };
      });
      if (focused === null) continue;
      assert.ok(focused.visible, `the focus cannot be seen on ${focused.id}`);
      seen.add(focused.name);
    }
    for (const id of ["language", "draw-pad", "clear"]) assert.ok(seen.has(id), `${id} cannot be reached; seen: ${[...seen]}`);
  }));

test("the speed of this browser is measured, row by row, and can be stopped", () =>
  visit("#/bench", async (page) => {
    await byId(page, "bench-start").click();
    const rows = byId(page, "bench-table").locator("tbody tr");
    await until(async () => (await rows.count()) >= 1, "a first row", 60);
    await byId(page, "bench-start").click();
    assert.match(await rows.first().innerText(), /mlp-200\s+CPU\s+1\s+[\d.]+/);
    assert.match(await byId(page, "bench-peak").innerText(), /[\d.]+ GFLOP\/s/);
    assert.ok(await byId(page, "bench-copy").isEnabled(), "what was measured can be copied");
  }));
