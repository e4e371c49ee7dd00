"use strict";
// The gallery of a curation: keep, drop or relabel under every picture, and review.csv with what was decided.
(() => {
  const bar = document.getElementById("review"), source = document.getElementById("decisions");
  if (!bar || !source) return;
  const { decisions, labels } = JSON.parse(source.textContent);
  const state = new Map(decisions.map(d => [d.id, d]));
  let unsaved = false;
  const cards = [...document.querySelectorAll("[data-decide]")];
  const complete = d => d.action !== "relabel" || /^[^=;]+=[^;]*(;\s*[^=;]+=[^;]*)*;?$/.test(d.relabel.trim());
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  const count = () => {
    const all = [...state.values()], open = all.filter(d => !complete(d)).length;
    const of = action => all.filter(d => d.action === action).length;
    status.textContent = `${of("keep")} keep, ${of("drop")} drop, ${of("relabel")} relabel${open ? `; ${open} to relabel without a label such as ${labels[0] || "gender"}=…: not written` : ""}. `;
  };
  const show = card => {
    const d = state.get(card.dataset.decide);
    card.dataset.action = d ? d.action : "";
    for (const button of card.querySelectorAll("button")) button.setAttribute("aria-pressed", String(!!d && button.value === d.action));
    const field = card.querySelector("input");
    field.hidden = !d || d.action !== "relabel";
    if (d && field.value !== d.relabel) field.value = d.relabel;
  };
  const changed = id => { unsaved = true; cards.filter(c => c.dataset.decide === id).forEach(show); count(); };
  for (const card of cards) {
    const id = card.dataset.decide, group = document.createElement("span");
    group.className = "decide";
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", `Decision on ${id}`);
    for (const action of ["keep", "drop", "relabel"]) {
      const button = document.createElement("button");
      button.type = "button";
      button.value = button.textContent = action;
      button.addEventListener("click", () => {
        if (state.get(id)?.action === action) state.delete(id);
        else state.set(id, { id, sha256: card.dataset.sha, action, relabel: action === "relabel" ? state.get(id)?.relabel || "" : "" });
        changed(id);
        if (action === "relabel") card.querySelector("input").focus();
      });
      group.append(button);
    }
    const field = document.createElement("input");
    field.hidden = true;
    field.placeholder = `${labels[0] || "gender"}=…`;
    field.setAttribute("aria-label", `New labels of ${id}, such as ${labels[0] || "gender"}=value`);
    field.addEventListener("input", () => { const d = state.get(id); if (d) { d.relabel = field.value; changed(id); } });
    card.append(group, field);
    show(card);
  }
  const quote = v => /[",\n\r]/.test(v) ? `"${v.replaceAll('"', '""')}"` : v;
  const save = document.createElement("button");
  save.type = "button";
  save.textContent = "Download review.csv";
  save.addEventListener("click", () => {
    const rows = [...state.values()].filter(complete).map(d => [d.id, d.action, d.action === "relabel" ? d.relabel.trim() : "", d.sha256].map(quote).join(","));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([["id,action,relabel,sha256", ...rows].join("\n") + "\n"], { type: "text/csv" }));
    link.download = "review.csv";
    link.click();
    unsaved = false;
  });
  bar.append(status, save);
  addEventListener("beforeunload", e => { if (unsaved) e.preventDefault(); });
  count();
  document.documentElement.dataset.review = "ready";
})();
