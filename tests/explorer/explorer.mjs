// Uses GraphiQL in a headless Chromium that reaches no host but the server, as a newcomer would.
// Fails where something is missing, where the page asks another host for anything, and where the
// console has an error, as it has when the page's policy is violated.
//
// CLOSED is the address of a server with an empty library, films, which requires KEY, of an administrator,
// or READER_KEY.
//
// node explorer.mjs URL SCREENSHOT CLOSED KEY READER_KEY

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chromium } from "playwright-core";

import { keySteps, phoneSteps } from "./key.mjs";

const [url, screenshot, closed, key, readerKey] = process.argv.slice(2);
const problems = [];

/** How long anything may take that is not measured, in milliseconds. */
const PATIENCE = 60_000;

const browser = await chromium.launch({
  executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
  args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
  timeout: PATIENCE,
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(PATIENCE);
page.on("pageerror", (error) => {
  // GraphiQL shows it in the answer, and its toolkit throws it as well.
  const isRefusal = page.url() === closed && error.message.includes("Socket closed with event 4403");
  if (!isRefusal) problems.push(`uncaught: ${error.stack}`);
});
page.on("console", (message) => {
  const isRefusal = page.url() === closed && /status of 40[13]/.test(message.text());
  if (message.type() === "error" && !isRefusal) {
    problems.push(`console: ${message.text().slice(0, 500)}`);
  }
});
page.on("request", (request) => {
  const { protocol, origin } = new URL(request.url());
  const own = [url, closed].map((address) => new URL(address).origin);
  const isOwn = own.includes(origin) || protocol === "data:";
  if (!isOwn) problems.push(`asked another host: ${request.url()}`);
});

const button = (name) => page.getByRole("button", { name });
const editor = page.getByRole("region", { name: "Operation Editor" });
const headers = page.getByRole("region", { name: "Headers" }).locator(".graphiql-editor:visible");
const docs = page.getByRole("region", { name: "Documentation Explorer" });

const tab = (name) => page.locator(`.graphiql-tab-button[title="${name}"]`);
const openExample = (name) => tab(name).click();
const run = () => button(/^Execute query/).click();

/** Opens an example and runs it before GraphiQL has parsed it, faster than anybody could. */
const runAtOnce = (name) =>
  page.evaluate((name) => {
    document.querySelector(`.graphiql-tab-button[title="${name}"]`).click();
    document.querySelector(".graphiql-execute-button").click();
  }, name);

/** Waits until the response has this text; the editor shows blanks as no-break spaces. */
const answered = (text) =>
  page.locator(".result-window").filter({ hasText: new RegExp(text.replaceAll(" ", "\\s")) }).waitFor();

/** Puts this text in the place of what is in an editor. */
async function write(target, text) {
  await target.click();
  await page.keyboard.press("Control+A");
  await page.keyboard.insertText(text);
}

/** Deletes a video behind the back of the page. */
async function deleteVideo(id) {
  const query = "mutation($id: ID!) { deleteVideo(input: { id: $id }) { deletedVideoId } }";
  await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { id } }),
  });
}

/** Clicks where this is, whether or not it takes clicks. */
async function clickAt(target) {
  const { x, y, width, height } = await target.boundingBox();
  await page.mouse.click(x + width / 2, y + height / 2);
}

