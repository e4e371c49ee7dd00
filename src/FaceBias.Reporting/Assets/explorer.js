"use strict";
// The explorer of a report: cohorts, crossed groups, the rows of a cell, thresholds. It computes from the rows that the page holds.
(async () => {
  const place = document.getElementById("explorer"), source = document.getElementById("rows"), pictures = window.facePictures;
  if (!place || !source) return;
  const data = JSON.parse(source.textContent);
  const el = (tag, attributes = {}, ...children) => {
    const e = document.createElement(tag);
    for (const [k, v] of Object.entries(attributes))
      if (k.startsWith("on")) e.addEventListener(k.slice(2), v); else if (v !== null && v !== undefined && v !== false) e.setAttribute(k, v === true ? "" : v);
    e.append(...children.flat().filter(c => c !== null && c !== undefined));
    return e;
  };
  if (!("DecompressionStream" in window)) {
    place.append(el("p", {}, "This part needs a browser of 2023 or later."));
    return;
  }
  const packed = Uint8Array.from(atob(data.bytes), c => c.charCodeAt(0));
  data.bytes = source.textContent = "";
  const buffer = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).arrayBuffer();
  const MISSING = 65535, N = data.rows;
  let offset = 0;
  const codes = () => { const a = new Uint16Array(buffer.slice(offset, offset += 2 * N)); return a; };
  const numbers = () => { const a = new Float32Array(buffer.slice(offset, offset += 4 * N)); return a; };
  for (const a of data.attributes) a.codes = codes();
  for (const t of data.targets) {
    [t.truth, t.predicted] = t.numeric ? [numbers(), numbers()] : [codes(), codes()];
    if (t.score) t.scores = codes();
  }
  const text = new TextDecoder().decode(new Uint8Array(buffer, offset));
  const ids = text.length ? text.split("\n") : null;
  const idOf = row => ids ? ids[row] : `row ${row + 1}`;
  const scoreOf = (t, row) => t.scores[row] === MISSING ? NaN : t.score.low + t.scores[row] / (MISSING - 1) * (t.score.high - t.score.low);

  // A metric is the mean of a value per row; NaN where a row is not in its denominator. better: 1 higher, -1 lower, 0 neither.
  const metricsOf = t => {
    const known = (t, i) => t.numeric ? !isNaN(t.truth[i]) && !isNaN(t.predicted[i]) : t.truth[i] !== MISSING && t.predicted[i] !== MISSING;
    if (t.numeric) {
      if (t.noTruth) return [{ key: "mean_prediction", title: "mean prediction", of: i => t.predicted[i], better: 0 }];
      const error = i => known(t, i) ? t.predicted[i] - t.truth[i] : NaN;
      return [
        { key: "mae", title: "mean absolute error", of: i => Math.abs(error(i)), better: -1 },
        { key: "signed_error", title: "mean signed error", of: error, better: 0 },
        ...t.tolerances.map(v => ({ key: `within_${v}`, title: `share within ±${v}`, rate: true, of: i => isNaN(error(i)) ? NaN : +(Math.abs(error(i)) <= v), better: 1 })),
      ];
    }
    const all = t.noTruth ? [] : [{ key: "accuracy", title: "accuracy", rate: true, of: i => known(t, i) ? +(t.truth[i] === t.predicted[i]) : NaN, better: 1 }];
    t.classes.slice(0, 20).forEach((name, c) => {
      all.push({ key: `selection ${c}`, title: `selection rate of ${name}`, rate: true, of: i => known(t, i) ? +(t.predicted[i] === c) : NaN, better: 0 });
      if (t.noTruth) return;
      all.push({ key: `recall ${c}`, title: `recall of ${name}`, rate: true, of: i => known(t, i) && t.truth[i] === c ? +(t.predicted[i] === c) : NaN, better: 1 });
      all.push({ key: `fpr ${c}`, title: `false positive rate of ${name}`, rate: true, of: i => known(t, i) && t.truth[i] !== c ? +(t.predicted[i] === c) : NaN, better: -1 });
    });
    return all;
  };
  const Z = 1.959964;
  const estimate = (rows, metric) => {
    let n = 0, sum = 0, squares = 0;
    for (const i of rows) {
      const v = metric.of(i);
      if (!isNaN(v)) { n++; sum += v; squares += v * v; }
    }
    if (!n) return { n };
    const mean = sum / n;
    if (metric.rate) {
      const z2 = Z * Z, centre = (mean + z2 / (2 * n)) / (1 + z2 / n), half = Z * Math.sqrt(mean * (1 - mean) / n + z2 / (4 * n * n)) / (1 + z2 / n);
      return { n, value: mean, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
    }
    const half = n > 1 ? Z * Math.sqrt(Math.max(0, squares / n - mean * mean) / (n - 1)) : NaN;
    return { n, value: mean, low: mean - half, high: mean + half };
  };
  const few = e => e.n < data.minimum;
  const count = n => n.toLocaleString("en");
  const show = (v, metric) => v === undefined || isNaN(v) ? "–" : metric.rate ? `${(100 * v).toFixed(1)}%` : v.toFixed(2);
  const span = (e, metric) => few(e) ? "too few rows" : `${show(e.value, metric)} (${show(e.low, metric)} to ${show(e.high, metric)})`;

  // The same form as the findings above (DotChart).
  const dots = (title, entries, metric, reference) => {
    const values = entries.filter(x => !few(x.e)).flatMap(x => [x.e.low, x.e.high, x.e.value, x.hollow]).concat(reference).filter(v => v !== undefined && !isNaN(v));
    if (!values.length) return el("p", { class: "quiet" }, "No group has enough rows.");
    let low = Math.min(...values), high = Math.max(...values), range = high - low > 1e-9 * Math.max(1, Math.abs(high)) ? high - low : metric.rate ? 0.1 : 1;
    low -= 0.04 * range; high += 0.04 * range;
    if (metric.rate) { low = Math.max(low, -0.01 * range); high = Math.min(high, 1 + 0.01 * range); }
    const at = v => `${(100 * (v - low) / (high - low)).toFixed(2)}%`;
    const rough = (high - low) / 5, power = 10 ** Math.floor(Math.log10(rough)), step = power * [1, 2, 2.5, 5, 10].find(f => f * power >= rough * 0.999);
    const ticks = [];
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) ticks.push(v);
    const digits = Math.max(0, Math.ceil(-Math.log10(metric.rate ? 100 * step : step) - 1e-9) + (/25/.test(step.toPrecision(2)) ? 1 : 0));
    const label = v => metric.rate ? `${(100 * v).toFixed(digits)}%` : (Math.abs(v) < 1e-12 ? 0 : v).toFixed(digits);
    const mark = (css, style) => el("i", { class: css, style });
    return el("div", { class: "dots" }, el("p", { class: "legend" }, el("b", {}, title)),
      el("ul", {}, entries.map(({ name, e, of, hollow, kind }) => el("li", { class: few(e) ? "quiet" : kind },
        el("span", { class: "label" }, name, " ", el("small", {}, `n = ${count(of ?? e.n)}`)),
        el("div", { class: "track", "aria-hidden": "true" },
          reference === undefined ? null : mark("reference", `left:${at(reference)}`),
          few(e) || isNaN(e.low) ? null : mark("bar", `left:${at(e.low)};width:${((e.high - e.low) / (high - low) * 100).toFixed(2)}%`),
          hollow === undefined ? null : mark("hollow", `left:${at(hollow)}`),
          few(e) ? null : mark("dot", `left:${at(e.value)}`)),
        el("span", { class: "value" }, span(e, metric)))),
        el("li", { class: "axis", "aria-hidden": "true" }, el("span"), el("div", { class: "track" }, ticks.map(v => el("span", { style: `left:${at(v)}` }, label(v)))), el("span"))));
  };

  const state = { target: 0, metric: 0, rows: 0, columns: Math.min(1, data.attributes.length - 1), filters: [], cell: null, threshold: null, rate: 0 };
  const select = (label, options, value, change) => el("label", {}, label, el("select", { onchange: e => change(+e.target.value) },
    options.map((o, i) => el("option", { value: i, selected: i === value }, o))));
  const parts = Object.fromEntries(["controls", "cohort", "count", "map", "groups", "detail", "threshold"].map(k => [k, el("div")]));
  parts.count.setAttribute("role", "status");
  place.append(parts.controls, parts.cohort, parts.count, el("div", { class: "two" }, parts.map, parts.groups), parts.detail, parts.threshold);

  const chosen = () => {
    const rows = [];
    rows: for (let i = 0; i < N; i++) {
      for (const f of state.filters) if ((data.attributes[f.attribute].codes[i] === f.level) === f.not) continue rows;
      rows.push(i);
    }
    return rows;
  };
  const worstFirst = (t, rows) => {
    const wrong = t.noTruth ? rows : rows.filter(i => t.numeric ? !isNaN(t.truth[i] - t.predicted[i]) : t.truth[i] !== MISSING && t.predicted[i] !== MISSING && t.truth[i] !== t.predicted[i]);
    if (t.numeric && !t.noTruth) wrong.sort((a, b) => Math.abs(t.predicted[b] - t.truth[b]) - Math.abs(t.predicted[a] - t.truth[a]));
    else if (t.score) {
      const sure = i => { const s = scoreOf(t, i); return t.score.ofClass ? Math.abs(s - t.threshold) : s; };
      wrong.sort((a, b) => sure(b) - sure(a));
    }
    return wrong;
  };
  // The findings follow the cohort: the same groups and metric, of its rows alone.
  const follow = rows => {
    const words = state.filters.map(f => `${data.attributes[f.attribute].name} ${f.not ? "is not" : "="} ${data.attributes[f.attribute].levels[f.level]}`).join(" and ");
    for (const finding of document.querySelectorAll("[data-finding]")) {
      finding.querySelector(".cohort")?.remove();
      if (!state.filters.length) continue;
      const t = data.targets[+finding.dataset.finding], attribute = data.attributes.find(a => a.name === finding.dataset.attribute);
      const name = finding.dataset.metric, classed = { selection_rate: "selection", recall: "recall", tpr: "recall", fpr: "fpr" }[name];
      const key = classed ? `${classed} ${t.classes?.indexOf(finding.dataset.class)}` : name, metric = metricsOf(t).find(m => m.key === key);
      const note = `Cohort ${words}: ${count(rows.length)} of ${count(N)} rows.`;
      finding.append(el("div", { class: "cohort" }, ...metric && attribute
        ? [el("p", { class: "quiet" }, `${note} Verdict, gap and p are those of all rows; the intervals here are not corrected for how many cohorts are looked at.`),
          dots(`${metric.title} in the cohort`, levelsOf(attribute).map(l => ({ name: l.name, e: estimate(rows.filter(i => attribute.codes[i] === l.code), metric) })).filter(x => x.e.n), metric, undefined)]
        : [el("p", { class: "quiet" }, `${note} This metric is not computed again in the browser: audit the cohort's rows as a table of their own.`)]));
    }
  };
  const levelsOf = a => a.levels.map((name, code) => ({ name, code }));
  const redraw = focus => {
    const t = data.targets[state.target], metrics = metricsOf(t), metric = metrics[Math.min(state.metric, metrics.length - 1)];
    const [a, b] = [data.attributes[state.rows], data.attributes[state.columns]];
    const rows = chosen();
    follow(rows);
    const set = (key, value, more = {}) => { Object.assign(state, { [key]: value, cell: null }, more); redraw(key); };

    parts.controls.replaceChildren(el("div", { class: "controls" },
      select("Target", data.targets.map(x => x.name), state.target, v => set("target", v, { metric: 0, threshold: null })),
      select("Metric", metrics.map(m => m.title), metrics.indexOf(metric), v => set("metric", v)),
      select("Rows", data.attributes.map(x => x.name), state.rows, v => set("rows", v)),
      select("Columns", data.attributes.map(x => x.name), state.columns, v => set("columns", v))));
    const add = { attribute: state.add || 0, level: 0 };
    const level = el("select", { "aria-label": "Value" });
    const fill = () => level.replaceChildren(...levelsOf(data.attributes[add.attribute]).map(l => el("option", { value: l.code }, l.name)));
    const operator = el("select", { "aria-label": "Comparison" }, el("option", { value: "" }, "="), el("option", { value: "not" }, "is not"));
    const attribute = el("select", { "aria-label": "Attribute", onchange: e => { add.attribute = state.add = +e.target.value; fill(); } },
      data.attributes.map((x, i) => el("option", { value: i, selected: i === add.attribute }, x.name)));
    fill();
    parts.cohort.replaceChildren(el("div", { class: "chips", role: "group", "aria-label": "Cohort" }, el("span", {}, "Cohort: ", state.filters.length ? "" : "all rows"),
      state.filters.map((f, i) => el("button", { type: "button", title: "Remove this condition", onclick: () => { state.filters.splice(i, 1); state.cell = null; redraw("cohort"); } },
        `${i ? "and " : ""}${data.attributes[f.attribute].name} ${f.not ? "is not" : "="} ${data.attributes[f.attribute].levels[f.level]} ✕`)),
      el("span", {}, "add "), attribute, operator, level,
      el("button", { type: "button", "data-focus": "cohort", onclick: () => { state.filters.push({ attribute: add.attribute, level: +level.value, not: operator.value === "not" }); state.cell = null; redraw("cohort"); } }, "Add condition")));
    parts.count.replaceChildren(el("p", { class: "quiet" }, `${count(rows.length)} of ${count(N)} rows${data.of > N ? `; the page holds ${count(N)} of the ${count(data.of)} audited rows, evenly spaced` : ""}.${data.note ? " " + data.note : ""}${state.filters.length ? " The findings above show this cohort too." : ""}`));

    // The map.
    const cells = new Map();
    for (const i of rows) {
      const key = a.codes[i] * 65536 + b.codes[i];
      if (!cells.has(key)) cells.set(key, []);
      cells.get(key).push(i);
    }
    const at = (x, y) => estimate(cells.get(x.code * 65536 + y.code) || [], metric);
    const used = (attribute) => levelsOf(attribute).filter(l => rows.some(i => attribute.codes[i] === l.code));
    const [across, down] = [used(b), used(a)];
    const overall = estimate(rows, metric);
    const values = down.flatMap(x => across.map(y => at(x, y))).filter(e => !few(e)).map(e => metric.better ? -metric.better * e.value : Math.abs(e.value - overall.value));
    const [least, most] = [Math.min(...values), Math.max(...values)];
    const shade = e => few(e) ? "hx" : `h${most > least ? Math.round(8 * ((metric.better ? -metric.better * e.value : Math.abs(e.value - overall.value)) - least) / (most - least)) : 0}`;
    const caption = `${metric.title} of ${t.name} by ${a.name} and ${b.name}: the more orange, the ${metric.better ? "worse" : "farther from all rows"}; grey has fewer than ${data.minimum} rows. Choose a cell to see its rows.`;
    parts.map.replaceChildren(el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Crossed groups" }, el("table", { class: "heat" }, el("caption", {}, el("span", {}, caption)),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, `${a.name} \\ ${b.name}`), across.map(y => el("th", { scope: "col" }, y.name)))),
      el("tbody", {}, down.map(x => el("tr", {}, el("th", { scope: "row" }, x.name), across.map(y => {
        const e = at(x, y), here = state.cell && state.cell[0] === x.code && state.cell[1] === y.code;
        if (!e.n) return el("td", { class: "hx" }, "–", el("small", {}, "no rows"));
        return el("td", { class: shade(e), "aria-current": here ? "true" : null }, el("button", {
          type: "button", "aria-label": `${x.name}, ${y.name}: ${span(e, metric)}, ${e.n} rows`, "data-focus": here ? "cell" : null,
          onclick: () => { state.cell = here ? null : [x.code, y.code]; redraw("cell"); } }, few(e) ? "few" : show(e.value, metric), el("small", {}, `n = ${count(e.n)}`)));
      })))))));

    // The groups of either attribute, in the cohort.
    const grouped = (attribute, rows, metric) => used(attribute).map(l => ({ name: l.name, e: estimate(rows.filter(i => attribute.codes[i] === l.code), metric) }));
    const marked = entries => {
      const known = entries.filter(x => !few(x.e));
      if (metric.better && known.length > 1) {
        known.sort((p, q) => metric.better * (p.e.value - q.e.value));
        if (known[0].e.value !== known[known.length - 1].e.value) { known[0].kind = "worst"; known[known.length - 1].kind = "best"; }
      }
      return entries;
    };
    parts.groups.replaceChildren(...[...new Set([a, b])].map(x => dots(`${metric.title} of ${t.name} by ${x.name}`, marked(grouped(x, rows, metric)), metric, few(overall) ? undefined : overall.value)));

    // The rows of the cell, or of the cohort.
    const inside = state.cell ? cells.get(state.cell[0] * 65536 + state.cell[1]) || [] : rows;
    const name = state.cell ? `${a.name} ${a.levels[state.cell[0]]}, ${b.name} ${b.levels[state.cell[1]]}` : state.filters.length ? "The cohort" : "All rows";
    parts.detail.replaceChildren(el("h3", {}, `${name}: ${span(estimate(inside, metric), metric)}, n = ${count(inside.length)}`), ...detail(t, inside));
    parts.threshold.replaceChildren(...thresholds(t, rows, a));
    if (focus) (place.querySelector(`[data-focus="${focus}"]`) || parts.controls.querySelectorAll("select")[["target", "metric", "rows", "columns"].indexOf(focus)])?.focus();
  };

  const detail = (t, rows) => {
    const found = [];
    const charts = el("div", { class: "two" });
    if (!t.noTruth && t.numeric) charts.append(errors(t, rows));
    else if (!t.noTruth && t.classes.length <= 12) charts.append(confusion(t, rows));
    if (!t.noTruth && !t.numeric && t.score?.probability) charts.append(calibration(t, rows));
    if (charts.childElementCount) found.push(charts);
    const worst = worstFirst(t, rows.slice()), label = (values, i) => t.numeric ? (isNaN(values[i]) ? "–" : +values[i].toFixed(1)) : values[i] === MISSING ? "–" : t.classes[values[i]];
    const faces = worst.filter(i => pictures.has(idOf(i))).slice(0, 12);
    if (faces.length) found.push(el("ul", { class: "faces" }, faces.map(i => el("li", {}, el("img", { src: pictures.get(idOf(i)), alt: `Face ${idOf(i)}` }), el("b", {}, `${label(t.truth, i)} → ${label(t.predicted, i)}`)))));
    found.push(el("details", {}, el("summary", {}, t.noTruth ? `${Math.min(50, worst.length)} of ${count(worst.length)} rows` : `The ${Math.min(50, worst.length)} worst of ${count(worst.length)} ${t.numeric ? "" : "wrong "}rows`),
      el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Rows" }, el("table", {}, el("caption", {}, el("span", {}, "True and predicted, with the groups of each row")),
        el("thead", {}, el("tr", {}, ["Id", "True", "Predicted", ...data.attributes.slice(0, 8).map(x => x.name)].map(h => el("th", { scope: "col" }, h)))),
        el("tbody", {}, worst.slice(0, 50).map(i => el("tr", {}, el("th", { scope: "row" }, idOf(i)), [t.noTruth ? "–" : label(t.truth, i), label(t.predicted, i), ...data.attributes.slice(0, 8).map(x => x.levels[x.codes[i]] ?? "–")].map(v => el("td", {}, String(v))))))))));
    return found;
  };
  const confusion = (t, rows) => {
    const counts = t.classes.map(() => new Array(t.classes.length).fill(0));
    for (const i of rows) if (t.truth[i] !== MISSING && t.predicted[i] !== MISSING) counts[t.truth[i]][t.predicted[i]]++;
    return el("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": "Confusion matrix" }, el("table", { class: "heat" }, el("caption", {}, el("span", {}, "Confusion: rows are true labels")),
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "true \\ predicted"), t.classes.map(c => el("th", { scope: "col" }, c)))),
      el("tbody", {}, t.classes.map((c, i) => {
        const sum = counts[i].reduce((x, y) => x + y, 0);
        return el("tr", {}, el("th", { scope: "row" }, c), counts[i].map((n, j) => sum < data.minimum ? el("td", { class: "hx" }, sum ? "few" : "–", el("small", {}, `n = ${count(n)}`))
          : el("td", { class: `h${Math.round(8 * (i === j ? 1 - n / sum : n / sum))}` }, `${(100 * n / sum).toFixed(1)}%`, el("small", {}, `n = ${count(n)}`))));
      }))));
  };
  const errors = (t, rows) => {
    const e = rows.map(i => t.predicted[i] - t.truth[i]).filter(v => !isNaN(v)).sort((x, y) => x - y);
    if (e.length < data.minimum) return el("p", { class: "quiet" }, "Too few rows for a distribution of errors.");
    const reach = Math.max(Math.abs(e[Math.floor(0.01 * e.length)]), Math.abs(e[Math.min(e.length - 1, Math.floor(0.99 * e.length))])) || 1, bins = 11, width = 2 * reach / bins;
    const counts = new Array(bins).fill(0);
    for (const v of e) counts[Math.min(bins - 1, Math.max(0, Math.floor((v + reach) / width)))]++;
    const edge = k => (-reach + k * width).toFixed(1);
    return dots(`share of rows by prediction minus truth${t.unit ? ` in ${t.unit}` : ""}`, counts.map((n, k) => ({
      name: k === 0 ? `below ${edge(1)}` : k === bins - 1 ? `above ${edge(k)}` : `${edge(k)} to ${edge(k + 1)}`, e: wilson(n, e.length), of: n })), { rate: true });
  };
  const wilson = (k, n) => {
    const p = k / n, z2 = Z * Z, centre = (p + z2 / (2 * n)) / (1 + z2 / n), half = Z * Math.sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
    return { n, value: p, low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
  };
  const calibration = (t, rows) => {
    const given = i => { const s = scoreOf(t, i); return t.score.ofClass ? (t.predicted[i] === 1 ? s : 1 - s) : s; };
    const known = rows.filter(i => t.truth[i] !== MISSING && t.predicted[i] !== MISSING && !isNaN(given(i))).sort((x, y) => given(x) - given(y));
    const bins = Math.min(5, Math.floor(known.length / data.minimum));
    if (bins < 1) return el("p", { class: "quiet" }, "Too few rows for a calibration.");
    return dots("share right (dot) where the model says so (ring): a dot left of its ring is too sure", Array.from({ length: bins }, (_, k) => {
      const part = known.slice(Math.floor(k * known.length / bins), Math.floor((k + 1) * known.length / bins)), sure = part.map(given);
      return { name: `sure ${(100 * sure[0]).toFixed(0)} to ${(100 * sure[sure.length - 1]).toFixed(0)}%`, hollow: sure.reduce((x, y) => x + y, 0) / part.length, e: wilson(part.filter(i => t.truth[i] === t.predicted[i]).length, part.length) };
    }), { rate: true });
  };
  const thresholds = (t, rows, attribute) => {
    if (!t.score?.ofClass) return [];
    const at = state.threshold ?? t.threshold, positive = t.classes[1];
    const above = i => { const s = scoreOf(t, i); return isNaN(s) ? NaN : +(s >= at - 1e-9); };
    const rates = [{ title: `selection rate of ${positive}`, rate: true, better: 0, of: above }, ...t.noTruth ? [] : [
      { title: `recall of ${positive}`, rate: true, better: 1, of: i => t.truth[i] === 1 ? above(i) : NaN },
      { title: `false positive rate of ${positive}`, rate: true, better: -1, of: i => t.truth[i] === 0 ? above(i) : NaN },
      { title: "accuracy", rate: true, better: 1, of: i => t.truth[i] === MISSING || isNaN(above(i)) ? NaN : +((t.truth[i] === 1) === (above(i) === 1)) }]];
    const rate = rates[Math.min(state.rate, rates.length - 1)], out = el("div");
    const draw = () => {
      const entries = levelsOf(attribute).map(l => ({ name: l.name, e: estimate(rows.filter(i => attribute.codes[i] === l.code), rate) })).filter(x => x.e.n);
      const known = entries.filter(x => !few(x.e)).map(x => x.e.value), overall = estimate(rows, rate);
      out.replaceChildren(el("p", { role: "status" }, known.length > 1 ? `Gap between the groups of ${attribute.name}: ${(100 * (Math.max(...known) - Math.min(...known))).toFixed(1)} points; all rows: ${span(overall, rate)}.` : "Fewer than two groups have enough rows."),
        dots(`${rate.title} by ${attribute.name}`, entries, rate, few(overall) ? undefined : overall.value));
    };
    const value = el("output", {}, (state.threshold ?? t.threshold).toFixed(3));
    draw();
    return [el("h3", {}, `Threshold of ${t.name}`), el("p", { class: "quiet" }, `'${positive}' is predicted where its score is at or above the threshold; the operating point in use is ${t.threshold.toFixed(3)}. What a policy asks for is a recall or a false positive rate: move the slider to it and read the gap. One threshold holds for all groups.`),
      el("div", { class: "controls" }, el("label", {}, "Threshold ", el("input", { type: "range", min: t.score.low, max: t.score.high, step: (t.score.high - t.score.low) / 200, value: state.threshold ?? t.threshold,
        oninput: e => { state.threshold = +e.target.value; value.textContent = state.threshold.toFixed(3); requestAnimationFrame(later); } })), value,
        select("Rate", rates.map(r => r.title), rates.indexOf(rate), v => { state.rate = v; redraw(); }),
        el("button", { type: "button", onclick: () => { state.threshold = null; redraw(); } }, "Back to the operating point")), out];
    function later() {
      // Only the chart: a slider that is replaced under the pointer would be let go of.
      const again = thresholds(t, rows, attribute);
      out.replaceChildren(...again[again.length - 1].childNodes);
    }
  };
  // Begin with the pair and the target that the first screen names.
  const first = place.dataset.target;
  if (first !== undefined) Object.assign(state, { target: +first, rows: +place.dataset.rows, columns: +place.dataset.columns });
  redraw();
  document.documentElement.dataset.explorer = "drawn";
})();
