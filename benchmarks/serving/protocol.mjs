// Checks a running service against published schemas:
//   node protocol.mjs http://127.0.0.1:8080 open_inference_rest.yaml picture.jpg [KEY]
// Requests and answers under /v2 are checked against the Open Inference Protocol's own description
// (github.com/kserve/open-inference-protocol, specification/protocol/open_inference_rest.yaml), /openapi.json against
// the schema of OpenAPI 3.1, and answers of own routes against /openapi.json.
import { readFileSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv from 'ajv';
import Ajv2020 from 'ajv/dist/2020.js';
import { parse } from 'yaml';

const [base, spec, picture, key] = process.argv.slice(2);
if (!picture) {
  console.error('usage: node protocol.mjs URL open_inference_rest.yaml PICTURE [KEY]');
  process.exit(2);
}
const bytes = readFileSync(picture);
const headers = key ? { authorization: `Bearer ${key}` } : {};
let failed = 0;
let checked = 0;

function report(what, validate, value) {
  checked++;
  if (validate(value)) return;
  failed++;
  console.log(`${what}: ${JSON.stringify(validate.errors.slice(0, 3))}`);
}

const get = async (path) => (await fetch(base + path, { headers })).json();
const post = async (path, body, more = {}) =>
  (await fetch(base + path, { method: 'POST', body, headers: { ...headers, ...more } })).json();

const protocol = new Ajv({ strict: false }).addSchema(parse(readFileSync(spec, 'utf8')), 'protocol');
const of = (name) => protocol.getSchema(`protocol#/components/schemas/${name}`);

report('GET /v2', of('metadata_server_response'), await get('/v2'));
const models = (await get('/model')).name;
for (const path of [`/v2/models/${models}`, `/v2/models/${models}/versions/1`, `/v2/models/${models}_pixels`])
  report(`GET ${path}`, of('metadata_model_response'), await get(path));
report('GET an unknown model', of('metadata_model_error_response'), await get('/v2/models/unknown'));

const { inputs } = await get(`/v2/models/${models}_pixels`);
const [, channels, height, width] = inputs[0].shape;
const pixels = Array.from({ length: channels * height * width }, (_, i) => i % 256);
const requests = [
  [models, { id: '42', inputs: [{ name: 'image', datatype: 'BYTES', shape: [1], data: [bytes.toString('base64')] }] }],
  [models, { inputs: [{ name: 'image', datatype: 'BYTES', shape: [2], data: Array(2).fill(bytes.toString('base64')) }],
    outputs: [{ name: (await get(`/v2/models/${models}`)).outputs[0].name }] }],
  [`${models}_pixels`, { inputs: [{ name: 'pixels', datatype: 'FP32', shape: [1, channels, height, width], data: pixels }] }],
];
for (const [model, request] of requests) {
  report(`a request of ${model}`, of('inference_request'), request);
  const answer = await post(`/v2/models/${model}/infer`, JSON.stringify(request));
  report(`POST ${model}/infer`, of('inference_response'), answer);
  const sized = answer.outputs?.every((o) => o.shape.reduce((a, b) => a * b, 1) === o.data.length);
  report(`elements of ${model}/infer`, Object.assign(() => sized, { errors: ['a shape is not that of its data'] }), answer);
}
for (const body of ['{"inputs":[]}', 'no JSON', '{"inputs":[{"name":"image","datatype":"FP8","shape":[1],"data":[1]}]}'])
  report(`POST ${body}`, of('inference_error_response'), await post(`/v2/models/${models}/infer`, body));

const openapi = await get('/openapi.json');
const { valid, errors } = await new Validator().validate(structuredClone(openapi));
report(`GET /openapi.json (OpenAPI ${openapi.openapi})`, Object.assign(() => valid, { errors: [errors].flat() }), openapi);

const own = new Ajv2020({ strict: false, formats: { float: true, double: true, int32: true, int64: true, uri: true,
  'date-time': true } }).addSchema(openapi, 'own');
const escape = (path) => path.replaceAll('~', '~0').replaceAll('/', '~1');
async function route(method, path, ask) {
  const response = openapi.paths[path]?.[method]?.responses?.['200']?.content ?? {};
  if (!response['application/json']?.schema) {
    console.log(`${method.toUpperCase()} ${path}: its answer is not described`);
    failed++;
    return;
  }
  report(`${method.toUpperCase()} ${path}`,
    own.getSchema(`own#/paths/${escape(path)}/${method}/responses/200/content/application~1json/schema`), await ask());
}
await route('post', '/predict', () => post('/predict', bytes));
await route('get', '/model', () => get('/model'));
await route('get', '/watch', () => get('/watch'));
const target = (await post('/predict', bytes)).results[0].predictions[0].target;
await route('post', '/explain', () => post(`/explain?target=${target}&method=occlusion&window=0.5`, bytes));
console.log(`${checked} checks, ${failed} failed`);
process.exit(failed > 0 ? 1 : 0);
