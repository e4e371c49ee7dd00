// Runs a TensorFlow.js model from local files on one picture and writes its outputs as raw float32.
// usage: node prove.mjs JOB.json   with { model, input, shape, outputs, pooled, folder, backend }; the means of the maps
// named in "pooled" over their places follow the values of the first output
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { loadLayersModel, model as layersModel } from '@tensorflow/tfjs-layers';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
if (job.backend === 'wasm')
  setWasmPaths(path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm')) + path.sep);
await tf.setBackend(job.backend);
await tf.ready();

const source = JSON.parse(fs.readFileSync(job.model, 'utf8'));
const shards = source.weightsManifest.flatMap(group => group.paths)
  .map(shard => fs.readFileSync(path.join(path.dirname(job.model), shard)));
const weights = Buffer.concat(shards);
const handler = {
  load: async () => ({
    modelTopology: source.modelTopology,
    format: source.format,
    generatedBy: source.generatedBy,
    convertedBy: source.convertedBy,
    signature: source.signature,
    weightSpecs: source.weightsManifest.flatMap(group => group.weights),
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  }),
};

const bytes = fs.readFileSync(job.input);
const input = tf.tensor(new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4), job.shape);
let results;
if (source.format === 'layers-model') {
  const model = await loadLayersModel(handler);
  const outputs = [...job.outputs, ...job.pooled].map(name => model.getLayer(name).output);
  results = [layersModel({ inputs: model.inputs, outputs }).predict(input)].flat();
} else {
  const model = await loadGraphModel(handler);
  results = [model.execute(input, [...job.outputs, ...job.pooled])].flat();
}
const maps = results.splice(job.outputs.length);
if (maps.length > 0)
  results[0] = tf.concat([tf.reshape(results[0], [1, -1]), ...maps.map(map => tf.mean(map, [1, 2]))], 1);
for (let i = 0; i < results.length; i++)
  fs.writeFileSync(path.join(job.folder, `${i}.bin`), Buffer.from((await results[i].data()).buffer));
console.log(`tfjs ${tf.version_core} ${tf.getBackend()}`);
