// Seconds per epoch, and the figures of two runs, before -> after, for everybody and per group, from their audit.json.
import { readFileSync } from 'node:fs';

const [before, after] = process.argv.slice(2);
const json = (run, file) => JSON.parse(readFileSync(`${run}/${file}`, 'utf8'));
const figures = { accuracy: v => `${(100 * v).toFixed(1)}%`, mae: v => v.toFixed(2), within_8: v => `${(100 * v).toFixed(1)}%` };
const groups = target => [['all', target.overall], ...target.groupings.filter(g => g.attributes.length === 1)
  .flatMap(g => g.groups.map(x => [`${g.attributes[0]}: ${x.levels[0]}`, x]))];
const values = run => {
  const found = new Map();
  for (const target of json(run, 'audit.json').targets)
    for (const [name, group] of groups(target))
      for (const e of group.estimates)
        if (figures[e.metric] && e.value != null) found.set(`${name}|${target.name} ${e.metric}`, [figures[e.metric](e.value), group.n]);
  return found;
};

for (const p of json(after, 'history.json').filter(p => p.series === 'seconds/train')) console.log(`epoch ${p.epoch}: ${p.value} s`);
const [a, b] = [values(before), values(after)];
const keys = [...a.keys()].map(k => k.split('|'));
const [names, columns] = [0, 1].map(i => [...new Set(keys.map(k => k[i]))]);
console.log(`\n| group | n | ${columns.join(' | ')} |\n|${'---|'.repeat(columns.length + 2)}`);
for (const name of names) {
  const cells = columns.map(c => [a, b].map(m => m.get(`${name}|${c}`)?.[0] ?? '-').join(' → '));
  console.log(`| ${name} | ${a.get(`${name}|${columns.find(c => a.has(`${name}|${c}`))}`)[1]} | ${cells.join(' | ')} |`);
}
