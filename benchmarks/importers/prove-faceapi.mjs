// Runs face-api.js's own face recognition network from local files on one picture and writes its features as raw
// float32.
// usage: node prove-faceapi.mjs JOB.json   with { model, input, shape, folder, mean, scale }; the input is normalised by
// mean and scale, which is undone here, for the network does it itself
import fs from 'node:fs';
import path from 'node:path';
import Module, { createRequire } from 'node:module';

// The library asks for the whole of TensorFlow.js, of which the core is enough, with the operators that it chains.
const require = createRequire(import.meta.url);
const load = Module._load;
Module._load = (name, ...rest) => load(
  ['@tensorflow/tfjs', '@tensorflow/tfjs-backend-wasm'].includes(name) ? '@tensorflow/tfjs-core' : name, ...rest);
const tf = require('@tensorflow/tfjs-core');
for (const name of ['div', 'mean', 'reshape', 'expandDims'])
  tf.Tensor.prototype[name] = function (...operands) { return tf[name](this, ...operands); };
for (const name of ['as3D', 'as4D'])
  tf.Tensor.prototype[name] = function (...shape) { return tf.reshape(this, shape); };
require('@tensorflow/tfjs-backend-cpu');
const faceapi = require('@vladmandic/face-api/dist/face-api.node-wasm.js');
const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
await tf.setBackend('cpu');
await tf.ready();

const manifest = JSON.parse(fs.readFileSync(job.model, 'utf8'));
const shards = manifest.flatMap(group => group.paths)
  .map(shard => fs.readFileSync(path.join(path.dirname(job.model), shard)));
const weights = Buffer.concat(shards);
const net = new faceapi.FaceRecognitionNet();
net.loadFromWeightMap(tf.io.decodeWeights(
  weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  manifest.flatMap(group => group.weights)));

const bytes = fs.readFileSync(job.input);
const normalised = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
const pixels = normalised.map((value, i) => Math.round(value / job.scale[i % 3] + job.mean[i % 3]));
const features = await net.forward(tf.tensor(pixels, job.shape));
fs.writeFileSync(path.join(job.folder, '0.bin'), Buffer.from((await features.data()).buffer));
console.log(`face-api.js ${faceapi.version} on ${tf.getBackend()}`);
