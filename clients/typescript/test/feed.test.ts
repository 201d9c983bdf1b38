import assert from "node:assert/strict";
import test from "node:test";
import { followChanges, newestPerVideo, type VideoChange } from "../src/index.js";
import { FakeSocket, until } from "./support.js";

const change = (cursor: string, entityId = cursor) => ({
  data: { videoChanges: { kind: "CHANGE", cursor, auditEntry: { id: `${entityId}:1`, entityId } } },
});
const mark = (kind: string, cursor: string) => ({ data: { videoChanges: { kind, cursor, auditEntry: null } } });
const failed = (code: string) => ({ errors: [{ message: "failed", extensions: { code } }] });

/** A feed with what it hands over, as cursors. */
function begin(after?: string) {
  const socket = new FakeSocket();
  const batches: string[][] = [];
  const errors: unknown[] = [];
  let caughtUp = 0;
  const feed = followChanges({
    socket,
    after,
    every: 1,
    onChanges: (changes: VideoChange[]) => batches.push(changes.map(({ cursor }) => cursor)),
    onCaughtUp: () => caughtUp++,
    onError: (error) => errors.push(error),
  });
  return { socket, feed, batches, errors, caughtUp: () => caughtUp };
}

test("each attempt resumes after the last event, marks included", () => {
  const { socket } = begin("a");
  assert.equal(socket.after, "a");
  socket.newest.sink.next(change("b"));
  assert.equal(socket.after, "b");
  socket.newest.sink.next(mark("PROGRESS", "c"));
  assert.equal(socket.after, "c");
});

test("events that come together are handed over together, in order", async () => {
  const { socket, feed, batches, caughtUp } = begin();
  for (const cursor of ["a", "b", "c"]) socket.newest.sink.next(change(cursor));
  socket.newest.sink.next(mark("CAUGHT_UP", "c"));
  assert.equal(feed.cursor(), undefined);
  await until(() => batches.length > 0);
  assert.deepEqual(batches, [["a", "b", "c"]]);
  assert.equal(feed.cursor(), "c");
  assert.equal(caughtUp(), 1);
});

test("a replay forgets what was not handed over, and what the old subscription still delivers", async () => {
  const { socket, feed, batches } = begin("a");
  const old = socket.newest;
  old.sink.next(change("c"));
  feed.replay("b");
  assert.equal(old.isOver, true);
  old.sink.next(change("d"));
  old.sink.complete();
  assert.equal(socket.subscriptions.length, 2);
  assert.equal(socket.after, "b");
  assert.equal(feed.cursor(), "b");
  socket.newest.sink.next(change("c"));
  await until(() => batches.length > 0);
  assert.deepEqual(batches, [["c"]]);
});

for (const code of ["SLOW_CONSUMER", "TIMEOUT", "TOO_MANY_SUBSCRIPTIONS"]) {
  test(`${code} leads to another subscription from the last cursor`, async () => {
    const { socket, errors } = begin("a");
    socket.newest.sink.next(change("b"));
    socket.newest.sink.next(failed(code));
    socket.newest.sink.complete();
    await until(() => socket.subscriptions.length === 2);
    assert.equal(socket.after, "b");
    assert.deepEqual(errors, []);
  });
}

test("an invalid cursor is reported, and a replay goes on from a valid one", async () => {
  const { socket, feed, errors } = begin("a");
  socket.newest.sink.next(failed("INVALID_CURSOR"));
  socket.newest.sink.complete();
  assert.equal(errors.length, 1);
  assert.equal(socket.subscriptions.length, 1);
  feed.replay("b");
  assert.equal(socket.after, "b");
});

test("what ends the connection for good is reported once", () => {
  const { socket, errors } = begin();
  socket.newest.sink.error({ code: 4403, reason: "Forbidden" });
  assert.equal(errors.length, 1);
  assert.equal(socket.subscriptions.length, 1);
});

test("a feed that was stopped hands over nothing", async () => {
  const { socket, feed, batches } = begin();
  socket.newest.sink.next(change("a"));
  feed.stop();
  assert.equal(socket.newest.isOver, true);
  socket.newest.sink.next(change("b"));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(batches, []);
});

test("the newest change of each video stays, in the order of the changes", () => {
  const changes = [change("a", "1"), change("b", "2"), change("c", "1")].map(({ data }) => data.videoChanges);
  assert.deepEqual(newestPerVideo(changes).map(({ cursor }) => cursor), ["b", "c"]);
});