const steps = {
  async "keeps the query of each tab, however soon another one is opened"() {
    const editorScript = "**/monaco-editor-*.js";
    let arrive;
    const arrival = new Promise((resolve) => (arrive = resolve));
    await page.route(editorScript, async (route) => {
      await arrival;
      await route.continue();
    });
    await page.goto(url);
    await tab("Search").waitFor();
    await clickAt(tab("Search"));
    await clickAt(button("New tab"));
    arrive();
    await answered("Welcome");
    for (const name of ["Search", "FirstPage"]) {
      await openExample(name);
      await editor.getByText(`query ${name}`).waitFor();
    }
    await page.unroute(editorScript);
    await page.evaluate(() => localStorage.clear());
  },

  async "greets whoever opens it"() {
    await page.goto(url);
    await answered("Welcome to the sample library: 1,000 videos.");
  },

  async "opens with an example and runs it"() {
    await openExample("FirstPage");
    await run();
    await answered('"totalCount": 1000');
  },

  async "runs a query with variables"() {
    await openExample("Find");
    await run();
    await answered('"videoCodec": "hevc"');
  },

  async "runs what a tab has in the moment in which it is opened"() {
    const sent = page.waitForRequest((request) => request.method() === "POST");
    await runAtOnce("Search");
    const { query, operationName } = (await sent).postDataJSON();
    assert.match(query, /query Search/);
    assert.equal(operationName, undefined);
    await answered('"score":');
    await runAtOnce("Follow");
    await answered('"kind": "CAUGHT_UP"');
    await button("Stop query").click();
    await openExample("Find");
  },

  async "sends the headers that are given"() {
    await button("Headers").click();
    await write(headers, '{"authorization": "Bearer k"}');
    const sent = page.waitForRequest((request) => request.headers().authorization === "Bearer k");
    await run();
    await sent;
  },

  async "follows a subscription"() {
    const initialised = new Promise((resolve) => {
      page.once("websocket", (socket) => socket.once("framesent", resolve));
    });
    await openExample("Follow");
    await write(headers, '{"authorization": "Bearer k"}');
    await run();
    await answered('"kind": "CAUGHT_UP"');
    const message = JSON.parse((await initialised).payload);
    const payload = { authorization: "Bearer k" };
    assert.deepEqual(message, { type: "connection_init", payload });
    await deleteVideo("d5c42136-0f34-4ef2-bfba-e882c674f844");
    await answered('"operation": "DELETE"');
    await button("Stop query").click();
  },

  async "completes and checks what is written"() {
    await button("New tab").click();
    await write(editor, "{ nothing }");
    await editor.locator(".squiggly-error").waitFor();
    await write(editor, "");
    await page.keyboard.type("{ videoBy");
    await page.locator(".suggest-widget").getByText("videoByPath").first().waitFor();
    await page.keyboard.press("Escape");
  },

  async "keeps a history"() {
    await button("Show History").click();
    await page.getByRole("region", { name: "History" }).getByText("FirstPage").first().waitFor();
  },

  async "opens with what its address has, whatever was kept"() {
    const document = "query Other { __typename } query Own($n: Int) { videos(first: $n) { totalCount } }";
    const given = { query: document, variables: '{"n": 7}', operationName: "Own" };
    await page.goto(`${url}?${new URLSearchParams(given)}`);
    await editor.getByText("query Own").click();
    const sent = page.waitForRequest(
      (request) => request.method() === "POST" && request.postDataJSON().operationName === "Own",
    );
    // The button would ask which of the two is meant; this runs the one at the cursor.
    await page.keyboard.press("Control+Home");
    await page.keyboard.press("Control+Enter");
    assert.deepEqual((await sent).postDataJSON().variables, { n: 7 });
    await answered('"totalCount":');
  },

  async "shows the docs"() {
    await button("Show Documentation Explorer").click();
    await docs.getByRole("link", { name: "Query", exact: true }).click();
    await docs.getByRole("link", { name: "searchVideos" }).click();
    await docs.getByText("Full-text search in filename and path").waitFor();
  },
};

try {
  const used = { page, answered, openExample, run, headers, write, url, closed, key, readerKey };
  const all = { ...steps, ...phoneSteps(used), ...keySteps(used) };
  for (const [name, step] of Object.entries(all)) {
    console.log(name);
    await step();
  }
  // The picture of the README.
  await page.goto(url);
  await answered("Welcome");
  await openExample("Search");
  await run();
  await answered('"score":');
} catch (error) {
  problems.push(error.stack);
} finally {
  await page.screenshot({ path: screenshot });
  await browser.close();
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
