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

/** Another address in the same page: its worker, device and compiled kernels stay. */
const goTo = (page, hash) =>
  page.evaluate((to) => {
    location.hash = to;
  }, hash);

const address = ({ model, device, steps = STEPS, seed = 7 }) => `#/train?model=${model}&device=${device}&seed=${seed}&steps=${steps}`;

/** A new run at its start, by an address that names another network than the last. */
async function fresh(page, run) {
  await goTo(page, address(run));
  await untilValue(page, "step-count", (count) => count === 0, 60);
  await deviceIs(page, run.device.toUpperCase());
}

/** Starts, and gives the loss after so many steps. */
async function train(page, steps = STEPS) {
  await byId(page, "start").click();
  await untilValue(page, "step-count", (count) => count === steps, 120);
  return valueOf(page, "train-loss");
}

/** The kernel variants that the first page's trial picked: the next ones know them, as a visitor's do. */
let kernels;
const KERNELS = "gradlab.kernels";
const knowing = (page) =>
  kernels && page.addInitScript(([name, text]) => localStorage.setItem(name, text), [KERNELS, kernels]);

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

const MODELS = ["mlp-200", "mlp-200-leaky", "fcn-5", "cnn"];

test(`${STEPS} steps on the GPU give the losses that the CPU gives; the page says which GPU and remembers its kernels`, async (context) => {
  let there = false;
  await visit(address({ model: "fcn-5", device: "cpu" }), async (page) => {
    there = await page.evaluate(adapterThere);
    if (!there) return;
    await deviceIs(page, "CPU");
    const losses = { gpu: {}, cpu: {} };
    for (const device of ["gpu", "cpu"]) {
      for (const model of MODELS) {
        await fresh(page, { model, device });
        losses[device][model] = await train(page);
        if (device === "gpu" && !kernels) {
          kernels = await page.evaluate((name) => localStorage.getItem(name), KERNELS);
          assert.match(kernels, /\t\S+ \S+ \S+ (lone|groups)\n/);
          assert.match(await byId(page, "device-note").innerText(), /GPU: .* MB a buffer, .*products/s);
        }
      }
    }
    for (const model of MODELS) {
      const [ours, expected] = [losses.gpu[model], losses.cpu[model]];
      assert.ok(Math.abs(ours - expected) <= 1e-3, `${model}: ${ours} on the GPU, ${expected} on the CPU`);
    }
  });
  if (!there) skip(context);
});

test("a device that goes away in mid-run is replaced, and no step is lost", async (context) => {
  const steps = 40;
  let there = false;
  const before = async (page) => {
    await knowing(page);
    await page.route("**/www/worker.js", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: TAKE_AWAY + (await response.text()) });
    });
  };
  await visit(
    `${address({ model: "mlp-200", device: "gpu", steps })}&run=1`,
    async (page) => {
      there = await page.evaluate(adapterThere);
      if (!there) return;
      await untilValue(page, "step-count", (count) => count >= 4, 120);
      await page.evaluate(() => new BroadcastChannel("take away").postMessage("now"));
      await says(page, /GPU was lost/);
      await untilValue(page, "step-count", (count) => count === steps, 120);
      const ours = await valueOf(page, "train-loss");
      await deviceIs(page, "GPU");
      await fresh(page, { model: "fcn-5", device: "cpu" });
      await fresh(page, { model: "mlp-200", device: "cpu", steps });
      const expected = await train(page, steps);
      assert.ok(Math.abs(ours - expected) <= 1e-3, `${ours} with the loss of a device, ${expected} on the CPU`);
    },
    { before },
  );
  if (!there) skip(context);
});

test("a run moves between devices while it stands; automatic passes a software adapter over; a pause shows at once", async (context) => {
  const model = "fcn-5";
  let there = false;
  await visit(
    `${address({ model, device: "auto", steps: 6 })}&run=1`,
    async (page) => {
      there = await page.evaluate(adapterThere);
      if (!there) return;
      await untilValue(page, "step-count", (count) => count === 6, 120);
      // A machine with a GPU takes it, and says so.
      await until(async () => /^[CG]PU$/.test((await byId(page, "device-name").innerText()).trim()), "a device");
      for (const [device, steps] of [["gpu", 9], ["cpu", 12]]) {
        await goTo(page, address({ model, device, steps }));
        await deviceIs(page, device.toUpperCase());
        await train(page, steps);
      }
      const ours = await valueOf(page, "train-loss");
      await fresh(page, { model: "mlp-200", device: "cpu" });
      await fresh(page, { model, device: "cpu", steps: 12 });
      const expected = await train(page, 12);
      assert.ok(Math.abs(ours - expected) <= 1e-3, `${ours} on three devices, ${expected} on the CPU`);
      await fresh(page, { model: "mlp-200", device: "gpu", steps: 5000 });
      await byId(page, "start").click();
      await untilValue(page, "step-count", (count) => count >= 2, 60);
      // In the page, from the click to the next frame: what is said at once must not wait for the GPU.
      const milliseconds = await page.evaluate(async () => {
        const begin = performance.now();
        document.querySelector("[data-testid=pause]").click();
        while (document.querySelector("[data-testid=pause]:not(:disabled)") && performance.now() - begin < 1000) {
          await new Promise(requestAnimationFrame);
        }
        return performance.now() - begin;
      });
      assert.ok(milliseconds < 50, `it took ${milliseconds} ms to show that it pauses`);
      await byId(page, "start").waitFor();
    },
    { before: knowing },
  );
  if (!there) skip(context);
});
