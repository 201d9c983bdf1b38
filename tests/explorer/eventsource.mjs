// Follows the changes with the EventSource of a headless Chromium, whose connection is cut again and
// again. Fails where a change is missing, comes twice, or comes in another order.
//
// node eventsource.mjs URL

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { connect, createServer } from "node:net";
import { chromium } from "playwright-core";

const url = new URL(process.argv[2]);

/** How long anything may take that is not measured, in milliseconds. */
const PATIENCE = 60_000;

/** How many videos are added, each while the browser has no connection. */
const VIDEOS = 3;

/** A way to the server that can be cut. */
const ways = new Set();
const relay = createServer((client) => {
  const server = connect(url.port, url.hostname);
  for (const [from, to] of [[client, server], [server, client]]) {
    ways.add(from);
    from.pipe(to);
    from.on("error", () => to.destroy());
    from.on("close", () => {
      ways.delete(from);
      to.destroy();
    });
  }
});
await new Promise((resolve) => relay.listen(0, "127.0.0.1", resolve));
const address = `http://127.0.0.1:${relay.address().port}${url.pathname}`;

async function addVideo(path) {
  const input = `{ path: "${path}", durationFrames: 1, width: 1, height: 1,
    frameRate: { numerator: 25 }, videoCodec: "av1", fileSize: 1 }`;
  const query = `mutation { addVideo(input: ${input}) { video { id } } }`;
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query }),
  });
  assert.ok((await answer.json()).data.addVideo.video);
}

const browser = await chromium.launch({
  executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
  timeout: PATIENCE,
});
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  // A page whose policy lets it connect to its own server.
  await page.goto(address);
  await page.evaluate((address) => {
    const query = "subscription { videoChanges(marks: true) { kind currentVideo { path } } }";
    globalThis.events = [];
    globalThis.source = new EventSource(`${address}?query=${encodeURIComponent(query)}`);
    globalThis.source.addEventListener("next", ({ data, lastEventId }) => {
      globalThis.events.push({ ...JSON.parse(data).data.videoChanges, lastEventId });
    });
  }, address);
  const seen = (count) =>
    page.waitForFunction((count) => {
      const changes = globalThis.events.filter(({ kind }) => kind === "CHANGE");
      return globalThis.events.length > 0 && changes.length >= count;
    }, count);
  await seen(0);
  for (let at = 1; at <= VIDEOS; at++) {
    for (const way of ways) way.destroy();
    await addVideo(`/${at}.mkv`);
    await seen(at);
  }
  const events = await page.evaluate(() => globalThis.events);
  const paths = events.filter(({ kind }) => kind === "CHANGE").map((it) => it.currentVideo.path);
  assert.deepEqual(paths, Array.from({ length: VIDEOS }, (_, at) => `/${at + 1}.mkv`));
  assert.ok(events.every(({ lastEventId }) => lastEventId));
} finally {
  await browser.close();
  relay.close();
  for (const way of ways) way.destroy();
}
