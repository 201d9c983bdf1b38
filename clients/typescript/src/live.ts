// Screens that show what the server has, whatever happens while answers are on their way.

import { oneAtATime, pause } from "./coalesce.js";
import { isTemporary } from "./errors.js";
import { followLibrary, type Feed } from "./feed.js";
import type { VideoFilter } from "./schema.js";
import type { Socket } from "./socket.js";

export interface LiveOptions<Data> {
  socket: Pick<Socket, "subscribe">;
  /** Only changes of videos that met it before or meet it now: whatever the screen shows must be among them. */
  filter?: VideoFilter | undefined;
  /** Whether the screen shows the states of library roots, `availability` included. Then everything is read twice. */
  showsRoots?: boolean | undefined;
  /** Asks the server, never a cache. Select `changesCursor` in every connection and statistic, without an alias. */
  read: (signal: AbortSignal) => Promise<Data>;
  onData: (data: Data) => void;
  /** Receives each error; the data that was shown stays valid where it is temporary. */
  onError: (error: unknown) => void;
}

/**
 * Reads data, and reads them again after each change that can affect them, until the function that it returns is
 * called. Reads follow one another, and one that began before a change was reported never is the last one: so late
 * answers do no harm. There is one request unless something changes, and two if the screen shows library roots: the
 * first event names them all, because the cursors say nothing about them.
 */
export function keepCurrent<Data>(options: LiveOptions<Data>): () => void {
  const { socket, filter, showsRoots, read, onData, onError } = options;
  const aborted = new AbortController();
  let feed: Feed | undefined;
  let failures = 0;

  const follow = (data: Data) => {
    // If the parts differ in age, the library changed between them. Without a cursor, the first event says
    // so, and everything is read once more.
    const [first, ...others] = cursorsIn(data);
    const after = others.every((cursor) => cursor === first) ? first : undefined;
    return followLibrary({
      socket,
      filter,
      after,
      onChange({ videoIds, membershipChanged, rootIds }) {
        const hasVideos = videoIds?.length !== 0 || membershipChanged;
        if (hasVideos || (showsRoots && rootIds.length > 0)) refresh();
      },
      onError,
    });
  };

  const refresh = oneAtATime(async () => {
    if (aborted.signal.aborted) return;
    try {
      const data = await read(aborted.signal);
      if (aborted.signal.aborted) return;
      failures = 0;
      onData(data);
      feed ??= follow(data);
    } catch (error) {
      if (aborted.signal.aborted) return;
      onError(error);
      if (isTemporary(error)) void pause(failures++).then(refresh);
    }
  });

  refresh();
  return () => {
    aborted.abort();
    feed?.stop();
  };
}

/** Every `changesCursor` in an answer: its parts are snapshots of their own. */
export function cursorsIn(data: unknown): string[] {
  if (typeof data !== "object" || data === null) return [];
  return Object.entries(data).flatMap(([name, value]) =>
    name === "changesCursor" && typeof value === "string" ? [value] : cursorsIn(value),
  );
}
