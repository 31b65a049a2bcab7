// jax-js: the whole step, update included, inside one `jit`.

import { blockUntilReady, defaultDevice, init, jit, lax, nn, numpy as np, tree, valueAndGrad } from "./jax/index.js";
import { NETWORKS, batchesOf, parametersOf, randomValues, timed, timedProduct } from "./networks.js";

function predict(network, parameters, images) {
  let at = 0;
  let x = images;
  for (const [, to] of network.convolutions ?? []) {
    const [kernel, bias] = [parameters[at++], parameters[at++]];
    x = lax.convGeneralDilated(x, kernel, [1, 1], "VALID").add(bias.reshape([to, 1, 1]));
    x = lax.reduceWindow(nn.relu(x), np.max, [2, 2], [2, 2]);
  }
  if (network.convolutions) x = x.reshape([network.batch, network.dense[0]]);
  const layers = network.dense.length - 1;
  for (let layer = 0; layer < layers; layer++) {
    const [weight, bias] = [parameters[at++], parameters[at++]];
    x = np.dot(x, weight).add(bias);
    if (layer + 1 < layers || network.lastRelu) x = nn.relu(x);
  }
  return x;
}

export async function train({ network: name, device, steps, seconds }) {
  await init(device);
  defaultDevice(device);
  const network = NETWORKS[name];
  const shape = network.convolutions ? [network.batch, 1, 28, 28] : [network.batch, 784];
  const batches = (await batchesOf(network)).map(({ images, labels }) => ({
    x: np.array(images).reshape(shape),
    y: nn.oneHot(np.array(labels, { dtype: np.int32 }), 10),
  }));
  let parameters = parametersOf(network).map((parameter) => np.array(randomValues(parameter)).reshape(parameter.shape));
  let velocity = parameters.map((parameter) => np.zeros(parameter.shape));

  const lossOf = (weights, x, y) =>
    nn.logSoftmax(predict(network, weights, x)).mul(y).sum().mul(-1 / network.batch);
  const update = jit((weights, speeds, x, y) => {
    const [loss, gradients] = valueAndGrad(lossOf)(tree.ref(weights), x, y);
    if (network.momentum === 0) {
      const next = weights.map((weight, index) => weight.sub(gradients[index].mul(network.learningRate)));
      return [next, speeds, loss];
    }
    const faster = speeds.map((speed, index) => speed.mul(network.momentum).add(gradients[index]));
    const next = weights.map((weight, index) => weight.sub(faster[index].ref.mul(network.learningRate)));
    return [next, faster, loss];
  });

  let last = null;
  return timed({
    steps,
    seconds,
    step(index) {
      const { x, y } = batches[index % batches.length];
      last?.dispose();
      [parameters, velocity, last] = update(parameters, velocity, x.ref, y.ref);
    },
    async read() {
      await blockUntilReady(parameters);
      return last.ref.jsAsync();
    },
  });
}

/** Milliseconds of a square matrix product, repeated for about `seconds`. */
export async function matmul({ size, device, seconds }) {
  await init(device);
  defaultDevice(device);
  const make = () => np.array(randomValues({ shape: [size, size], bound: 1 })).reshape([size, size]);
  const [a, b] = [make(), make()];
  const product = jit((x, y) => np.dot(x, y));
  const once = async () => {
    const c = product(a.ref, b.ref);
    await blockUntilReady(c);
    c.dispose();
  };
  return timedProduct({ once, seconds });
}
