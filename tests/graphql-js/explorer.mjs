// Holds both pages of the explorer to what they are to send of a document, whatever GraphiQL passes, and
// to what they are to show of an address.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { Kind, parse } from "graphql";

const file = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

/** The functions that decide it: of the page that is built, and of the one that needs a CDN. */
const pages = {
  "web/request.js": new Function(
    "Kind, parse",
    `${file("../../web/request.js").replace(/^(import .*|export )/gm, "")} return { settled, given };`,
  )(Kind, parse),
  "src/http/graphiql/cdn.html": new Function(
    "GraphiQL, addEventListener",
    `${/<script>(.*?)<\/script>/s.exec(file("../../src/http/graphiql/cdn.html"))[1]} return { settled, given };`,
  )({ GraphQL: { parse } }, () => {}),
};

const two = "query First { __typename } subscription Second { videoChanges { sequence } }";

// A document, the name that GraphiQL passes, the name to send, and whether a subscription is sent.
const cases = [
  ["{ __typename }", undefined, undefined, false],
  ["{ __typename }", "OfAnotherTab", undefined, false],
  ["query Own { __typename }", "Own", undefined, false],
  ["query Own { __typename }", "OfAnotherTab", undefined, false],
  ["subscription Own { videoChanges { sequence } }", "OfAnotherTab", undefined, true],
  ["subscription { videoChanges { sequence } }", null, undefined, true],
  [two, "First", "First", false],
  [two, "Second", "Second", true],
  [two, "OfAnotherTab", undefined, false],
  [two, undefined, undefined, false],
  ["fragment F on Query { __typename }", "OfAnotherTab", undefined, false],
  ["query Own { ", "OfAnotherTab", "OfAnotherTab", false],
];

/** Whether the toolkit of GraphiQL sends these as a subscription. */
const isSubscription = ({ operationName }, { documentAST }) =>
  (documentAST?.definitions ?? []).some(
    ({ name, operation }) => operation === "subscription" && name?.value === operationName,
  );

// An address, the document that is to be shown, and its variables.
const addresses = [
  [{}, undefined],
  [{ query: "" }, undefined],
  [{ query: "{ a }" }, "{ a }", ""],
  [{ query: "{ a(b: $c) }", variables: '{"c":1}' }, "{ a(b: $c) }", '{"c":1}'],
  [{ query: two, operationName: "First" }, two.replace(" subscription", "\n\nsubscription"), ""],
  [
    { query: two, operationName: "Second" },
    "subscription Second { videoChanges { sequence } }\n\nquery First { __typename }",
    "",
  ],
  [{ query: two, operationName: "Third" }, two, ""],
  [{ query: "query Own { ", operationName: "Own" }, "query Own {", ""],
];

for (const [path, { settled, given }] of Object.entries(pages)) {
  for (const [parameters, query, variables] of addresses) {
    const expected = query === undefined ? undefined : { query, variables };
    assert.deepEqual(given(`?${new URLSearchParams(parameters)}`), expected, `${path}: ${query}`);
  }
  for (const [query, passed, name, subscribes] of cases) {
    const params = { query, variables: { n: 1 }, operationName: passed };
    const options = { headers: { a: "b" }, documentAST: undefined };
    const [sent, sentWith] = settled(params, options);
    const { operationName, ...rest } = sent;
    const shown = `${path}: ${query} with ${passed}`;
    assert.equal(operationName, name, shown);
    assert.deepEqual(rest, { query, variables: { n: 1 } }, shown);
    assert.deepEqual(sentWith.headers, options.headers, shown);
    assert.equal(isSubscription(sent, sentWith), subscribes, shown);
  }
  console.log(`${path}: ${cases.length} documents`);
}
