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

/** How many steps to do before the clock runs, and how often the loss is read. */
export const WARM_UP = 5;
export const READ_EVERY = 20;

/**
 * Times `steps` steps. `step(index)` starts one, `read()` waits for all of them and gives the last loss. `steps` may be an
 * upper bound: it ends after `seconds`, at a reading.
 */
export async function timed({ step, read, steps, seconds }) {
  for (let index = 0; index < WARM_UP; index++) await step(index);
  const firstLoss = await read();
  const begin = performance.now();
  let done = 0;
  let loss = firstLoss;
  while (done < steps && (done === 0 || performance.now() - begin < seconds * 1000)) {
    const until = Math.min(done + READ_EVERY, steps);
    for (; done < until; done++) await step(done);
    loss = await read();
    if (performance.now() - begin > 4 * seconds * 1000) break;
  }
  const elapsed = (performance.now() - begin) / 1000;
  if (!Number.isFinite(loss)) throw new Error(`the loss became ${loss}`);
  return { stepsPerSecond: done / elapsed, steps: done, firstLoss, loss };
}
