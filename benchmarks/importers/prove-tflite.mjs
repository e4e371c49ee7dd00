// Runs a TensorFlow Lite model on one picture in TensorFlow Lite itself, compiled to WebAssembly, and writes the tensors as
// raw float32. usage: node prove-tflite.mjs JOB.json   with { model, input, outputs, folder }
import fs from 'node:fs';
import path from 'node:path';
import { createRequire } from 'node:module';
import { ByteBuffer } from 'flatbuffers';

const job = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
const require = createRequire(import.meta.url);
const runtime = path.join(path.dirname(require.resolve('@tensorflow/tfjs-tflite/package.json')), 'wasm', 'tflite_web_api_cc_simd');
// The package's own loader is for browsers; the compiled library runs in Node as it is.
const lite = await require(`${runtime}.js`)({ wasmBinary: fs.readFileSync(`${runtime}.wasm`) });

/** The runtime gives the outputs that the file declares: the first of them becomes the tensor of this name. */
function declaring(name) {
  const bytes = new Uint8Array(fs.readFileSync(job.model));
  const buffer = new ByteBuffer(bytes);
  const field = (table, number) => table + buffer.__offset(table, 4 + 2 * number);
  const tables = at => Array.from({ length: buffer.__vector_len(at) }, (_, i) => buffer.__indirect(buffer.__vector(at) + 4 * i));
  const graph = tables(field(buffer.__indirect(0), 2))[0];
  const tensor = tables(field(graph, 0)).findIndex(t => buffer.__string(field(t, 3)) === name);
  buffer.writeInt32(buffer.__vector(field(graph, 2)), tensor);
  return bytes;
}

const given = fs.readFileSync(job.input);
job.outputs.forEach((name, i) => {
  const model = declaring(name);
  const at = lite._malloc(model.length);
  lite.HEAPU8.set(model, at);
  const created = lite.TFLiteWebModelRunner.CreateFromBufferAndOptions(
    at, model.length, { numThreads: 1, enableProfiling: false, maxProfilingBufferEntries: 1 });
  if (!created.ok())
    throw new Error(created.errorMessage());
  const runner = created.value();
  runner.GetInputs().get(0).data().set(new Float32Array(given.buffer, given.byteOffset, given.byteLength / 4));
  if (!runner.Infer())
    throw new Error(`TensorFlow Lite did not run '${job.model}'.`);
  fs.writeFileSync(path.join(job.folder, `${i}.bin`), new Uint8Array(new Float32Array(runner.GetOutputs().get(0).data()).buffer));
  runner.delete();
  lite._free(at);
});
