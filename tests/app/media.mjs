// Uses the example app on a server that serves files, in a headless Chromium, at the size of a desktop and of a
// phone: looks at thumbnails, plays films and seeks in them, scans, and finds what was moved. Fails as app.mjs does.
//
// URL is the address of the app on a server that requires KEY, of an editor, and whose library roots are `films` and
// `archive` in FOLDER, both empty; its ffprobe waits while somebody locks `hold` there. Pictures go to PICTURES.
//
// node media.mjs URL KEY FOLDER PICTURES

import { Films } from "./films.mjs";
import { scanSteps } from "./scans.mjs";
import { SIZES, ask, launch, open } from "./support.mjs";
import { watchSteps } from "./watch.mjs";

const [url, key, folder, pictures] = process.argv.slice(2);
const api = new URL("../graphql", url).href;
const films = new Films(folder);
films.makeAll();
const browser = await launch();
const problems = [];

// Addresses that expire, files that are gone, and a busy server.
const isExpected = (text) => /status of (403|404|503)|WebSocket/.test(text);

try {
  for (const size of SIZES) {
    const page = await open(browser, size, problems, isExpected);
    await page.addInitScript((key) => sessionStorage.setItem("reelgraph.key", key), key);
    const used = {
      page,
      url,
      films,
      size: size.width,
      ask: (query, variables) => ask(api, query, variables, key),
      picture: (name) => page.screenshot({ path: `${pictures}/app-${name}-${size.width}.png` }),
    };
    for (const [name, step] of Object.entries({ ...scanSteps(used), ...watchSteps(used) })) {
      console.log(`${size.width}: ${name}`);
      await step();
    }
    await page.close();
  }
} catch (error) {
  problems.push(error.stack);
  const pages = browser.contexts().flatMap((context) => context.pages());
  for (const page of pages) await page.screenshot({ path: `${pictures}/app-media-failed.png` });
} finally {
  await browser.close();
}
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
