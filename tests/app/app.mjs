// Uses the example app in a headless Chromium that reaches no host but the server, at the size of a desktop and of
// a phone. Fails where a step does not find what it expects, where the page has an error or breaks its policy, and
// where axe finds that something is not accessible.
//
// URL and CLOSED are the addresses of the app on two servers: one with the sample, open to everyone, and one that
// requires KEY, of an editor, or READER_KEY. Pictures go to FOLDER. CHANGES is how often the library changes while
// answers are held back.
//
// node app.mjs URL CLOSED KEY READER_KEY FOLDER CHANGES SEED

import { holdToTheServer } from "./changes.mjs";
import { editSteps } from "./edit.mjs";
import { screenSteps } from "./screens.mjs";
import { SIZES, ask, launch, open } from "./support.mjs";

const [url, closed, key, readerKey, folder, changes, seed] = process.argv.slice(2);
const api = new URL("../graphql", url).href;
const browser = await launch();
const problems = [];

// The answers that refuse a key or a change, and those that a step loses.
const isExpected = (text) => /status of 401|WebSocket|ERR_FAILED/.test(text);

try {
  for (const size of SIZES) {
    const page = await open(browser, size, problems, isExpected);
    const used = {
      page,
      url,
      closed,
      key,
      readerKey,
      isWide: size.width > 700,
      ask: (query, variables) => ask(api, query, variables),
      picture: (name) => page.screenshot({ path: `${folder}/app-${name}-${size.width}.png` }),
    };
    for (const [name, step] of Object.entries({ ...screenSteps(used), ...editSteps(used) })) {
      console.log(`${size.width}: ${name}`);
      await step();
    }
    await page.close();
    const changing = await open(browser, size, problems, isExpected);
    await changing.goto(url);
    const log = (line) => console.log(`${size.width}: ${line}`);
    const count = Number(changes);
    await holdToTheServer({ page: changing, ask: used.ask, count, seed: Number(seed) + size.width, log });
    await changing.close();
  }
} catch (error) {
  problems.push(error.stack);
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const page of pages) await page.screenshot({ path: `${folder}/app-failed.png` });
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
