// Ours: the page's own worker, asked the way the page asks it. The trainer does the timing of its own loop.

import { NETWORKS, WARM_UP } from "./networks.js";

const SECONDS_TO_ANSWER = 600;
const WARM_UP_SIZE = 256;
const WARM_UP_MILLISECONDS = 300;

/** A worker of the page. `ask` sends it a command and waits for the event of that name; what it found out of the GPU's kernels is kept. */
class Trainer {
  constructor(kernels) {
    this.kernels = kernels;
    this.worker = new Worker("site/www/worker.js", { type: "module" });
    this.ready = this.next("Ready").then(() => kernels && this.worker.postMessage({ RecallKernels: kernels }));
  }

  /** Has it fetch the images that the peers are given too: whoever asks for a next step waits for them. Without, it would make some up. */
  data() {
    return this.ask("ShowNextStep", "DataReady");
  }

  next(eventName) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no ${eventName} in ${SECONDS_TO_ANSWER} s`)), SECONDS_TO_ANSWER * 1000);
      this.worker.onerror = (event) => reject(new Error(event.message));
      this.worker.onmessage = ({ data }) => {
        const [name, content] = typeof data === "string" ? [data] : (Object.entries(data)[0] ?? []);
        if (name === "Failed") reject(new Error(JSON.stringify(content)));
        if (name === "KernelsTried") this.kernels = content;
        if (name === eventName) {
          clearTimeout(timer);
          resolve(content);
        }
      };
    });
  }

  async ask(command, eventName) {
    await this.ready;
    const answer = this.next(eventName);
    this.worker.postMessage(command);
    return answer;
  }
}

const choiceOf = (device) => (device === "webgpu" ? "Gpu" : "Cpu");

function checkDevice(result, device) {
  const wanted = device === "webgpu" ? "gpu" : "cpu";
  if (!result.device.toLowerCase().startsWith(wanted)) throw new Error(`it ran on ${result.device}, not on the ${wanted}`);
}

/** `others`: fields of the settings that differ from the course's. */
function settingsOf(name, device, workers, others = {}) {
  const { batch, learningRate, momentum } = NETWORKS[name];
  return {
    model: name,
    device: choiceOf(device),
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

/** Warms up, which tells how many steps fit into the seconds, then measures. */
export async function train({ network, device, steps, seconds, workers = 0, kernels }) {
  const settings = settingsOf(network, device, workers);
  const trainer = new Trainer(kernels);
  await trainer.data();
  const rounds = 1;
  // The trainer takes half a second of steps before each of the two starts its clock.
  const warm = await trainer.ask({ RunBench: { settings, steps: WARM_UP, rounds } }, "Bench");
  checkDevice(warm, device);
  const fitting = Math.max(WARM_UP, Math.min(steps, Math.ceil(warm.steps_per_second[0] * seconds)));
  const result = await trainer.ask({ RunBench: { settings, steps: fitting, rounds } }, "Bench");
  trainer.worker.terminate();
  return {
    stepsPerSecond: result.steps_per_second[0],
    steps: fitting,
    workers: result.workers,
    peak: result.peak,
    products: result.products,
    ...(result.gpu ? { gpu: result.gpu } : {}),
    kernels: trainer.kernels,
  };
}

/** Steps a second with other settings than the course's, the median of three rounds of about `seconds` each. */
export async function scale({ network, workers, others, seconds }) {
  const settings = settingsOf(network, "wasm", workers, others);
  const trainer = new Trainer();
  await trainer.data();
  const first = await trainer.ask({ RunBench: { settings, steps: 8, rounds: 2 } }, "Bench");
  const steps = Math.max(5, Math.ceil(Math.max(...first.steps_per_second) * seconds));
  const { steps_per_second, peak } = await trainer.ask({ RunBench: { settings, steps, rounds: 3 } }, "Bench");
  trainer.worker.terminate();
  return { stepsPerSecond: steps_per_second.sort((left, right) => left - right)[1], peak };
}

/** Milliseconds of a square matrix product, repeated for about `seconds`. */
export async function matmul({ size, device, seconds, kernels }) {
  const trainer = new Trainer(kernels);
  // Short calls first: a browser puts its optimized code in place only where a function is called anew, and a large product is one call.
  await trainer.ask({ RunProduct: { device: choiceOf(device), size: WARM_UP_SIZE, milliseconds: WARM_UP_MILLISECONDS } }, "Product");
  const milliseconds = seconds * 1000;
  const result = await trainer.ask({ RunProduct: { device: choiceOf(device), size, milliseconds } }, "Product");
  checkDevice(result, device);
  trainer.worker.terminate();
  return { milliseconds: result.milliseconds, kernels: trainer.kernels };
}
