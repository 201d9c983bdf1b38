// Follows a server that is restarted while many write: each subscriber must get every change, none
// twice, in the order of the log. The URL is the only argument. Ends by itself.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Unavailable, ask, end, recipes, settled } from "./support.mjs";

const url = process.argv[2];
const WRITERS = 8;
const CHANGES = 75;
const LAST = "/the-last";

const ADD = `mutation($input: AddVideoInput!) {
  addVideo(input: $input) { userErrors { code message } }
}`;

const LOG = `query($before: String) {
  auditEntries(last: 100, before: $before) { nodes { id } pageInfo { hasPreviousPage startCursor } }
}`;

// Adds a video, again and again until it is acknowledged: with an ID of its own it is added once.
async function add(path) {
  const input = { id: randomUUID(), path, durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1, videoCodec: "av1", fileSize: 1 };
  for (;;) {
    try {
      const { addVideo } = await ask(url, ADD, { input });
      assert.deepEqual(addVideo.userErrors, []);
      return;
    } catch (error) {
      // The server is away, or not back yet.
      if (!(error instanceof TypeError || error instanceof Unavailable)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

// The IDs of all changes that the subscriber got, once it has got the last one.
function subscriber(follow) {
  const [begun, done] = [settled(), settled()];
  const ids = [];
  follow(url, {}, {
    next({ kind, auditEntry }) {
      if (kind === "CAUGHT_UP") begun.resolve();
      if (kind !== "CHANGE") return;
      ids.push(auditEntry.id);
      if (auditEntry.changes.some(({ field, new: path }) => field === "path" && path === LAST)) done.resolve(ids);
    },
    error: done.reject,
  });
  return { begun: begun.promise, done: done.promise };
}

async function log() {
  const ids = [];
  let before;
  for (;;) {
    const { nodes, pageInfo } = (await ask(url, LOG, { before })).auditEntries;
    ids.push(...nodes.map(({ id }) => id).reverse());
    if (!pageInfo.hasPreviousPage) return ids;
    before = pageInfo.startCursor;
  }
}

const subscribers = Object.entries(recipes).flatMap(([name, follow]) =>
  [1, 2, 3].map((number) => ({ name: `${name} ${number}`, ...subscriber(follow) })),
);
await Promise.all(subscribers.map(({ begun }) => begun));
await Promise.all(
  Array.from({ length: WRITERS }, async (_, writer) => {
    for (let number = 0; number < CHANGES; number++) await add(`/${writer}/${number}`);
  }),
);
await add(LAST);
const got = await Promise.all(subscribers.map(({ done }) => done));
const expected = await log();
assert.equal(expected.length, WRITERS * CHANGES + 1);
subscribers.forEach(({ name }, at) => assert.deepEqual(got[at], expected, name));
console.log(`${subscribers.length} subscribers got ${expected.length} changes each`);
end();
