// Asks a running server with Apollo Client: by hashes of documents, and several at once. The server
// must take lists of three. The URL is the only argument.

import assert from "node:assert/strict";
import { ApolloClient, InMemoryCache, gql } from "@apollo/client";
import { BatchHttpLink } from "@apollo/client/link/batch-http";
import { connect } from "./recipes/apollo-persisted.mjs";
import { end } from "./support.mjs";

const url = process.argv[2];

// What goes over the wire: the method, and whether the document goes with it.
const exchanges = [];
const send = globalThis.fetch;
globalThis.fetch = async (uri, options) => {
  const isWhole = options.method === "POST" && options.body.includes('"query"');
  exchanges.push(`${options.method} ${isWhole ? "document" : "hash"}`);
  return send(uri, options);
};

async function made(work) {
  exchanges.length = 0;
  await work();
  return [...exchanges];
}

const COUNT = gql("query Count($first: Int) { videos(first: $first) { totalCount } }");
const ADD = gql(`mutation Add($input: AddVideoInput!) {
  addVideo(input: $input) { video { id } userErrors { message } }
}`);

async function count(client, first) {
  const { data, error } = await client.query({ query: COUNT, variables: { first } });
  assert.equal(error, undefined);
  return data.videos.totalCount;
}

const first = connect(url);
assert.deepEqual(await made(() => count(first, 1)), ["GET hash", "POST document"]);
assert.deepEqual(await made(() => count(first, 2)), ["GET hash"]);
// To the server it is known now, whoever asks.
assert.deepEqual(await made(() => count(connect(url), 1)), ["GET hash"]);

const input = { path: "/a.mkv", durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1, videoCodec: "av1", fileSize: 1 };
const add = () => first.mutate({ mutation: ADD, variables: { input } });
assert.deepEqual(await made(add), ["POST hash", "POST document"]);
assert.equal(await count(connect(url), 1), 1);
console.log("hashes are enough");

const batching = new ApolloClient({
  link: new BatchHttpLink({ uri: url, batchMax: 3 }),
  cache: new InMemoryCache(),
});
const together = () => Promise.all([3, 4, 5].map((first) => count(batching, first)));
assert.deepEqual(await made(together), ["POST document"]);
console.log("lists are answered");
end();
