// The same work with onnxruntime-node and sharp: decode, resize to 224 x 224, planes of floats, batches of 16.
// Decoding of the next batch overlaps the model, as sharp and the runtime both work off the main thread.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import os from 'node:os';
import sharp from 'sharp';
import * as ort from 'onnxruntime-node';

const [model, folder, count] = process.argv.slice(2);
const side = 224, batch = 16, plane = side * side;
const files = readdirSync(folder).sort().slice(0, Number(count)).map(f => join(folder, f));
sharp.cache(false);
sharp.concurrency(1);
const session = await ort.InferenceSession.create(model, { intraOpNumThreads: os.cpus().length });

async function decode(part) {
  const data = new Float32Array(batch * 3 * plane);
  await Promise.all(part.map(async (file, i) => {
    const raw = await sharp(file).rotate().resize(side, side, { fit: 'cover' }).removeAlpha().toColourspace('srgb').raw().toBuffer();
    const o = i * 3 * plane;
    for (let p = 0; p < plane; p++) {
      data[o + p] = raw[3 * p];
      data[o + plane + p] = raw[3 * p + 1];
      data[o + 2 * plane + p] = raw[3 * p + 2];
    }
  }));
  return new ort.Tensor('float32', data, [batch, 3, side, side]);
}

async function pass(list) {
  const start = performance.now();
  let next = decode(list.slice(0, batch));
  for (let i = 0; i < list.length; i += batch) {
    const pixels = await next;
    if (i + batch < list.length) next = decode(list.slice(i + batch, i + 2 * batch));
    await session.run({ pixels }, ['features']);
  }
  return list.length / ((performance.now() - start) / 1000);
}

await pass(files.slice(0, 64));
console.log(`images/s ${(await pass(files)).toFixed(1)}`);
