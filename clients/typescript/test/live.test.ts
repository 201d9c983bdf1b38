import assert from "node:assert/strict";
import test from "node:test";
import { keepCurrent } from "../src/index.js";
import { FakeSocket, numbers, until } from "./support.js";

/** A library whose only value is its number of changes, and a screen that shows it. */
function begin(showsRoots = false) {
  const socket = new FakeSocket();
  const library = { changes: 0 };
  const reads: { answer: () => void; fail: (error: unknown) => void }[] = [];
  const shown: number[] = [];
  const errors: unknown[] = [];
  const stop = keepCurrent<{ changes: number; videos: { changesCursor: string } }>({
    socket,
    showsRoots,
    read() {
      const { changes } = library;
      const data = { changes, videos: { changesCursor: String(changes) } };
      return new Promise((resolve, reject) => reads.push({ answer: () => resolve(data), fail: reject }));
    },
    onData: ({ changes }) => shown.push(changes),
    onError: (error) => errors.push(error),
  });
  /** The event that reports everything up to now. */
  const report = (videoIds: string[] | null = null, membershipChanged = true, rootIds: string[] = []) => {
    const libraryChanged = { cursor: String(library.changes), videoIds, membershipChanged, rootIds };
    socket.newest.sink.next({ data: { libraryChanged } });
  };
  return { socket, library, reads, shown, errors, stop, report };
}

test("without changes there is one read, and its cursor begins the feed", async () => {
  const { socket, reads, shown, report } = begin();
  assert.equal(socket.subscriptions.length, 0);
  reads[0]!.answer();
  await until(() => socket.subscriptions.length === 1);
  assert.equal(socket.after, "0");
  report([], false);
  assert.equal(reads.length, 1);
  assert.deepEqual(shown, [0]);
});

test("roots that change matter to screens that show them", async () => {
  for (const [showsRoots, expected] of [[false, 1], [true, 2]] as const) {
    const { socket, reads, report } = begin(showsRoots);
    reads[0]!.answer();
    await until(() => socket.subscriptions.length === 1);
    report([], false);
    assert.equal(reads.length, 1);
    report([], false, ["root:1"]);
    assert.equal(reads.length, expected);
  }
});

test("a change during a read leads to one more read afterwards", async () => {
  const { socket, library, reads, shown, report } = begin();
  reads[0]!.answer();
  await until(() => socket.subscriptions.length === 1);
  library.changes = 1;
  report();
  assert.equal(reads.length, 2);
  library.changes = 2;
  report();
  library.changes = 3;
  report();
  assert.equal(reads.length, 2);
  reads[1]!.answer();
  await until(() => reads.length === 3);
  reads[2]!.answer();
  await until(() => shown.length === 3);
  assert.deepEqual(shown, [0, 1, 3]);
});

test("parts of different age are read again", async () => {
  const socket = new FakeSocket();
  let reads = 0;
  keepCurrent({
    socket,
    read: async () => ({ videos: { changesCursor: "a" }, stats: { changesCursor: reads++ === 0 ? "b" : "a" } }),
    onData: () => {},
    onError: (error) => assert.fail(String(error)),
  });
  await until(() => socket.subscriptions.length === 1);
  assert.equal(socket.after, undefined);
  socket.newest.sink.next({ data: { libraryChanged: { cursor: "b", videoIds: null, membershipChanged: true, rootIds: [] } } });
  await until(() => reads === 2);
});

test("a read that fails for now is repeated, and one that cannot succeed is not", async () => {
  const { reads, shown, errors } = begin();
  reads[0]!.fail(new TypeError("fetch failed"));
  await until(() => reads.length === 2);
  reads[1]!.answer();
  await until(() => shown.length === 1);
  assert.equal(errors.length, 1);

  const other = begin();
  other.reads[0]!.fail({ errors: [{ extensions: { code: "BAD_USER_INPUT" } }] });
  await until(() => other.errors.length === 1);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(other.reads.length, 1);
});

test("after any changes and delays, the last state is shown", async () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = numbers(seed);
    const { socket, library, reads, shown, report, stop } = begin();
    reads.shift()!.answer();
    await until(() => socket.subscriptions.length === 1);
    let unreported = false;
    for (let step = 0; step < 30; step++) {
      const kind = random(3);
      if (kind === 0) unreported = Boolean(++library.changes);
      if (kind === 1 && unreported) report();
      if (kind === 1) unreported = false;
      if (kind === 2) reads.shift()?.answer();
      await new Promise((resolve) => setImmediate(resolve));
    }
    report();
    await until(() => {
      reads.shift()?.answer();
      return shown.at(-1) === library.changes;
    });
    stop();
  }
});
