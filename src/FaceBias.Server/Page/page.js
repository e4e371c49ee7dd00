'use strict';
const get = (id) => document.getElementById(id);
const add = (parent, tag, text, style) => {
  const node = parent.appendChild(document.createElement(tag));
  if (text !== undefined && text !== null) node.textContent = text;
  if (style) node.className = style;
  return node;
};
const percent = (p) => `${(100 * p).toFixed(1)}%`;
let key = '';
let chosen = null;
let preview = null;

async function ask(path, options = {}) {
  const response = await fetch(path, { ...options, headers: { ...options.headers, ...(key ? { Authorization: `Bearer ${key}` } : {}) } });
  if (response.ok) return response;
  if (response.status === 401) get('key-form').hidden = false;
  let detail = `The service answered ${response.status}.`;
  try { detail = (await response.json()).detail ?? detail; } catch { /* It was no problem+json. */ }
  throw new Error(detail);
}

function say(node, error) {
  node.replaceChildren();
  add(node, 'p', error.message === 'Failed to fetch' ? 'The service did not answer; the picture may be larger than it accepts.' : error.message, 'bad');
}

function interval(p) {
  if (!p.interval) return 'none, this picture is like none that it was calibrated on';
  const end = (v, text) => (v === null ? text : v.toFixed(1));
  return `${end(p.interval.low, 'any lower number')} to ${end(p.interval.high, 'any higher number')}${p.unit ? ' ' + p.unit : ''}`;
}

function show(result) {
  const answer = get('answer');
  answer.replaceChildren();
  if (result.outOfDistribution)
    add(answer, 'p', `This picture is unlike those that the model was trained on (novelty ${result.novelty.toFixed(2)}, more than 1): its answers mean little.`, 'bad');
  for (const p of result.predictions) {
    if (p.label === null) {
      add(answer, 'h3', `${p.target}: ${p.value.toFixed(1)}${p.unit ? ' ' + p.unit : ''}`);
      if (p.coverage)
        add(answer, 'p', `Interval that holds the ${p.target} at a rate of ${percent(p.coverage)}: ${interval(p)}.`);
      continue;
    }
    add(answer, 'h3', p.abstained ? `${p.target}: not certain enough to say (${p.label} ${percent(p.value)})` : `${p.target}: ${p.label}, ${percent(p.value)}`);
    if (p.set)
      add(answer, 'p', `Set that holds the label at a rate of ${percent(p.coverage)}: ${p.set.length > 0 ? p.set.join(' or ') : 'none, this picture is like none that it was calibrated on'}.`);
    const table = add(answer, 'table');
    add(table, 'caption', `Uncertainty ${p.uncertainty.toFixed(2)} of 1 (entropy of the probabilities)`);
    const body = add(table, 'tbody');
    for (const c of [...p.classes].sort((a, b) => b.probability - a.probability)) {
      const row = add(body, 'tr');
      add(row, 'th', c.name).scope = 'row';
      const meter = add(add(row, 'td'), 'meter');
      meter.value = c.probability;
      meter.setAttribute('aria-hidden', 'true');
      add(row, 'td', percent(c.probability), 'n');
    }
  }
  for (const [name, values] of Object.entries(result.further ?? {}))
    if (values.length <= 16) add(answer, 'p', `${name}: ${values.map((v) => v === null ? 'not a number' : v.toFixed(3)).join(', ')}`, 'note');
}

async function predict(file) {
  if (!file) return;
  chosen = file;
  if (preview) URL.revokeObjectURL(preview);
  preview = URL.createObjectURL(file);
  get('preview').src = preview;
  get('picture-name').textContent = file.name;
  get('picture').hidden = false;
  get('explained').hidden = true;
  get('explain-line').hidden = true;
  const answer = get('answer');
  answer.setAttribute('aria-busy', 'true');
  try {
    const response = await ask('/predict', { method: 'POST', body: file, headers: { 'Content-Type': 'application/octet-stream' } });
    const result = (await response.json()).results[0];
    show(result);
    const targets = result.predictions.map((p) => p.target);
    get('explain-target').replaceChildren(...targets.map((t) => new Option(t, t)));
    get('explain-line').hidden = targets.length === 0;
  } catch (error) {
    say(answer, error);
  } finally {
    answer.setAttribute('aria-busy', 'false');
  }
}

async function explain() {
  const target = get('explain-target').value;
  get('explain').disabled = true;
  get('heat-text').textContent = 'Covering parts of the picture, one after the other …';
  get('heat').removeAttribute('src');
  get('explained').hidden = false;
  try {
    const response = await ask(`/explain?target=${encodeURIComponent(target)}`, { method: 'POST', body: chosen, headers: { 'Content-Type': 'application/octet-stream' } });
    const result = await response.json();
    get('heat').src = `data:image/png;base64,${result.overlay}`;
    get('heat').alt = result.description;
    get('heat-text').textContent = result.description;
  } catch (error) {
    say(get('heat-text'), error);
  } finally {
    get('explain').disabled = false;
  }
}

async function load() {
  try {
    const model = await (await ask('/model')).json();
    const targets = model.metadata?.targets.map((t) => t.name).join(', ');
    get('what').textContent = targets ? `${model.name} predicts ${targets} (${model.metadata.backbone ? `backbone ${model.metadata.backbone}; ` : ""}SHA-256 ${model.sha256.slice(0, 12)} …).`
      : `${model.name} was not trained by facebias: it is served as plain tensors under /v2, and not on this page.`;
    get('card').textContent = model.card ?? 'No MODEL_CARD.md lies beside the model.';
    const fails = get('fails');
    fails.replaceChildren();
    const shown = model.findings.filter((f) => f.verdict === 'gapShown');
    if (model.audited === null) add(fails, 'p', 'No audit lies beside this model: for whom it fails is not known, which does not mean that it fails for nobody.', 'bad');
    else if (shown.length === 0) add(fails, 'p', `The audit of ${model.audited} pictures has shown no gap between groups; small groups may hide some.`, 'note');
    else for (const f of shown) {
      const list = fails.querySelector('ul') ?? add(fails, 'ul');
      add(list, 'li', f.sentence);
    }
  } catch (error) {
    get('what').textContent = error.message;
    get('card').textContent = '';
    get('fails').replaceChildren();
  }
}

get('file').addEventListener('change', (e) => predict(e.target.files[0]));
get('explain').addEventListener('click', explain);
get('key-form').addEventListener('submit', (e) => { e.preventDefault(); key = get('key').value.trim(); get('key-form').hidden = true; load(); });
const drop = get('drop');
for (const kind of ['dragover', 'dragenter']) drop.addEventListener(kind, (e) => { e.preventDefault(); drop.classList.add('over'); });
for (const kind of ['dragleave', 'drop']) drop.addEventListener(kind, () => drop.classList.remove('over'));
drop.addEventListener('drop', (e) => { e.preventDefault(); predict(e.dataTransfer.files[0]); });
document.addEventListener('paste', (e) => { if (e.clipboardData.files.length > 0) predict(e.clipboardData.files[0]); });
load();
