// Uses the page that loads GraphiQL from a content delivery network, in a headless Chromium. The files of
// the network come from `node_modules`; the browser holds them to the hashes that the page has.
//
// CLOSED is the address of a server with an empty library which requires KEY. A server that has GraphiQL
// in itself does not serve this page: then it comes from the sources, with its policy.
//
// node cdn.mjs CLOSED KEY

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { chromium } from "playwright-core";

const [url, key] = process.argv.slice(2);
const problems = [];

/** How long anything may take that is not measured, in milliseconds. */
const PATIENCE = 60_000;

const source = (name) => readFileSync(new URL(`../../src/http/graphiql/${name}`, import.meta.url), "utf8");
const example = (name) => ({ query: source(`examples/${name}.graphql`), variables: "" });
const examples = ["first_page", "search", "follow"].map(example);
const html = source("cdn.html").replace("__EXAMPLES__", JSON.stringify(examples));
const policy = source("cdn.rs").match(/from_static\(\s*"([^"]*)"/)[1].replace(/\\\n\s*/g, "");

const browser = await chromium.launch({
  executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
  args: [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    // To the browser, a page that comes from the sources comes from the Internet.
    "--disable-features=LocalNetworkAccessChecks,LocalNetworkAccessChecksWebSockets",
  ],
  timeout: PATIENCE,
});
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
page.setDefaultTimeout(PATIENCE);
page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack}`));
page.on("console", (message) => {
  const isRefusal = message.text().includes("status of 401");
  if (message.type() === "error" && !isRefusal) problems.push(`console: ${message.text()}`);
});

/** The files of the network, as npm has them. */
await page.route("https://cdn.jsdelivr.net/npm/**", async (route) => {
  const [, name, path] = route.request().url().match(/\/npm\/([^@]+)@[^/]+\/(.+)$/);
  const file = new URL(`./node_modules/${name}/${path}`, import.meta.url);
  await route.fulfill({ path: file.pathname, headers: { "access-control-allow-origin": "*" } });
});
const served = await (await fetch(url, { headers: { accept: "text/html" } })).text();
if (!served.includes("older version from cdn.jsdelivr.net")) {
  await page.route(url, (route) =>
    route.request().isNavigationRequest()
      ? route.fulfill({ body: html, contentType: "text/html", headers: { "content-security-policy": policy } })
      : route.fallback(),
  );
}

const field = page.getByLabel("Key for all tabs");
const openExample = (name) => page.locator(".graphiql-tab-button").filter({ hasText: name }).click();
const run = () => page.getByRole("button", { name: /^Execute query/ }).click();
const answered = (text) => page.locator(".result-window").filter({ hasText: text }).waitFor();
const headerOf = async (act) => {
  const sent = page.waitForRequest((request) => request.method() === "POST");
  await act();
  return (await sent).headers().authorization;
};

const steps = {
  async "shows what the server says to whom it refuses"() {
    await page.goto(url);
    assert.equal(await headerOf(run), undefined);
    await answered("UNAUTHENTICATED");
  },

  async "reads the schema with the key"() {
    await page.getByRole("button", { name: "Show Documentation Explorer" }).click();
    await field.fill(key);
    await field.press("Enter");
    await page.locator(".graphiql-doc-explorer").getByText("Mutation").first().waitFor();
  },

  async "sends the key with each tab"() {
    for (const name of ["FirstPage", "Search"]) {
      await openExample(name);
      assert.equal(await headerOf(run), `Bearer ${key}`);
      await answered('"edges": []');
    }
  },

  async "follows the changes with the key"() {
    await openExample("Follow");
    await run();
    await answered('"kind": "CAUGHT_UP"');
    await page.getByRole("button", { name: /^Stop/ }).click();
  },

  async "keeps the key for as long as the browser's tab"() {
    await page.reload();
    assert.equal(await field.inputValue(), key);
    assert.equal(await page.evaluate(() => localStorage.getItem("reelgraph.key")), null);
    await openExample("Search");
    assert.equal(await headerOf(run), `Bearer ${key}`);
    await answered('"edges": []');
  },

  async "lets a tab have an authorization of its own"() {
    await page.getByRole("button", { name: "Headers" }).click();
    await page.locator(".graphiql-editor:visible .CodeMirror").last().click();
    await page.keyboard.insertText('{"authorization": "Bearer other"}');
    assert.equal(await headerOf(run), "Bearer other");
    await answered("UNAUTHENTICATED");
  },
};

try {
  for (const [name, step] of Object.entries(steps)) {
    console.log(name);
    await step();
  }
} catch (error) {
  problems.push(error.stack);
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
