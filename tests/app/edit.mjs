// Editing a video while others edit it too, and while answers are lost.

import assert from "node:assert/strict";
import { same } from "./support.mjs";

const UPDATE = "mutation($input: UpdateVideoInput!) { updateVideo(input: $input) { userErrors { message } } }";

export function editSteps({ page, url, ask, picture }) {
  const detail = page.getByRole("complementary", { name: "Video" });
  const button = (name) => page.getByRole("button", { name, exact: true });
  const field = (name) => page.getByLabel(name, { exact: true });
  const change = (input) => ask(UPDATE, { input });
  const current = async (id) =>
    (await ask("query($id: ID!) { video(id: $id) { width height videoCodec fileSize version } }", { id })).video;

  /** Opens the form of the newest video, and returns the video. */
  const begin = async () => {
    const FIRST = "{ videos(first: 1) { nodes { id width height videoCodec fileSize version } } }";
    const [video] = (await ask(FIRST)).videos.nodes;
    await page.goto(`${url}?video=${video.id}`);
    await button("Edit").click();
    return video;
  };

  /** Lets `act` decide about the next answer to an update. */
  const intercept = async (act) => {
    let isOver = false;
    await page.route("**/graphql", async (route) => {
      if (isOver || route.request().postDataJSON().operationName !== "Update") return route.fallback();
      isOver = true;
      await act(route);
    });
  };

  return {
    async "shows a video with its history"() {
      await page.goto(url);
      const name = page.locator(".rows .name button").first();
      const text = await name.textContent();
      await name.click();
      await detail.getByRole("heading", { name: text }).waitFor();
      await detail.getByText("Added", { exact: false }).first().waitFor();
      await picture("detail");
      await page.keyboard.press("Escape");
      await detail.waitFor({ state: "detached" });
    },

    async "merges what others change in other fields, and asks about the same field"() {
      const { id, width, height } = await begin();
      await field("Width").fill("100");
      await change({ id, height: height + 1 });
      await same(() => field("Height").inputValue(), () => String(height + 1));
      assert.equal(await field("Width").inputValue(), "100");
      await change({ id, width: 200 });
      const conflict = page.locator(".conflict");
      await conflict.waitFor();
      assert.deepEqual(await conflict.locator("q").allTextContents(), [String(width), "200"]);
      assert.equal(await button("Save").isDisabled(), true);
      await picture("conflict");
      await button("Keep mine").click();
      await button("Save").click();
      await button("Edit").waitFor();
      const video = await current(id);
      assert.deepEqual([video.width, video.height], [100, height + 1]);
    },

    async "takes theirs"() {
      const { id } = await begin();
      await field("Video codec").fill("mine");
      await change({ id, videoCodec: "theirs" });
      await button("Take theirs").click();
      assert.equal(await field("Video codec").inputValue(), "theirs");
      assert.equal(await button("Save").isDisabled(), true);
    },

    async "shows every error of a stale form at once, with what others changed meanwhile"() {
      const { id, fileSize, version } = await begin();
      await field("Width").fill("0");
      await intercept(async (route) => {
        await change({ id, fileSize: fileSize + 1 });
        await route.continue();
      });
      await button("Save").click();
      await page.getByText("Somebody else changed the video.").waitFor();
      await same(() => field("Size in bytes").inputValue(), () => String(fileSize + 1));
      await page.locator("#width-note .failure").waitFor();
      await field("Width").fill("300");
      await button("Save").click();
      await button("Edit").waitFor();
      const video = await current(id);
      assert.deepEqual([video.width, video.fileSize, video.version], [300, fileSize + 1, version + 2]);
    },

    async "finds out what happened when the answer is lost"() {
      for (const [isCarriedOut, size] of [[true, 1], [false, 2]]) {
        const { id, fileSize } = await begin();
        await field("Size in bytes").fill(String(fileSize + size));
        await intercept(async (route) => {
          if (isCarriedOut) await route.fetch();
          await route.abort();
        });
        await button("Save").click();
        if (isCarriedOut) await button("Edit").waitFor();
        else await page.getByText("The server cannot be reached").waitFor();
        assert.equal((await current(id)).fileSize, isCarriedOut ? fileSize + size : fileSize);
      }
    },
  };
}
