// Thumbnails, and films that are played.

import assert from "node:assert/strict";
import { LONG_FILM, OLD_FILM } from "./films.mjs";
import { isAccessible, same } from "./support.mjs";

const AVAILABLE = "{ videos(filter: { availability: { eq: AVAILABLE } }) { totalCount } }";
const EPISODE = '{ videos(filter: { path: { contains: "/Series/" } }, first: 1) { nodes { id } } }';
const RENAME = "mutation($id: ID!, $filename: String) { updateVideo(input: { id: $id, filename: $filename }) { userErrors { message } } }";

export function watchSteps({ page, url, ask, picture, size }) {
  const player = page.locator("video");
  const detail = page.getByRole("complementary", { name: "Video" });
  const open = async (name) => {
    await page.goto(`${url}?layout=grid&search=${encodeURIComponent(name)}`);
    await page.locator(".tile button", { hasText: name }).click();
  };
  /** Waits until the player is beyond this second, and goes on. */
  const playsBeyond = (second) =>
    page.waitForFunction((second) => {
      const { currentTime, paused } = document.querySelector("video");
      return currentTime > second && !paused;
    }, second);
  /** Waits until the player goes on at this second, and fails if it began elsewhere. */
  const goesOnAt = async (second) => {
    await playsBeyond(second + 0.5);
    const begun = await player.evaluate(({ played }) => played.start(played.length - 1));
    assert.ok(begun > second - 1, `began at ${begun}`);
  };
  const play = () =>
    player.evaluate((video) => {
      video.muted = true;
      return video.play();
    });

  return {
    async "shows a picture of every film, although the server is busy at first"() {
      const times = new Map();
      await page.route("**/thumbnails/**", (route) => {
        const address = route.request().url();
        times.set(address, (times.get(address) ?? 0) + 1);
        return times.get(address) > 2 ? route.continue() : route.fulfill({ status: 503, headers: { "retry-after": "5" } });
      });
      await page.goto(`${url}?layout=grid&file=AVAILABLE`);
      const { totalCount } = (await ask(AVAILABLE)).videos;
      const images = page.locator(".tile img");
      // Those below the view are loaded when somebody scrolls.
      const widths = () =>
        images.evaluateAll((images) =>
          images.map((image) => {
            image.scrollIntoView();
            return image.complete && image.naturalWidth;
          }),
        );
      await same(widths, async () => Array(await page.locator(".tile").count()).fill(320));
      await page.unroute("**/thumbnails/**");
      await page.locator(".tiles").evaluate((element) => (element.scrollTop = 0));
      assert.equal(await page.locator(".tile").first().getAttribute("aria-setsize"), String(totalCount));
      for (const image of await images.all()) assert.match(await image.getAttribute("alt"), /^Scene of ./);
      await picture("grid");
      await isAccessible(page);

      // Addresses that were signed anew are no reason to load pictures again.
      const asked = [];
      const listen = (request) => request.url().includes("/thumbnails/") && asked.push(request.url());
      await page.route("**/graphql", async (route) => {
        const response = await route.fetch();
        const body = (await response.text()).replaceAll(/&expires=\d+/g, "&expires=1");
        await route.fulfill({ response, body });
      });
      page.on("request", listen);
      const [{ id }] = (await ask(EPISODE)).videos.nodes;
      await ask(RENAME, { id, filename: `Renamed ${size}.webm` });
      await page.locator(".tile", { hasText: `Renamed ${size}.webm` }).locator("img").waitFor();
      assert.deepEqual(asked, []);
      page.off("request", listen);
      await page.unroute("**/graphql");
    },

    async "plays a film, and seeks in it"() {
      const ranges = [];
      const listen = async (response) => {
        if (response.url().includes("/files/")) ranges.push([response.status(), response.request().headers().range]);
      };
      page.on("response", listen);
      await open(LONG_FILM);
      await play();
      await playsBeyond(1);
      await player.evaluate((video) => (video.currentTime = 50));
      await goesOnAt(50);
      await picture("player");
      await isAccessible(page);
      page.off("response", listen);
      const isPart = ([status, range]) => status === 206 && Number(/^bytes=(\d+)-/.exec(range)?.[1]) > 5_000_000;
      assert.ok(ranges.some(isPart), JSON.stringify(ranges));
    },

    async "goes on at the same time with another address when one has expired"() {
      let expired;
      await page.route("**/files/**", (route) => {
        if (route.request().url() !== expired) return route.continue();
        const errors = [{ message: "expired", extensions: { code: "ADDRESS_EXPIRED" } }];
        return route.fulfill({ status: 403, json: { errors } });
      });
      await page.route("**/graphql", async (route) => {
        if (route.request().postDataJSON().operationName !== "Addresses") return route.fallback();
        const response = await route.fetch();
        const body = (await response.text()).replace(/(\/files\/[^"]*)/, "$1&again");
        return route.fulfill({ response, body });
      });
      await open(LONG_FILM);
      await play();
      await playsBeyond(0.5);
      expired = await player.evaluate((video) => video.currentSrc);
      await player.evaluate((video) => (video.currentTime = 40));
      await goesOnAt(40);
      assert.notEqual(await player.evaluate((video) => video.currentSrc), expired);
      await page.unroute("**/files/**");
      await page.unroute("**/graphql");
    },

    async "says what the browser cannot play, and offers the file"() {
      await open(OLD_FILM);
      await detail.getByText("This browser cannot play the file. It has mpeg2video video and mp2 sound").waitFor();
      const address = await detail.getByRole("link", { name: "Download" }).getAttribute("href");
      assert.equal((await fetch(address)).status, 200);
      await picture("unplayable");
      await isAccessible(page);
    },
  };
}
