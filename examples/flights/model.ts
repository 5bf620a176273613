// The model: a small neural network in TensorFlow.js, the same whatever its features were made of.
import { ready, setBackend, tensor2d, tidy, train, type Tensor, type Tensor2D } from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-wasm";
import { initializers, layers, sequential } from "@tensorflow/tfjs-layers";
import { scaleOf, type Scale } from "../common/scale.ts";
import type { Matrix } from "../common/matrix.ts";

/** A trained model: the chance of being late, one for each row. */
export interface Model {
  predict(features: Matrix): Float64Array;
}

const HIDDEN = 32;
const EPOCHS = 5;
const BATCH = 2_048;
const LEARNING_RATE = 0.01;

/** Trains on rows in random order, with fixed seeds: on one machine the same rows give the same model. */
export async function trainModel(features: Matrix, outcomes: Float64Array): Promise<Model> {
  await setBackend("wasm");
  await ready();
  const scales = features.columns.map(scaleOf);
  const inputs = scaled(features, scales);
  const targets = tensor2d(Float32Array.from(outcomes), [outcomes.length, 1]);
  const network = sequential({
    layers: [
      layers.dense({ inputShape: [inputs.shape[1]], units: HIDDEN, activation: "relu", kernelInitializer: initializers.glorotNormal({ seed: 1 }) }),
      layers.dense({ units: 1, activation: "sigmoid", kernelInitializer: initializers.glorotNormal({ seed: 2 }) }),
    ],
  });
  network.compile({ optimizer: train.adam(LEARNING_RATE), loss: "binaryCrossentropy" });
  await network.fit(inputs, targets, { epochs: EPOCHS, batchSize: BATCH, shuffle: false, verbose: 0 });
  inputs.dispose();
  targets.dispose();
  const predict = (rows: Matrix): Float64Array => {
    const chances = tidy(() => network.predict(scaled(rows, scales), { batchSize: 16_384 }) as Tensor);
    const values = Float64Array.from(chances.dataSync());
    chances.dispose();
    return values;
  };
  return { predict };
}

/** The inputs of the network: null is the mean. */
function scaled({ rows, columns }: Matrix, scales: readonly Scale[]): Tensor2D {
  const width = scales.length + scales.filter((scale) => scale.flagged).length;
  const inputs = new Float32Array(rows * width);
  let flag = scales.length;
  scales.forEach(({ mean, deviation, flagged }, at) => {
    const column = columns[at] as Float64Array;
    for (let row = 0; row < rows; row++) {
      const value = column[row] as number;
      const missing = value !== value;
      inputs[row * width + at] = missing ? 0 : (value - mean) / deviation;
      if (flagged && missing) inputs[row * width + flag] = 1;
    }
    if (flagged) flag++;
  });
  return tensor2d(inputs, [rows, width]);
}
