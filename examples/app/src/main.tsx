import { useSyncExternalStore } from "react";
import { createRoot } from "react-dom/client";
import { Activity } from "./activity";
import { go, useAddress, write, type Address } from "./address";
import { Detail } from "./detail";
import { Duplicates } from "./duplicates";
import { Folders } from "./folders";
import { List } from "./list";
import { SessionProvider, useSession } from "./session";
import { Statistics } from "./statistics";

const VIEWS = { videos: List, statistics: Statistics, activity: Activity, folders: Folders, duplicates: Duplicates };

function App() {
  const address = useAddress();
  const View = VIEWS[address.view];
  return (
    <>
      <Bar address={address} />
      <main className={address.video && "with-detail"}>
        <View address={address} />
        {address.video && <Detail key={address.video} id={address.video} />}
      </main>
    </>
  );
}

function Bar({ address }: { address: Address }) {
  const { viewer, leave } = useSession();
  // Real links, which a new tab can open, and which the page follows without loading anything.
  const follow = (event: React.MouseEvent, change: Partial<Address>) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(change);
  };
  const links = (Object.keys(VIEWS) as Address["view"][]).map((view) => ({ view, change: { view, video: "" } }));
  return (
    <header className="bar">
      <h1>Reelgraph</h1>
      <nav aria-label="Views">
        {links.map(({ view, change }) => (
          <a
            key={view}
            href={write({ ...address, ...change })}
            aria-current={view === address.view && "page"}
            onClick={(event) => follow(event, change)}
          >
            {view}
          </a>
        ))}
      </nav>
      <ConnectionState />
      {(viewer.name || !viewer.canWrite) && (
        <button className="quiet" onClick={leave} title={viewer.name ?? "anonymous"}>
          {viewer.name ? "Leave" : "Enter key"}
        </button>
      )}
    </header>
  );
}

const STATES = { idle: "Connecting", connecting: "Connecting", live: "Live", offline: "Reconnecting", refused: "Not live" };

/** Whether changes that others make appear by themselves. */
function ConnectionState() {
  const { socket } = useSession();
  const state = useSyncExternalStore(socket.watch, socket.state);
  return (
    <span className={`state ${state}`} role="status">
      {STATES[state]}
    </span>
  );
}

createRoot(document.getElementById("app")!).render(
  <SessionProvider>
    <App />
  </SessionProvider>,
);
