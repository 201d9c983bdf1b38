// Asks a running server for its schema in every way in which graphql-js 16 and 17 write that query,
// and holds the answers to schema.graphql.
//
// Usage: node introspection.mjs URL

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as graphql16 from "graphql";
import * as graphql17 from "graphql-17";

const [url] = process.argv.slice(2);
const sdl = readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8");

const OPTIONS = [
  "descriptions",
  "specifiedByUrl",
  "directiveIsRepeatable",
  "schemaDescription",
  "inputValueDeprecation",
  "oneOf",
];

/** Each combination of the options. */
const combinations = OPTIONS.reduce(
  (all, option) => all.flatMap((one) => [{ ...one, [option]: false }, { ...one, [option]: true }]),
  [{}],
);

/** The document with `__typename` in every selection but the root's, as caching clients send it. */
function withTypenames({ parse, print, visit, Kind }, document) {
  const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: "__typename" } };
  const visited = visit(parse(document), {
    SelectionSet: (set, _key, parent) =>
      parent.kind === Kind.OPERATION_DEFINITION
        ? undefined
        : { ...set, selections: [...set.selections, typename] },
  });
  return print(visited);
}

async function ask(query) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query }),
  });
  const { data, errors } = await response.json();
  assert.equal(errors, undefined, `${JSON.stringify(errors)} for ${query}`);
  return data;
}

for (const graphql of [graphql16, graphql17]) {
  const { buildClientSchema, buildSchema, getIntrospectionQuery, lexicographicSortSchema } = graphql;
  const printed = (schema) => graphql.printSchema(lexicographicSortSchema(schema));
  const expected = printed(buildSchema(sdl));
  const documents = new Set();
  for (const options of combinations) {
    documents.add(getIntrospectionQuery(options));
    const deepest = getIntrospectionQuery({ ...options, typeDepth: 10 });
    documents.add(withTypenames(graphql, deepest));
  }
  for (const document of documents) {
    const schema = buildClientSchema(await ask(document));
    if (document.includes("description") && document.includes("specifiedByURL")) {
      const described = document.match(/__schema\s*{\s*description/) !== null;
      const lines = printed(schema);
      // Who does not ask for it gets an input type like any other.
      const hasOneOf = document.includes("isOneOf");
      const all = hasOneOf ? expected : expected.replaceAll(/^(input \w+) @oneOf/gm, "$1");
      assert.ok(described ? lines === all : all.endsWith(lines), document);
    }
  }
  console.log(`graphql-js ${graphql.version} reads the schema from ${documents.size} documents`);
}
