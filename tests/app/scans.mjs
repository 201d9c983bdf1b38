// Scans, what they have to say, and files that are missing, offline or moved.

import assert from "node:assert/strict";
import { OFFLINE_FILM } from "./films.mjs";
import { isAccessible, same } from "./support.mjs";

const UNENDED = "{ scanJobs(states: [QUEUED, RUNNING]) { totalCount } }";
const SCANS = "{ scanJobs { totalCount } }";
const MISSING = "{ videos(filter: { availability: { eq: MISSING } }) { nodes { id filename } } }";
const SCAN = "mutation($input: ScanLibraryInput!) { scanLibrary(input: $input) { userErrors { message } } }";
const DELETE = "mutation($id: ID!) { deleteVideo(input: { id: $id }) { userErrors { message } } }";
const HISTORY = `query($path: StringFilter) {
  videos(filter: { path: $path }) { nodes { id availability auditEntries { nodes { operation } } } }
}`;

export function scanSteps({ page, url, films, size, ask, picture }) {
  const folder = (name) => page.getByRole("article", { name });
  const scanNow = (name) => folder(name).getByRole("button", { name: "Scan now" }).click();
  const ended = () => same(async () => (await ask(UNENDED)).scanJobs.totalCount, () => 0);
  const twin = (number) => `Twin ${number} of ${size}.webm`;

  // In no library root.
  const original = `Twin of ${size}.webm`;

  /** Scans a folder, and waits until the page knows. */
  const scan = async (name, text) => {
    const before = (await ask(SCANS)).scanJobs.totalCount;
    await scanNow(name);
    await same(async () => (await ask(SCANS)).scanJobs.totalCount, () => before + 1);
    await ended();
    await folder(name).getByText(text).first().waitFor();
  };

  return {
    async "shows the progress of a scan"() {
      await ended();
      films.makeShort(original, size);
      for (const number of [1, 2, 3]) films.copy(original, `films/${twin(number)}`);
      const release = await films.hold();
      try {
        await page.goto(`${url}?view=folders`);
        await scanNow("films");
        await folder("films").getByRole("progressbar").waitFor();
        await folder("films").getByText("is running: it reads new and changed files").waitFor();
        await picture("scan");
        await isAccessible(page);
      } finally {
        await release();
      }
      await folder("films").getByText("succeeded").waitFor();
      await folder("films").getByRole("progressbar").waitFor({ state: "detached" });
      await scan("archive", "succeeded");
    },

    async "shows duplicates, the largest first"() {
      const QUERY = "{ duplicateVideos { nodes { videos { path } } } }";
      await page.getByRole("link", { name: "duplicates" }).click();
      await page.locator(".copies").first().waitFor();
      const shown = () =>
        page.locator(".copies").evaluateAll((groups) =>
          groups.map((group) => [...group.querySelectorAll("small:last-child")].map((path) => path.textContent)),
        );
      const expected = async () =>
        (await ask(QUERY)).duplicateVideos.nodes.map(({ videos }) => videos.map(({ path }) => path));
      await same(shown, expected);
      const widths = () => page.locator(".copies img").evaluateAll((images) => images.map(({ naturalWidth }) => naturalWidth));
      await same(widths, async () => (await expected()).flat().map(() => 320));
      await picture("duplicates");
      await isAccessible(page);
      await page.locator(".copies button", { hasText: twin(1) }).click();
      const detail = page.getByRole("complementary", { name: "Video" });
      await detail.getByRole("button", { name: twin(2) }).waitFor();
      await detail.getByRole("button", { name: "Close" }).click();
    },

    async "says which files are missing or offline, and filters by that"() {
      for (const number of [1, 2, 3]) films.remove(`films/${twin(number)}`);
      films.rename("archive", "unplugged");
      await page.goto(`${url}?view=folders`);
      await scan("films", "3 missing");
      await scan("archive", "offline");
      await picture("folders");
      await isAccessible(page);
      await page.goto(`${url}?layout=grid&file=MISSING&file=OFFLINE`);
      await same(() => page.locator(".tile .badge.missing").count(), () => 3);
      await page.locator(".tile button", { hasText: OFFLINE_FILM }).click();
      const detail = page.getByRole("complementary", { name: "Video" });
      await detail.getByText("Its folder cannot be reached").waitFor();
      assert.equal(await page.locator("video").count(), 0);
      await picture("offline");
      await isAccessible(page);
      // The disk is there again, and the page notices by itself.
      films.rename("unplugged", "archive");
      // Roots come by name.
      const [{ id: rootId }] = (await ask("{ libraryRoots { id } }")).libraryRoots;
      await ask(SCAN, { input: { rootId } });
      await page.locator("video").waitFor();
      await page.goto(`${url}?file=MISSING`);
      await page.locator(".rows [role=row]", { hasText: "missing" }).first().getByRole("button").click();
      await detail.getByText("Its file has been gone since").waitFor();
      await picture("missing");
    },

    async "joins a video with the file that was found elsewhere, and says why it could not be"() {
      await page.goto(`${url}?view=folders`);
      films.copy(original, `films/Found ${size}.webm`);
      await scan("films", "1 problem");
      await folder("films").getByRole("button", { name: "1 problem" }).click();
      const choice = page.getByRole("group", { name: "Which missing video is it?" });
      const join = page.getByRole("button", { name: "It is this one" });
      const missing = (await ask(MISSING)).videos.nodes;
      const idOf = (number) => missing.find(({ filename }) => filename === twin(number)).id;
      await choice.getByLabel(twin(1)).check();
      await picture("problem");
      await isAccessible(page);
      // Somebody else deletes it first.
      let isFirst = true;
      await page.route("**/graphql", async (route) => {
        if (route.request().postDataJSON().operationName !== "Merge" || !isFirst) return route.fallback();
        isFirst = false;
        await ask(DELETE, { id: idOf(1) });
        return route.fallback();
      });
      await join.click();
      await page.locator(".problems").getByRole("alert").waitFor();
      await page.unroute("**/graphql");
      await choice.getByLabel(twin(2)).check();
      await join.click();
      await page.getByText("was found again, and keeps its history").waitFor();
      await folder("films").getByRole("button", { name: "1 problem" }).waitFor({ state: "detached" });
      assert.equal(await choice.count(), 0);
      await picture("merged");
      const [video] = (await ask(HISTORY, { path: { endsWith: `/Found ${size}.webm` } })).videos.nodes;
      assert.equal(video.id, idOf(2));
      assert.equal(video.availability, "AVAILABLE");
      assert.equal(video.auditEntries.nodes.at(-1).operation, "INSERT");
      await ask(DELETE, { id: idOf(3) });
    },
  };
}
