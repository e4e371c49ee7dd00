// Seconds per epoch, and the figures of two runs side by side for everybody and per group, from their audit.json.
import { readFileSync } from 'node:fs';

const [before, after] = process.argv.slice(2);
const json = (run, file) => JSON.parse(readFileSync(`${run}/${file}`, 'utf8'));
const wanted = new Set(['accuracy', 'mae', 'within_8']);
const rows = run => {
  const figures = new Map();
  for (const target of json(run, 'audit.json').targets)
    for (const [name, group] of [['all', target.overall], ...groups(target)])
      for (const e of group.estimates)
        if (wanted.has(e.metric) && e.value != null) figures.set(`${target.name} | ${e.metric} | ${name}`, [e.value, group.n]);
  return figures;
};
const groups = target => target.groupings.filter(g => g.attributes.length === 1)
  .flatMap(g => g.groups.map(x => [`${g.attributes[0]}: ${x.levels[0]}`, x]));

for (const p of json(after, 'history.json').filter(p => p.series === 'seconds/train')) console.log(`epoch ${p.epoch}: ${p.value} s`);
console.log('\n| target | figure | group | n | frozen | fine-tuned |\n|---|---|---|---|---|---|');
const [a, b] = [rows(before), rows(after)];
for (const [key, [value, n]] of a) if (b.has(key)) console.log(`| ${key} | ${n} | ${value.toFixed(3)} | ${b.get(key)[0].toFixed(3)} |`);
