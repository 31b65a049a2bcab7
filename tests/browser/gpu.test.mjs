// The GPU in the browser: the same losses as on the CPU, through whatever adapter WebGPU gives (headless: a software one). Without an
// adapter the tests print that they skip; `REQUIRE_GPU=1` makes that a failure.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byId, site, until, untilValue, valueOf } from "./common.mjs";

const { visit } = site();
const STEPS = 10;

/** In the page: whether WebGPU gives an adapter. */
async function adapterThere() {
  return Boolean(navigator.gpu && (await navigator.gpu.requestAdapter()));
}

/** The loss after the steps, on a device. */
async function train(page) {
  await untilValue(page, "step-count", (count) => count === STEPS, 120);
  return valueOf(page, "train-loss");
}

const skip = (context) => {
  assert.notEqual(process.env.REQUIRE_GPU, "1", "WebGPU gives no adapter");
  context.skip("WebGPU gives no adapter");
};

/** Waits for a sentence in the status line, which the next one may replace soon. */
const says = (page, pattern) =>
  until(async () => pattern.test(await byId(page, "status").innerText()), `a sentence like ${pattern}`, 60);

const deviceIs = (page, name) =>
  until(async () => (await byId(page, "device-name").innerText()).trim() === name, `the device to be ${name}`, 60);

/** In the worker, before the program: devices can be taken away by a message, as a driver does. */
const TAKE_AWAY = `
const request = globalThis.GPUAdapter?.prototype.requestDevice;
if (request) {
  GPUAdapter.prototype.requestDevice = async function (...options) {
    const device = await request.apply(this, options);
    new BroadcastChannel("take away").onmessage = () => device.destroy();
    return device;
  };
}
`;

for (const model of ["mlp-200", "mlp-200-leaky", "fcn-5", "cnn"]) {
  test(`${model}: ${STEPS} steps on the GPU give the loss that the CPU gives`, async (context) => {
    const address = (device) => `#/train?model=${model}&device=${device}&seed=7&steps=${STEPS}&run=1`;
    let there = false;
    let ours;
    await visit(address("gpu"), async (page) => {
      there = await page.evaluate(adapterThere);
      if (!there) return;
      ours = await train(page);
      assert.equal((await byId(page, "device-name").innerText()).trim(), "GPU");
    });
    if (!there) return skip(context);
    let expected;
    await visit(address("cpu"), async (page) => {
      expected = await train(page);
    });
    assert.ok(Math.abs(ours - expected) <= 1e-3, `${ours} on the GPU, ${expected} on the CPU`);
  });
}

test("a device that goes away in mid-run is replaced, and no step is lost", async (context) => {
  const steps = 40;
  const address = (device) => `#/train?model=mlp-200&device=${device}&seed=7&steps=${steps}&run=1`;
  const done = (page) => untilValue(page, "step-count", (count) => count === steps, 120);
  let there = false;
  let ours;
  const before = (page) =>
    page.route("**/www/worker.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: TAKE_AWAY + (await response.text()) });
    });
  await visit(
    address("gpu"),
    async (page) => {
      there = await page.evaluate(adapterThere);
      if (!there) return;
      await untilValue(page, "step-count", (count) => count >= 4, 120);
      await page.evaluate(() => new BroadcastChannel("take away").postMessage("now"));
      await says(page, /GPU was lost/);
      await done(page);
      ours = await valueOf(page, "train-loss");
      assert.equal((await byId(page, "device-name").innerText()).trim(), "GPU");
    },
    { before },
  );
  if (!there) return skip(context);
  await visit(address("cpu"), async (page) => {
    await done(page);
    const expected = await valueOf(page, "train-loss");
    assert.ok(Math.abs(ours - expected) <= 1e-3, `${ours} with the loss of a device, ${expected} on the CPU`);
  });
});

test("a run moves between devices while it stands; automatic passes a software adapter over", async (context) => {
  let there = false;
  await visit(`#/train?model=fcn-5&device=auto&seed=7&steps=6&run=1`, async (page) => {
    there = await page.evaluate(adapterThere);
    if (!there) return;
    await untilValue(page, "step-count", (count) => count === 6, 120);
    // A machine with a GPU takes it, and says so.
    await until(async () => /^[CG]PU$/.test((await byId(page, "device-name").innerText()).trim()), "a device");
    for (const [device, steps] of [["gpu", 9], ["cpu", 12]]) {
      await page.evaluate((hash) => {
        location.hash = hash;
      }, `#/train?model=fcn-5&device=${device}&seed=7&steps=${steps}`);
      await deviceIs(page, device.toUpperCase());
      await byId(page, "start").click();
      await untilValue(page, "step-count", (count) => count === steps, 120);
    }
    const ours = await valueOf(page, "train-loss");
    await page.goto(page.url().replace(/#.*/, "#/"));
    await page.goto(page.url().replace(/#.*/, "#/train?model=fcn-5&device=cpu&seed=7&steps=12&run=1"));
    await page.reload();
    await untilValue(page, "step-count", (count) => count === 12, 120);
    const expected = await valueOf(page, "train-loss");
    assert.ok(Math.abs(ours - expected) <= 1e-3, `${ours} on three devices, ${expected} on the CPU`);
  });
  if (!there) skip(context);
});
