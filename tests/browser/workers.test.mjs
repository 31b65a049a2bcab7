// Workers that share a batch, in a browser: the same bits with one, two and four, with shared memory and without, and when one
// of them dies on the way.

import assert from "node:assert/strict";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DIST, launch, serve } from "./launch.mjs";

const STEPS = 12;

/** Trains in a fresh worker; the losses, a sum of the weights' bytes, and how many workers shared the batches. */
async function train(page, workers, script = "www/worker.js") {
  return page.evaluate(
    async ([workers, steps, script]) => {
      const worker = new Worker(script, { type: "module" });
      const result = { losses: [], isolated: crossOriginIsolated };
      const optimizer = {
        kind: "Sgd", learning_rate: 0.01, momentum: 0.5, dampening: 0, nesterov: false, weight_decay: 0, l1: 0,
        beta1: 0.9, beta2: 0.999, epsilon: 1e-8, alpha: 0.99,
      };
      const settings = {
        model: "cnn", device: "Cpu", seed: 3, batch: 50, optimizer, schedule: "Constant", dropout: 0.2, initialization: "Default",
        epochs: 1, steps, examples: 60000, validation: 0, fold: 0, folds: 0, workers,
      };
      return new Promise((resolve, reject) => {
        worker.onmessage = async ({ data }) => {
          const [name, content] = typeof data === "string" ? [data] : (Object.entries(data)[0] ?? []);
          if (name === "Ready") {
            worker.postMessage({ Configure: settings });
            worker.postMessage({ Start: { steps } });
          }
          if (name === "Failed") reject(new Error(JSON.stringify(content)));
          if (name === "Configured") result.workers = content.workers;
          if (name === "Progress") result.losses.push(...new Float32Array(new Uint8Array(content.losses).buffer));
          if (name === "Stopped") worker.postMessage("ExportWeights");
          if (name === "Weights") {
            // The tensors alone: the header in front of them notes the settings, and so the number of workers.
            const header = Number(new DataView(content.buffer, content.byteOffset).getBigUint64(0, true));
            const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content.slice(8 + header)));
            worker.terminate();
            resolve({ ...result, weights: [...digest].join(" ") });
          }
        };
      });
    },
    [workers, STEPS, script],
  );
}

/**
 * In front of the page's own worker: the first helper that it starts falls silent in its fifth step, as one whose memory the
 * browser has taken.
 */
const DEADLY = `
  let helpers = 0;
  const { Worker, name } = self;
  self.Worker = class extends Worker {
    constructor(script, options) {
      super(script, { ...options, name: ++helpers === 1 ? "first" : "another" });
    }
  };
  if (name === "another") console.log("another helper");
  const { store } = Atomics;
  let stores = 0;
  Atomics.store = (...place) => {
    if (name === "first" && ++stores >= 5) throw new Error("gone");
    return store(...place);
  };
  await import("./worker.js");
`;

test("a helper that dies is replaced and the step is done again", { timeout: 120_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), "gradlab-"));
  await cp(DIST, folder, { recursive: true });
  await writeFile(join(folder, "www/deadly.js"), DEADLY);
  const server = await serve({ folder });
  const browser = await launch();
  try {
    const page = await browser.newPage();
    const said = [];
    page.on("console", (message) => said.push(message.text()));
    await page.goto(server.address);
    const alone = await train(page, 1);
    const bereaved = await train(page, 2, "www/deadly.js");
    assert.ok(said.includes("another helper"), `no second helper: ${said}`);
    assert.equal(bereaved.losses.length, STEPS);
    assert.deepEqual(bereaved.losses, alone.losses);
    assert.equal(bereaved.weights, alone.weights);
  } finally {
    await browser.close();
    server.stop();
    await rm(folder, { recursive: true });
  }
});

for (const isolated of [true, false]) {
  test(`the same bits with 1, 2 and 4 workers, ${isolated ? "shared memory" : "transferred buffers"}`, { timeout: 300_000 }, async () => {
    const server = await serve({ isolated });
    const browser = await launch();
    try {
      const page = await browser.newPage();
      await page.goto(server.address);
      const alone = await train(page, 1);
      assert.equal(alone.isolated, isolated);
      assert.equal(alone.losses.length, STEPS);
      for (const workers of [2, 4]) {
        const shared = await train(page, workers);
        assert.equal(shared.workers, workers);
        assert.deepEqual(shared.losses, alone.losses);
        assert.equal(shared.weights, alone.weights);
      }
    } finally {
      await browser.close();
      server.stop();
    }
  });
}
