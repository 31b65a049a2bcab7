// Ours: the page's own worker, asked the way the page asks it. The trainer does the timing of its own loop.

import { NETWORKS, WARM_UP } from "./networks.js";

const SECONDS_TO_ANSWER = 600;

/** Sends one command to a fresh worker and waits for the event of that name. */
function ask(command, eventName) {
  const worker = new Worker("site/www/worker.js", { type: "module" });
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`no ${eventName} in ${SECONDS_TO_ANSWER} s`)), SECONDS_TO_ANSWER * 1000);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.onmessage = ({ data }) => {
      const [name, content] = typeof data === "string" ? [data] : (Object.entries(data)[0] ?? []);
      if (name === "Ready") worker.postMessage(command);
      if (name === "Failed") reject(new Error(JSON.stringify(content)));
      if (name === eventName) {
        clearTimeout(timer);
        resolve(content);
      }
    };
  }).finally(() => worker.terminate());
}

/** `others`: fields of the settings that differ from the course's. */
function settingsOf(name, device, workers, others = {}) {
  const { batch, learningRate, momentum } = NETWORKS[name];
  return {
    model: name,
    device: device === "webgpu" ? "Gpu" : "Cpu",
    seed: 0,
    batch,
    optimizer: {
      kind: "Sgd",
      learning_rate: learningRate,
      momentum,
      dampening: 0,
      nesterov: false,
      weight_decay: 0,
      l1: 0,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      alpha: 0.99,
    },
    schedule: "Constant",
    dropout: 0,
    initialization: "Default",
    epochs: 10,
    examples: 60000,
    validation: 0,
    fold: 0,
    folds: 0,
    workers,
    ...others,
  };
}

export async function train({ network, device, steps, workers = 0 }) {
  const settings = settingsOf(network, device, workers);
  const rounds = 1;
  await ask({ RunBench: { settings, steps: WARM_UP, rounds } }, "Bench");
  const result = await ask({ RunBench: { settings, steps, rounds } }, "Bench");
  const wanted = device === "webgpu" ? "gpu" : "cpu";
  if (!result.device.toLowerCase().startsWith(wanted)) throw new Error(`it ran on ${result.device}, not on the ${wanted}`);
  return { stepsPerSecond: result.steps_per_second.at(-1), steps, workers: result.workers, peak: result.peak };
}

/** Steps a second with other settings than the course's, the median of three rounds of about `seconds` each. */
export async function scale({ network, workers, others, seconds }) {
  const settings = settingsOf(network, "wasm", workers, others);
  const first = await ask({ RunBench: { settings, steps: 8, rounds: 2 } }, "Bench");
  const steps = Math.max(5, Math.ceil(Math.max(...first.steps_per_second) * seconds));
  const { steps_per_second, peak } = await ask({ RunBench: { settings, steps, rounds: 3 } }, "Bench");
  return { stepsPerSecond: steps_per_second.sort((left, right) => left - right)[1], peak };
}
