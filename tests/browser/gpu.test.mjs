// The GPU in the browser: the same losses as on the CPU, through whatever adapter WebGPU gives (headless: a software one). Without an
// adapter the tests print that they skip; `REQUIRE_GPU=1` makes that a failure.

import assert from "node:assert/strict";
import { test } from "node:test";
import { byId, site, untilValue, valueOf } from "./common.mjs";

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
    if (!there) {
      assert.notEqual(process.env.REQUIRE_GPU, "1", "WebGPU gives no adapter");
      context.skip("WebGPU gives no adapter");
      return;
    }
    let expected;
    await visit(address("cpu"), async (page) => {
      expected = await train(page);
    });
    assert.ok(Math.abs(ours - expected) <= 1e-3, `${ours} on the GPU, ${expected} on the CPU`);
  });
}
