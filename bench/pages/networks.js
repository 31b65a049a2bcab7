// The work that every side does: the course's networks with their batches and optimizers, and the same real images.

/** Layers as [kind, ...sizes]; `lastRelu`: the course's mlp-200 has a ReLU after its last layer too. */
export const NETWORKS = {
  "mlp-200": { dense: [784, 200, 200, 10], lastRelu: true, batch: 200, learningRate: 0.01, momentum: 0 },
  "fcn-5": { dense: [784, 512, 256, 128, 64, 10], lastRelu: false, batch: 64, learningRate: 0.01, momentum: 0.5 },
  cnn: { convolutions: [[1, 10], [10, 20]], dense: [320, 10], lastRelu: false, batch: 64, learningRate: 0.01, momentum: 0.5 },
};

/** So many different batches go round. */
const BATCHES = 16;

async function unpack(name) {
  const response = await fetch(`site/www/data/${name}.gz`);
  if (!response.ok) throw new Error(`${name}: ${response.status}`);
  const stream = response.body.pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** `[{ images: Float32Array of batch x 784, labels: Int32Array }]`, normalised as the course does. */
export async function batchesOf({ batch }) {
  const [images, labels] = await Promise.all([unpack("train-images-idx3-ubyte"), unpack("train-labels-idx1-ubyte")]);
  return Array.from({ length: BATCHES }, (_, index) => ({
    images: Float32Array.from(images.subarray(16 + index * batch * 784, 16 + (index + 1) * batch * 784), (value) => (value / 255 - 0.1307) / 0.3081),
    labels: Int32Array.from(labels.subarray(8 + index * batch, 8 + (index + 1) * batch)),
  }));
}

/** Shape and bound of PyTorch's default initialisation for each parameter: uniform within 1 / sqrt(fan in). */
export function parametersOf({ convolutions = [], dense }) {
  const list = [];
  for (const [from, to] of convolutions) {
    const bound = 1 / Math.sqrt(from * 25);
    list.push({ shape: [to, from, 5, 5], bound }, { shape: [to], bound });
  }
  for (let layer = 0; layer + 1 < dense.length; layer++) {
    const bound = 1 / Math.sqrt(dense[layer]);
    list.push({ shape: [dense[layer], dense[layer + 1]], bound }, { shape: [dense[layer + 1]], bound });
  }
  return list;
}

export const randomValues = ({ shape, bound }) =>
  Float32Array.from({ length: shape.reduce((product, size) => product * size, 1) }, () => (2 * Math.random() - 1) * bound);

/** Steps before the clock runs, at most, and after how many the loss is read, at most. */
export const WARM_UP = 5;
/** And how long at least, where that is longer: a browser puts its optimized code in place only after some hundred milliseconds. */
const WARM_UP_SECONDS = 1;
const READ_EVERY = 20;

/**
 * Times `steps` steps. `step(index)` starts one, `read()` waits for all of them and gives the last loss. It ends at a reading
 * after `seconds`, if not before. The first step compiles, the second tells how slow a side is: a slow one is warm sooner and is
 * read more often, so that no measurement takes minutes.
 */
export async function timed({ step, read, steps, seconds }) {
  await step(0);
  const firstLoss = await read();
  const second = performance.now();
  await step(1);
  await read();
  const once = (performance.now() - second) / 1000;
  const warm = performance.now();
  const isCold = (index) => (index < WARM_UP && once * WARM_UP < seconds) || performance.now() - warm < WARM_UP_SECONDS * 1000;
  for (let index = 2; isCold(index); index++) {
    await step(index);
    if (index % READ_EVERY === 0) await read();
  }
  await read();
  const every = Math.max(1, Math.min(READ_EVERY, Math.floor(seconds / 3 / once)));
  const begin = performance.now();
  let done = 0;
  let loss = firstLoss;
  while (done < steps && (done === 0 || performance.now() - begin < seconds * 1000)) {
    const until = Math.min(done + every, steps);
    for (; done < until; done++) await step(done);
    loss = await read();
  }
  const elapsed = (performance.now() - begin) / 1000;
  if (!Number.isFinite(loss)) throw new Error(`the loss became ${loss}`);
  return { stepsPerSecond: done / elapsed, steps: done, firstLoss, loss };
}

/** Milliseconds of a first product from which on it is the measurement. */
const FIRST_COUNTS = 10_000;

/**
 * Milliseconds of a matrix product, repeated for about `seconds`; `once` makes one and waits for it. The first one compiles,
 * and counts only where it takes so long that compiling does not.
 */
export async function timedProduct({ once, seconds }) {
  const start = performance.now();
  await once();
  const first = performance.now() - start;
  if (first >= FIRST_COUNTS) return { milliseconds: first };
  const begin = performance.now();
  let count = 0;
  do {
    await once();
    count++;
  } while (performance.now() - begin < seconds * 1000);
  return { milliseconds: (performance.now() - begin) / count };
}
