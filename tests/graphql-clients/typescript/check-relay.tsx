// Runs the components with Relay against a server, like `check.ts`: `node built/relay.cjs VIDEO TAKEN FREE`.

import assert from "node:assert/strict";
import { JSDOM } from "jsdom";
import { Suspense, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { RelayEnvironmentProvider } from "react-relay";
import { WebSocket } from "ws";
import { Matches, useAddVideo, useChanges, useUpdateVideo, Videos } from "./Videos.js";
import { createEnvironment } from "./environment.js";

const { window } = new JSDOM("<main></main>");
Object.assign(globalThis, { window, document: window.document, WebSocket: globalThis.WebSocket ?? WebSocket });

const [url, key] = [process.env["API_URL"] ?? "", process.env["API_KEY"] ?? ""];
const [id = "", taken = "", free = ""] = process.argv.slice(2);
const main = window.document.querySelector("main")!;

// What `find` finds in the page, once it is there.
async function shown<Found>(find: () => Found | null | undefined | false): Promise<Found> {
  const found = find();
  if (found) return found;
  return new Promise((resolve) => {
    const observer = new window.MutationObserver(() => {
      const found = find();
      if (!found) return;
      observer.disconnect();
      resolve(found);
    });
    observer.observe(main, { childList: true, subtree: true, attributes: true });
  });
}

function print(what: string, list: Element) {
  for (const item of list.querySelectorAll("li")) console.log(what, item.textContent);
}

function Add({ path, done }: { path: string; done: (codes: readonly string[]) => void }) {
  const [add] = useAddVideo({ filter });
  useEffect(() => {
    const size = { durationFrames: 1, frameRate: { numerator: 25 }, width: 1, height: 1, fileSize: 1 };
    add({ path, videoCodec: "av1", ...size }, ({ addVideo }) => done(addVideo?.userErrors.map(({ code }) => code) ?? []));
  }, [path]);
  return null;
}

function Update({ path, done }: { path: string; done: () => void }) {
  const [update] = useUpdateVideo();
  useEffect(() => {
    update({
      variables: { input: { id, path, thumbnailPath: undefined } },
      onCompleted({ updateVideo }) {
        for (const { code, field } of updateVideo?.userErrors ?? []) console.log("refused", code, field?.join("."));
        if (updateVideo?.userErrors.length === 0) console.log("updated", updateVideo.video?.path);
        done();
      },
    });
  }, [path]);
  return null;
}

function printChange({ kind, auditEntry }: Parameters<Parameters<typeof useChanges>[0]>[0]) {
  if (kind === "CAUGHT_UP") console.log("following");
  if (kind === "CHANGE") console.log("changed", auditEntry?.id);
}

function Changes() {
  useChanges(printChange);
  return null;
}

const root = createRoot(main);
const environment = createEnvironment(url, key);
function show(content: React.ReactNode) {
  root.render(
    <RelayEnvironmentProvider environment={environment}>
      <Suspense>{content}</Suspense>
    </RelayEnvironmentProvider>,
  );
}

const filter = { path: { startsWith: "/films/" } };
const list = <div id="videos"><Videos filter={filter} /></div>;
show(<>{list}</>);
let listed = 0;
for (let count = 20; ; count += 20) {
  const videos = await shown(() => {
    const videos = main.querySelector("#videos");
    const items = videos?.querySelectorAll("li").length ?? 0;
    const button = videos?.querySelector("button");
    return (button ? items >= count && !button.disabled : items > 0) && videos;
  });
  const button = videos.querySelector("button");
  if (!button) {
    print("listed", videos);
    listed = videos.querySelectorAll("li").length;
    break;
  }
  button.click();
}
// What is refused does not come into the list, and what is added comes to its head.
const added = "/films/Added by Relay.mkv";
for (const [path, expected] of [["/films/A Common Name 00.mkv", ["PATH_TAKEN"]], [added, []]] as const) {
  const codes = await new Promise<readonly string[]>((done) => show(<>{list}<Add path={path} done={done} /></>));
  assert.deepEqual(codes, expected);
}
await shown(() => main.querySelector("#videos li")?.textContent === added);
assert.equal(main.querySelectorAll("#videos li").length, listed + 1);
show(<div id="matches"><Matches query="common" /></div>);
print("found", await shown(() => main.querySelector("#matches li") && main.querySelector("#matches")));
for (const path of [taken, free]) {
  await new Promise<void>((done) => show(<Update path={path} done={done} />));
}
show(<Changes />);
