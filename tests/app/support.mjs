// The browser, the API, and how the tests wait.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import axe from "axe-core";
import { chromium } from "playwright-core";

/** How long anything may take that is not measured, in milliseconds. */
export const PATIENCE = 60_000;

/** The sizes of the window that the app is tested at. */
export const SIZES = [
  { width: 1400, height: 900 },
  { width: 390, height: 844 },
];

export const launch = () =>
  chromium.launch({
    executablePath: execFileSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" }).trim(),
    args: ["--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"],
    timeout: PATIENCE,
  });

/** A page, and the problems that it has had: errors, policy violations, and requests to other hosts. */
export async function open(browser, viewport, problems, isExpected = () => false) {
  const page = await browser.newPage({ viewport, timezoneId: "UTC", locale: "en-GB" });
  page.setDefaultTimeout(PATIENCE);
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.stack}`));
  page.on("console", (message) => {
    const isProblem = ["error", "warning"].includes(message.type()) && !isExpected(message.text());
    if (isProblem) problems.push(`console: ${message.text().slice(0, 500)}`);
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    if (protocol !== "data:" && hostname !== "127.0.0.1") problems.push(`asked another host: ${request.url()}`);
  });
  return page;
}

/** Fails with what axe finds that is not accessible. */
export async function isAccessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join("\n")}`);
  assert.deepEqual(found, []);
}

/** The data that the server answers with. */
export async function ask(url, query, variables, key) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(`${JSON.stringify(errors)}\n${query}\n${JSON.stringify(variables)}`);
  return data;
}

/** Waits until both functions return the same, and fails with their difference. */
export async function same(shown, expected) {
  const end = Date.now() + PATIENCE;
  for (;;) {
    try {
      return assert.deepEqual(await shown(), await expected());
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Whole numbers below a limit that look random, and are the same for the same seed. */
export function numbers(seed) {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

/**
 * Holds back each answer of the API after the server has given it, for up to `longest()` milliseconds, so that it
 * is old when the page gets it and answers can overtake one another. Counts the operations by name.
 */
export async function holdAnswers(page, longest, random) {
  const counts = {};
  await page.route("**/graphql", async (route) => {
    const { operationName } = route.request().postDataJSON();
    counts[operationName] = (counts[operationName] ?? 0) + 1;
    try {
      const response = await route.fetch();
      await new Promise((resolve) => setTimeout(resolve, random(longest() + 1)));
      await route.fulfill({ response });
    } catch {
      // The page no longer wants this answer.
    }
  });
  return counts;
}
