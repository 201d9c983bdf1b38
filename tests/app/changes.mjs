// Random changes of a library while a page shows it, and answers to the page are held back.

import { expectedList, firstInView, shownList } from "./expected.mjs";
import { holdAnswers, numbers, same } from "./support.mjs";

const PATHS = "{ videos(first: 100) { nodes { id path } } }";
const ADD = "mutation($input: AddVideoInput!) { addVideo(input: $input) { userErrors { message } } }";
const UPDATE = "mutation($input: UpdateVideoInput!) { updateVideo(input: $input) { userErrors { message } } }";
const DELETE = "mutation($id: ID!) { deleteVideo(input: { id: $id }) { userErrors { message } } }";

const CODECS = ["av1", "h264", "hevc", "vp9"];
const WORDS = ["The Night Train", "A Day", "Le Voyage", "Night Shift", "Der Wald"];

/** Makes one change; those of the newest videos are in view most of the time. */
async function change(ask, random, number) {
  const pick = (values) => values[random(values.length)];
  const path = `/new/${number}/${pick(WORDS)} ${number}.mkv`;
  const { nodes } = (await ask(PATHS)).videos;
  const { id } = nodes[random(random(2) ? nodes.length : Math.min(10, nodes.length))];
  const [videoCodec, audioCodec] = [pick(CODECS), pick(["aac", "opus", null])];
  const kind = random(10);
  if (kind < 4) {
    const numbers = { durationFrames: random(200_000), width: 1920, height: 1080, fileSize: random(4_000_000_000) };
    await ask(ADD, { input: { path, frameRate: { numerator: 25 }, videoCodec, audioCodec: audioCodec ?? undefined, ...numbers } });
  } else if (kind < 8) {
    const changed = random(2) ? { path, filename: path.split("/").at(-1) } : { videoCodec, audioCodec };
    await ask(UPDATE, { input: { id, ...changed } });
  } else {
    await ask(DELETE, { id });
  }
}

/** What somebody may look at, and how to get there. Each begins where the one before left the page. */
const VIEWS = [
  { name: "everything", choice: {}, async open() {} },
  {
    name: "the hits of a search, best first",
    choice: { search: "night" },
    open: ({ type }) => type("night"),
  },
  {
    name: "hits in another order",
    choice: { search: "night", orderBy: [{ field: "FILE_SIZE", direction: "DESC" }] },
    open: ({ sort }) => sort("FILE_SIZE"),
  },
  {
    name: "hits with a codec",
    choice: { search: "night", videoCodec: "h264", orderBy: [{ field: "FILE_SIZE", direction: "DESC" }] },
    open: ({ toggle }) => toggle("h264"),
  },
  {
    name: "a codec in the middle of the list",
    choice: { videoCodec: "h264", orderBy: [{ field: "FILE_SIZE", direction: "DESC" }] },
    async open({ type, scroll }) {
      await type("");
      await scroll();
    },
  },
];

/** Makes this many changes, and compares the page with the server at ten stops and at the end. */
export async function holdToTheServer({ page, ask, count, seed, log }) {
  const random = numbers(seed);
  const delays = numbers(seed + 1);
  let longest = 1500;
  await holdAnswers(page, () => longest, delays);
  const reported = reports(page);
  await page.reload();
  await page.locator(".rows [role=row]").first().waitFor();
  const filters = page.locator(".facets");
  if (!(await filters.getAttribute("open").then((open) => open !== null))) await filters.locator("summary").click();
  const user = {
    type: (text) => page.getByRole("searchbox").fill(text),
    sort: (field) => page.getByLabel("Sort by").selectOption(field),
    toggle: (codec) => page.getByRole("group", { name: "Video codec" }).getByLabel(codec).click(),
    async scroll() {
      await same(async () => (await shownList(page)).total > 200, () => true);
      await page.locator(".rows").evaluate((rows) => (rows.scrollTop = rows.scrollHeight / 2));
    },
  };
  const stops = Math.min(10, count);
  for (let stop = 1, made = 0; stop <= stops; stop++) {
    const { name, choice, open } = VIEWS[(stop - 1) % VIEWS.length];
    const opening = stop > VIEWS.length && stop % VIEWS.length === 1 ? reset(page, user) : open(user);
    for (; made < (count * stop) / stops; made++) {
      await change(ask, random, `${seed}-${made}`);
      // The page reads the list again, and meets the next change while that answer is held back.
      if (random(2)) await reported();
    }
    await opening;
    await same(
      () => shownList(page),
      async () => expectedList(ask, choice, await firstInView(page)),
    );
    log(`${made} changes: ${name}`);
  }
  longest = 0;
}

/** A function that waits until the page gets a report of changes, or a second, as not every change concerns it. */
function reports(page) {
  let arrive = () => {};
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => payload.includes("libraryChanged") && arrive()),
  );
  return () => {
    const reported = new Promise((resolve) => (arrive = resolve));
    return Promise.race([reported, new Promise((resolve) => setTimeout(resolve, 1000))]);
  };
}

/** Shows everything, as at first. */
async function reset(page, { toggle }) {
  await toggle("h264");
  await page.getByLabel("Sort by").selectOption("CREATED_AT");
}
