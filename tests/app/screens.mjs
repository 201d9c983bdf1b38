// The screens of the app, one by one.

import assert from "node:assert/strict";
import { bytes, expectedList, firstInView, shownList } from "./expected.mjs";
import { isAccessible as check, same } from "./support.mjs";

export function screenSteps({ page, url, closed, key, readerKey, isWide, ask, picture }) {
  const search = page.getByRole("searchbox");
  const rows = page.locator(".rows [role=row]");
  const link = (name) => page.getByRole("link", { name });
  const settled = () => page.locator("[aria-busy=false]").first().waitFor();

  const isAccessible = () => check(page);

  /** The requests that this leads to, by the names of their operations; it has come when `arrived` holds. */
  const requestsOf = async (act, arrived) => {
    const names = [];
    const listen = (request) => {
      if (request.method() === "POST") names.push(request.postDataJSON().operationName);
    };
    page.on("request", listen);
    await act();
    await same(arrived, () => true);
    await settled();
    // Whatever an event leads to follows within the half second in which there is one.
    await page.waitForTimeout(1000);
    page.off("request", listen);
    return names;
  };

  return {
    async "shows the list, with totals and facets, by one request"() {
      const arrived = async () => (await rows.count()) > 3;
      assert.deepEqual(await requestsOf(() => page.goto(url), arrived), ["Session", "List"]);
      await same(() => shownList(page), () => expectedList(ask, {}, 0));
      await page.getByText("Live", { exact: true }).waitFor();
      await picture("list");
      await isAccessible();
    },

    async "goes to the middle of the list by one request"() {
      const scroll = () => page.locator(".rows").evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
      const arrived = async () => (await firstInView(page)) > 100 && (await page.locator(".pending").count()) === 0;
      assert.deepEqual(await requestsOf(scroll, arrived), ["List"]);
      await same(() => shownList(page), async () => expectedList(ask, {}, await firstInView(page)));
    },

    async "shows the same videos as a grid"() {
      const tiles = page.locator(".tiles [role=listitem]");
      const shown = () =>
        tiles.evaluateAll((tiles) => tiles.map((tile) => [Number(tile.ariaPosInSet), tile.querySelector(".caption")?.textContent]));
      const grid = page.getByRole("group", { name: "Layout" });
      await grid.getByRole("button", { name: "Grid" }).click();
      await tiles.first().waitFor();
      await page.locator(".tiles").evaluate((element) => (element.scrollTop = element.scrollHeight / 2));
      await same(async () => (await shown())[0]?.[0] > 300, () => true);
      const QUERY = "query($offset: Int) { videos(offset: $offset, first: 100) { nodes { filename } } }";
      await same(shown, async () => {
        const [[first] = [1], { length }] = [(await shown())[0], await shown()];
        const { nodes } = (await ask(QUERY, { offset: first - 1 })).videos;
        return nodes.slice(0, length).map(({ filename }, index) => [first + index, filename]);
      });
      await picture("grid-without-pictures");
      await isAccessible();
      await grid.getByRole("button", { name: "List" }).click();
      await rows.first().waitFor();
    },

    async "searches by one request, and marks what was found"() {
      const arrived = async () => (await shownList(page)).total < 100;
      assert.deepEqual(await requestsOf(() => search.fill("vampires"), arrived), ["Hits"]);
      await same(() => shownList(page), () => expectedList(ask, { search: "vampires" }, 0));
      assert.match(await page.locator(".rows mark").first().textContent(), /^vampires$/i);
      await picture("search");
      await isAccessible();
    },

    async "sorts what was found by every column"() {
      const filter = { search: "vampires" };
      for (const field of ["VIDEO_CODEC", "AUDIO_CODEC", "RESOLUTION", "FRAME_RATE", "DURATION", "FILENAME_NATURAL"]) {
        await page.getByLabel("Sort by").selectOption(field);
        const orderBy = [{ field, direction: "DESC" }];
        await same(() => shownList(page), () => expectedList(ask, { ...filter, orderBy }, 0));
      }
      if (!isWide) return;
      await page.getByRole("columnheader", { name: "Size" }).getByRole("button").click();
      const orderBy = [{ field: "FILE_SIZE", direction: "ASC" }];
      await same(() => shownList(page), () => expectedList(ask, { ...filter, orderBy }, 0));
      await page.locator("[role=columnheader][aria-sort=ascending]").getByText("Size").waitFor();
    },

    async "goes back to what was shown before"() {
      await page.goto(`${url}?search=vampires`);
      await rows.first().waitFor();
      await page.getByRole("searchbox").fill("");
      await same(async () => (await shownList(page)).total > 900, () => true);
      await page.goto(`${url}?search=night`);
      await page.goBack();
      await same(async () => (await shownList(page)).total > 900, () => true);
    },

    async "shows statistics as the server has them"() {
      await link("statistics").click();
      const { videoStats } = await ask("{ videoStats { count totalFileSize folders { name path } } }");
      await page.getByText(`${videoStats.count.toLocaleString("en")} videos · ${bytes(videoStats.totalFileSize)}`).waitFor();
      await picture("statistics");
      await isAccessible();
      const [{ name, path }] = videoStats.folders;
      await page.getByRole("button", { name: name || path, exact: true }).click();
      await page.getByText(`Folders in ${path}`).waitFor();
      await page.getByRole("button", { name: "All folders" }).click();
    },

    async "shows an import as one line of the activity, and what it did below it"() {
      const size = isWide ? "wide" : "narrow";
      const video = (number) => ({
        path: `/import/${size} ${number}.mkv`,
        durationFrames: number,
        frameRate: { numerator: 25 },
        width: 1,
        height: 1,
        videoCodec: "av1",
        fileSize: number,
      });
      const ADD = "mutation($input: AddVideosInput!) { addVideos(input: $input) { videos { id } userErrors { message } } }";
      await link("activity").click();
      await page.locator(".activity [aria-busy=true]").waitFor({ state: "detached" });
      const { addVideos } = await ask(ADD, { input: { videos: [1, 2, 3].map(video) } });
      const line = page.getByRole("button", { name: "3 changes: 3 added" }).first();
      await line.click();
      await page.getByRole("button", { name: `${size} 2.mkv` }).waitFor();
      await picture("activity");
      await isAccessible();
      for (const { id } of addVideos.videos) {
        await ask("mutation($id: ID!) { deleteVideo(input: { id: $id }) { deletedVideoId } }", { id });
      }
      // Those that are gone keep their names.
      await page.getByRole("button", { name: `${size} 2.mkv` }).nth(1).waitFor();
    },

    async "asks for a key where the server requires one, and shows readers no buttons to edit"() {
      const field = page.getByLabel("Key");
      const enter = async (text) => {
        await field.fill(text);
        await field.press("Enter");
      };
      await page.goto(closed);
      await page.getByText("Enter a key for this library.").waitFor();
      await enter("wrong");
      await page.getByText("The server rejects this key.").waitFor();
      await picture("key");
      await isAccessible();
      for (const [own, count] of [[readerKey, 0], [key, 1]]) {
        await enter(own);
        await rows.first().getByRole("button").click();
        await page.getByRole("heading", { name: "History" }).waitFor();
        assert.equal(await page.getByRole("button", { name: "Edit" }).count(), count);
        await page.getByRole("button", { name: "Leave" }).click();
        await page.goto(closed);
      }
    },
  };
}
