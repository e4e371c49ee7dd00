// A row per model and operator set. usage: table.mjs PYTHON MODEL|RUN... --runtime FOLDER...
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const [python, ...rest] = process.argv.slice(2);
const at = rest.indexOf('--runtime');
const models = rest.slice(0, at);
const runtimes = rest.slice(at).filter(a => a !== '--runtime');
const sets = [9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
const limit = 1e-4;
const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'facebias-opsets-'));

function lines(program, args) {
  const run = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30 });
  if (run.status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${run.stderr.trim().split('\n').at(-1)}`);
  return run.stdout.split('\n').filter(l => l.startsWith('{')).map(l => JSON.parse(l));
}

function difference(a, b) {
  let worst = 0;
  for (const name of Object.keys(a)) {
    const [x, y] = [a[name], b[name] ?? []];
    if (x.length !== y.length)
      return Infinity;
    const largest = Math.max(1e-12, ...x.map(Math.abs).filter(Number.isFinite));
    x.forEach((v, i) => { worst = Math.max(worst, Object.is(v, y[i]) ? 0 : Math.abs(v - y[i]) / largest); });
  }
  return worst;
}

let faults = 0;
const versions = runtimes.map(r => path.basename(r));
console.log(`| model | operator set | checker | ${versions.map(v => `ONNX Runtime ${v}`).join(' | ')} |`);
console.log(`|---|---|---|${versions.map(() => '---|').join('')}`);
for (const given of models) {
  const model = fs.statSync(given).isDirectory() ? path.join(given, 'model.onnx') : given;
  const name = fs.statSync(given).isDirectory() ? path.basename(path.resolve(given)) : path.basename(given, '.onnx');
  const files = [];
  for (const set of sets) {
    const file = path.join(scratch, `${name}-${set}.onnx`);
    const run = spawnSync('dotnet', [process.env.FACEBIAS_CLI, 'models', 'convert', model, '--opset', `${set}`, '--out', file, '--force'], { encoding: 'utf8' });
    const said = (run.stderr || run.stdout).trim().split('\n').at(-1);
    files.push(run.status === 0 ? { set, file } : { set, refused: said.replace(/^error: /i, '').replaceAll('|', '/').slice(0, 140) });
  }
  const written = files.filter(f => f.file);
  const checked = new Map(lines(python, [path.join(here, 'check.py'), model, ...written.map(f => f.file)]).map(c => [c.file, c]));
  const jobs = path.join(scratch, 'jobs.json');
  fs.writeFileSync(jobs, JSON.stringify([...checked.values()]));
  const results = runtimes.map(r => new Map(lines(process.execPath, [path.join(here, 'outputs.mjs'), r, jobs]).map(o => [o.file, o])));
  // The file as it is, in the newest runtime, is what all others are held against.
  const expected = results.at(-1).get(model);
  const cell = (result) => {
    if (!result || result.error)
      return `FAILED: ${result?.error ?? 'no answer'}`;
    const d = expected.outputs ? difference(expected.outputs, result.outputs) : NaN;
    return d <= limit ? (d === 0 ? 'same' : `same to ${d.toExponential(0)}`) : `DIFFERS by ${d.toExponential(1)}`;
  };
  for (const { set, file, refused } of [{ set: 'as written', file: model }, ...files]) {
    const cells = refused ? [`not written: ${refused}`, ...runtimes.map(() => '')]
      : [checked.get(file).checker, ...results.map(r => cell(r.get(file)))];
    faults += cells.filter(c => /^(INVALID|FAILED|DIFFERS)/.test(c)).length;
    console.log(`| ${name} | ${set} | ${cells.join(' | ')} |`);
  }
  for (const f of written)
    fs.rmSync(f.file);
}
fs.rmSync(scratch, { recursive: true });
process.exitCode = faults === 0 ? 0 : 1;
