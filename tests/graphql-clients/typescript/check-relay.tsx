// Runs the components with Relay against a server, like `check.ts`: `node built/relay.cjs VIDEO TAKEN FREE`.

import { JSDOM } from "jsdom";
import { Suspense, useEffect } from "react";
import { createRoot } from "react-dom/client";
import { RelayEnvironmentProvider } from "react-relay";
import { WebSocket } from "ws";
import { Matches, useChanges, useUpdateVideo, Videos } from "./Videos.js";
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

show(<div id="videos"><Videos filter={{ path: { startsWith: "/films/" } }} /></div>);
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
    break;
  }
  button.click();
}
show(<div id="matches"><Matches query="common" /></div>);
print("found", await shown(() => main.querySelector("#matches li") && main.querySelector("#matches")));
for (const path of [taken, free]) {
  await new Promise<void>((done) => show(<Update path={path} done={done} />));
}
show(<Changes />);
