// Follows a running server's changes with each recipe: live, filtered, from a cursor, and what is
// refused. The URL is the only argument.

import assert from "node:assert/strict";
import { ask, end, recipes, settled } from "./support.mjs";

const url = process.argv[2];

const ADD = `mutation($input: AddVideoInput!) {
  addVideo(input: $input) { auditEntry { id entityId } userErrors { message } }
}`;

async function add(path) {
  const input = { path, durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1, videoCodec: "av1", fileSize: 1 };
  const { addVideo } = await ask(url, ADD, { input });
  assert.deepEqual(addVideo.userErrors, []);
  return addVideo.auditEntry;
}

const remove = (id) => ask(url, "mutation($id: ID!) { deleteVideo(input: { id: $id }) { deletedVideoId } }", { id });

// Follows from now on; `until` waits for as many changes.
async function begin(follow, variables) {
  const changes = [];
  const reached = settled();
  let check = () => {};
  const stop = follow(url, variables, {
    next(event) {
      if (event.kind === "CAUGHT_UP") reached.resolve();
      if (event.kind === "CHANGE") changes.push(event);
      check();
    },
    error: (error) => reached.reject(error),
  });
  await reached.promise;
  const until = (count) =>
    new Promise((resolve) => {
      check = () => changes.length >= count && resolve(changes.map((event) => event.auditEntry.id));
      check();
    });
  return { changes, stop, until };
}

for (const [name, follow] of Object.entries(recipes)) {
  const all = await begin(follow, {});
  const first = await add(`/${name}/1`);
  const ofFirst = await begin(follow, { videoId: first.entityId });
  const deletions = await begin(follow, { operations: ["DELETE"] });
  const second = await add(`/${name}/2`);
  await remove(second.entityId);
  await remove(first.entityId);
  const removed = [`${second.entityId}:2`, `${first.entityId}:2`];
  assert.deepEqual(await all.until(4), [first.id, second.id, ...removed], name);
  assert.deepEqual(await ofFirst.until(1), [removed[1]], name);
  assert.deepEqual(await deletions.until(2), removed, name);

  // What came after the first change, before anything new: the mark tells where that ends.
  const resumed = await begin(follow, { after: all.changes[0].cursor });
  assert.deepEqual(await resumed.until(3), [second.id, ...removed], name);

  const refusal = settled();
  const stopRefused = follow(url, { after: "nonsense" }, { next: refusal.reject, error: refusal.resolve });
  assert.equal((await refusal.promise).extensions.code, "INVALID_CURSOR", name);

  stopRefused();
  for (const { stop } of [all, ofFirst, deletions, resumed]) stop();
  console.log(`${name} follows`);
}
end();
