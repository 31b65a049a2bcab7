// TensorFlow.js: `optimizer.minimize` inside `tidy`. Its wasm backend has no gradient for a convolution's filter, so it
// cannot train the cnn.

import { NETWORKS, batchesOf, parametersOf, randomValues, timed, timedProduct } from "./networks.js";

function addScript(source) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = resolve;
    script.onerror = () => reject(new Error(`${source} did not load`));
    document.head.append(script);
  });
}

async function start(device) {
  await addScript("tfjs/tf.min.js");
  if (device === "wasm") {
    await addScript("tfjs/tf-backend-wasm.min.js");
    globalThis.tf.wasm.setWasmPaths("tfjs/");
    globalThis.tf.wasm.setThreadsCount(navigator.hardwareConcurrency);
  }
  if (device === "webgpu") await addScript("tfjs/tf-backend-webgpu.min.js");
  const { tf } = globalThis;
  if (!(await tf.setBackend(device))) throw new Error(`TensorFlow.js has no ${device} backend here`);
  await tf.ready();
  return tf;
}

export async function train({ network: name, device, steps, seconds }) {
  const tf = await start(device);
  const network = NETWORKS[name];
  const shape = network.convolutions ? [network.batch, 28, 28, 1] : [network.batch, 784];
  const batches = (await batchesOf(network)).map(({ images, labels }) => ({
    x: tf.tensor(images, shape),
    y: tf.oneHot(tf.tensor1d(labels, "int32"), 10).toFloat(),
  }));
  // Convolution kernels as [height, width, in, out] here, channels last: its native order.
  const parameters = parametersOf(network).map((parameter) => {
    const [to, from] = parameter.shape;
    const order = parameter.shape.length === 4 ? [5, 5, from, to] : parameter.shape;
    return tf.variable(tf.tensor(randomValues(parameter), order));
  });
  const optimizer = network.momentum
    ? tf.train.momentum(network.learningRate, network.momentum)
    : tf.train.sgd(network.learningRate);

  function predict(images) {
    let at = 0;
    let x = images;
    for (const _ of network.convolutions ?? []) {
      x = x.conv2d(parameters[at++], 1, "valid").add(parameters[at++]).relu().maxPool(2, 2, "valid");
    }
    if (network.convolutions) x = x.reshape([network.batch, network.dense[0]]);
    const layers = network.dense.length - 1;
    for (let layer = 0; layer < layers; layer++) {
      x = x.matMul(parameters[at++]).add(parameters[at++]);
      if (layer + 1 < layers || network.lastRelu) x = x.relu();
    }
    return x;
  }

  let last = null;
  return timed({
    steps,
    seconds,
    step(index) {
      const { x, y } = batches[index % batches.length];
      last?.dispose();
      last = tf.tidy(() => optimizer.minimize(() => tf.losses.softmaxCrossEntropy(y, predict(x)), true));
    },
    read: async () => (await last.data())[0],
  });
}

/** Milliseconds of a square matrix product, repeated for about `seconds`. */
export async function matmul({ size, device, seconds }) {
  const tf = await start(device);
  const make = () => tf.tensor(randomValues({ shape: [size, size], bound: 1 }), [size, size]);
  const [a, b] = [make(), make()];
  const once = async () => {
    const c = tf.matMul(a, b);
    // One number, so that the wait is for the product and not for the copy.
    const corner = c.slice([0, 0], [1, 1]);
    await corner.data();
    corner.dispose();
    c.dispose();
  };
  return timedProduct({ once, seconds });
}
