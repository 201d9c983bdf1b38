import assert from "node:assert/strict";
import test from "node:test";
import { Batch, oneAtATime } from "../src/index.js";
import { until } from "./support.js";

test("calls during a run lead to one more run, which begins after the last of them", async () => {
  const finishers: (() => void)[] = [];
  let isRunning = false;
  const run = oneAtATime(async () => {
    assert.equal(isRunning, false);
    isRunning = true;
    await new Promise<void>((resolve) => finishers.push(resolve));
    isRunning = false;
  });
  run();
  run();
  run();
  assert.equal(finishers.length, 1);
  finishers[0]!();
  await until(() => finishers.length === 2);
  finishers[1]!();
  await until(() => !isRunning);
  assert.equal(finishers.length, 2);
  run();
  assert.equal(finishers.length, 3);
});

test("a batch hands over in order what was added, and forgets what is cleared", async () => {
  const got: number[][] = [];
  const batch = new Batch<number>(5, (items) => got.push(items));
  batch.add(1);
  batch.add(2);
  assert.deepEqual(got, []);
  await until(() => got.length === 1);
  batch.add(3);
  batch.clear();
  batch.add(4);
  batch.flush();
  batch.flush();
  assert.deepEqual(got, [[1, 2], [4]]);
});
