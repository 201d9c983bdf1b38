// Holds the verdicts in ../data/documents.txt to what graphql-js says, and names those that differ.

import { readFileSync } from "node:fs";
import { buildSchema, parse, validate } from "graphql";

const file = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const schema = buildSchema(file("../../schema.graphql"));

function errors(document) {
  try {
    return validate(schema, parse(document));
  } catch (error) {
    return [error];
  }
}

let count = 0;
for (const line of file("../data/documents.txt").split("\n")) {
  const [, verdict, document] = /^(valid|invalid) ?(.*)$/.exec(line) ?? [];
  if (!verdict) continue;
  count += 1;
  const found = errors(document);
  if ((found.length === 0) !== (verdict === "valid")) {
    console.log(`not ${verdict}: ${document}: ${found[0]?.message ?? "no error"}`);
    process.exitCode = 1;
  }
}
console.log(`graphql-js has looked at ${count} documents`);
