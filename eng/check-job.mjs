// Checks Kubernetes manifests by the published schemas: node check-job.mjs FILE.yaml ...
// With --self-test it makes sure that a broken Job is found.
import { readFileSync } from "node:fs";
import { parseAllDocuments } from "yaml";
import { Job } from "kubernetes-models/batch/v1";

function problems(text) {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) return document.errors.map(String);
    try {
      new Job(document.toJS()).validate();
      return [];
    } catch (e) {
      return [e.message];
    }
  });
}

const files = process.argv.slice(2);
if (files[0] === "--self-test") {
  const good = readFileSync(files[1], "utf8");
  for (const [what, broken] of [
    ["a word for a number", good.replace(/parallelism: .*/, "parallelism: many")],
    ["a rule without an action", good.replace("action: FailIndex", "actoin: FailIndex")],
    ["no container's name", good.replace(/(- |  )name: facebias\n/, "$1nome: facebias\n")],
  ])
    if (broken === good || problems(broken).length === 0) {
      console.error(`not found: ${what}`);
      process.exit(1);
    }
} else {
  const found = files.flatMap((f) => problems(readFileSync(f, "utf8")).map((p) => `${f}: ${p}`));
  found.forEach((p) => console.error(p));
  process.exit(found.length > 0 ? 1 : 0);
}
