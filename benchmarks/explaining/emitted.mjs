// Compares the heat maps of emitted models in onnxruntime-node with those of explain.
// usage: node emitted.mjs FOLDER   (with onnxruntime-node where node finds it)
import fs from 'node:fs';
import { createRequire } from 'node:module';
const ort = createRequire(process.env.ORT_FROM ?? import.meta.url)('onnxruntime-node');
const folder = process.argv[2];
for (const name of ['trained', 'linear']) {
  const about = JSON.parse(fs.readFileSync(`${folder}/${name}.json`));
  const session = await ort.InferenceSession.create(`${folder}/${name}.onnx`);
  const pixels = new Float32Array(new Uint8Array(fs.readFileSync(`${folder}/${name}.picture.bin`)).buffer);
  const answers = await session.run({ [about.input]: new ort.Tensor('float32', pixels, [1, 3, about.height, about.width]) });
  const size = about.map.length, from = about.linear ? about.column * size : 0;
  let worst = 0;
  for (let i = 0; i < size; i++) worst = Math.max(worst, Math.abs(answers.heatmap.data[from + i] - about.map[i]));
  console.log(`${name}: heatmap [${answers.heatmap.dims}], largest difference to explain ${worst.toExponential(1)}, largest value ${Math.max(...about.map).toFixed(4)}`);
  if (!(worst <= 1e-5 * Math.max(1, ...about.map))) process.exitCode = 1;
}
