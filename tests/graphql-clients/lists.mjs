// Keeps two lists of a running server current with Apollo Client, while answers and streams are held
// back: neither may miss a change. The URL is the only argument.

import assert from "node:assert/strict";
import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { keepCurrent } from "./recipes/apollo-list.mjs";
import { ask, end, recipes, settled } from "./support.mjs";

const url = process.argv[2];

const ADD = `mutation($input: AddVideoInput!) {
  addVideo(input: $input) { userErrors { message } }
}`;

async function add(path) {
  const input = { path, durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1, videoCodec: "av1", fileSize: 1 };
  const { addVideo } = await ask(url, ADD, { input });
  assert.deepEqual(addVideo.userErrors, []);
}

// Lets everything pass but the next one after `hold`, which waits until it is released.
function gate() {
  let next;
  return {
    hold() {
      const [arrived, released] = [settled(), settled()];
      next = { arrived, released };
      return { arrival: arrived.promise, release: released.resolve };
    },
    async pass() {
      const held = next;
      next = undefined;
      held?.arrived.resolve();
      await held?.released.promise;
    },
  };
}

// A page with two lists in one cache, whose answers and whose streams can be held back.
function page() {
  const [answers, streams] = [gate(), gate()];
  const link = new HttpLink({
    uri: url,
    async fetch(...request) {
      const response = await fetch(...request);
      // It is of the moment when the server made it, and text by then.
      const text = await response.text();
      await answers.pass();
      return new Response(text, response);
    },
  });
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const follow = (...started) => {
    let stop = () => {};
    let isStopped = false;
    streams.pass().then(() => {
      if (!isStopped) stop = recipes["graphql-ws"](...started);
    });
    return () => {
      isStopped = true;
      stop();
    };
  };
  const open = (folder) => {
    let rows;
    let check = () => {};
    const failed = settled();
    failed.promise.catch(() => {});
    keepCurrent(client, url, follow, { filter: { path: { startsWith: folder } } }, {
      show(nodes) {
        rows = nodes.map(({ path }) => path).sort();
        check();
      },
      error: failed.reject,
    });
    const late = (expected) =>
      new Promise((_, reject) =>
        setTimeout(() => reject(new Error(`${folder} shows ${rows}, not ${expected}`)), 20_000),
      );
    const shows = (...names) => {
      const expected = names.map((name) => folder + name);
      const shown = new Promise((resolve) => {
        check = () => JSON.stringify(rows) === JSON.stringify(expected) && resolve();
        check();
      });
      return Promise.race([shown, failed.promise, late(expected)]);
    };
    return { shows };
  };
  return { answers, streams, open };
}

await add("/a/1");
await add("/b/1");

// The answer to one list is slow: meanwhile something is added to it, and the other one is shown.
{
  const { answers, open } = page();
  const slow = answers.hold();
  const one = open("/a/");
  await slow.arrival;
  await add("/a/2");
  const other = open("/b/");
  await other.shows("1");
  slow.release();
  await one.shows("1", "2");
  await add("/b/2");
  await other.shows("1", "2");
}
console.log("a slow answer loses no change");

// The stream of one list is slow to begin.
{
  const { streams, open } = page();
  const slow = streams.hold();
  const one = open("/a/");
  await slow.arrival;
  await one.shows("1", "2");
  await add("/a/3");
  const other = open("/b/");
  await other.shows("1", "2");
  slow.release();
  await one.shows("1", "2", "3");
}
console.log("a slow stream loses no change");
end();
