// Holds the expectations in ../data to what graphql-js says, and names those that differ.

import { readFileSync } from "node:fs";
import { buildSchema, getVariableValues, parse, validate } from "graphql";

const file = (path) => readFileSync(new URL(path, import.meta.url), "utf8");
const schema = buildSchema(file("../../schema.graphql"));

/** The lines of a file of expectations, taken apart. */
const lines = (path, parts) =>
  file(path)
    .split("\n")
    .filter((line) => line && !line.startsWith("#"))
    .map((line) => parts.exec(line) ?? [line, "?"]);

function errors(document) {
  try {
    return validate(schema, parse(document));
  } catch (error) {
    return [error];
  }
}

/** The names that messages suggest. */
const suggested = (errors) =>
  errors.flatMap(({ message }) =>
    [...(/Did you mean.*/.exec(message)?.[0] ?? "").matchAll(/"(\w+)"/g)].map(([, name]) => name),
  );

function differ(expected, line, found) {
  console.log(`not ${expected}: ${line}: ${found}`);
  process.exitCode = 1;
}

const documents = lines("../data/documents.txt", /^(valid|invalid) ?(.*)$/);
for (const [, verdict, document] of documents) {
  const found = errors(document);
  if ((found.length === 0) !== (verdict === "valid")) {
    differ(verdict, document, found[0]?.message ?? "no error");
  }
}
console.log(`graphql-js has looked at ${documents.length} documents`);

const reports = lines("../data/errors.txt", /^(.*?) \| (.*)$/);
for (const [, expected, document] of reports) {
  const found = errors(document);
  const report = [found.length, ...suggested(found)].join(" ");
  if (report !== expected) differ(expected, document, report);
}
console.log(`graphql-js has reported the errors of ${reports.length} documents`);

const values = lines("../data/variables.txt", /^(\d+) (\S+) (.*)$/);
for (const [line, expected, type, value] of values) {
  const { definitions } = parse(`query ($it: ${type}) { __typename }`);
  const inputs = { it: JSON.parse(value) };
  const { errors = [] } = getVariableValues(schema, definitions[0].variableDefinitions, inputs);
  if (errors.length !== Number(expected)) {
    differ(expected, line, errors.map(({ message }) => message).join("; ") || "no error");
  }
}
console.log(`graphql-js has coerced ${values.length} variables`);
