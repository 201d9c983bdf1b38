// Asks a server behind a proxy with TLS: over HTTP/2, and with a body that the server itself refuses. The URL
// is the only argument.

import assert from "node:assert/strict";
import { connect } from "node:http2";
import { text } from "node:stream/consumers";

const url = new URL(process.argv[2]);

async function ask(session, body) {
  const stream = session.request({ ":method": "POST", ":path": url.pathname, "content-type": "application/json" });
  const headers = new Promise((resolve, reject) => stream.on("response", resolve).on("error", reject));
  stream.end(body);
  const { ":status": status } = await headers;
  return [status, JSON.parse(await text(stream))];
}

const session = connect(url.origin);
assert.deepEqual(await ask(session, JSON.stringify({ query: "{ __typename }" })), [200, { data: { __typename: "Query" } }]);
const [status, { errors }] = await ask(session, " ".repeat(1_500_000));
assert.deepEqual([status, errors[0].extensions.code], [413, "PAYLOAD_TOO_LARGE"]);
session.close();
console.log("asked over HTTP/2");
