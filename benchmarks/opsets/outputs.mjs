// Runs models on fixed inputs in one version of onnxruntime-node. usage: outputs.mjs FOLDER JOBS.json
// JOBS is [{ file, inputs: [{ name, type, shape }] }]; prints per file { file, outputs: { NAME: [values] } } or { file, error }.
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';

const ort = createRequire(path.join(process.argv[2], 'x.js'))('onnxruntime-node');
for (const { file, inputs } of JSON.parse(fs.readFileSync(process.argv[3], 'utf8'))) {
  try {
    const session = await ort.InferenceSession.create(file, { logSeverityLevel: 4, intraOpNumThreads: 1 });
    const feeds = {};
    for (const { name, type, shape } of inputs) {
      const count = shape.reduce((a, b) => a * b, 1);
      // Whole numbers from 0 to 255, whatever the type.
      const value = i => (i * 7919 + 31 * (i >> 8)) % 256;
      if (type === 2)
        feeds[name] = new ort.Tensor('uint8', Uint8Array.from({ length: count }, (_, i) => value(i)), shape);
      else
        feeds[name] = new ort.Tensor('float32', Float32Array.from({ length: count }, (_, i) => value(i)), shape);
    }
    const results = await session.run(feeds);
    const outputs = Object.fromEntries(Object.entries(results).map(([name, t]) => [name, Array.from(t.data, Number).slice(0, 20000)]));
    console.log(JSON.stringify({ file, outputs }));
  } catch (e) {
    console.log(JSON.stringify({ file, error: String(e.message).split('\n')[0].slice(0, 160) }));
  }
}
