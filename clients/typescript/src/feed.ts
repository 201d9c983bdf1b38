// Subscriptions that miss nothing: each resumes right after its last event, whatever ended its connection.

import { Batch, pause } from "./coalesce.js";
import { codeOf, isTemporary } from "./errors.js";
import type { AuditOperation, LibraryChanged, VideoChange, VideoFilter } from "./schema.js";
import type { Socket } from "./socket.js";

/** A running subscription. */
export interface Feed {
  /** Where it would resume: the cursor of the last event that was handed over, or the one it began with. */
  cursor(): string | undefined;
  /**
   * Goes back, or forward, to this cursor: events after it are delivered, again where they were before, and
   * those up to it are not. Call it with the `changesCursor` of a list that was read again.
   */
  replay(after: string): void;
  stop(): void;
}

interface FeedOptions {
  socket: Pick<Socket, "subscribe">;
  /** Where to begin: a cursor of an earlier event, or a `changesCursor`; with the next change if omitted. */
  after?: string | undefined;
  /**
   * Receives what retrying cannot fix; the feed has ended. After the code `INVALID_CURSOR`, read everything
   * again and call `replay` with its `changesCursor`.
   */
  onError?: (error: unknown) => void;
}

/** What `followChanges` selects of an event; pass another `selection` to get more or less. */
export const CHANGE_SELECTION = `auditEntry {
  id timestamp operation entityId version actor requestId changes { field old new }
}`;

export interface ChangesOptions<Event> extends FeedOptions {
  videoId?: string;
  operations?: AuditOperation[];
  /** The fields of each event beside `kind` and `cursor`. */
  selection?: string;
  /** Events are handed over together, at most once in this many milliseconds. */
  every?: number;
  /** Receives changes in commit order. */
  onChanges: (changes: Event[]) => void;
  /** Called when all that was missed has been handed over, after each connection. */
  onCaughtUp?: () => void;
}

/** Follows the log: every change once, in commit order. For mirrors, and for lists that are kept by events. */
export function followChanges<Event = VideoChange>(options: ChangesOptions<Event>): Feed {
  const { socket, after, videoId, operations, selection = CHANGE_SELECTION, onChanges, onCaughtUp, onError } = options;
  let handedOver = after;
  const batch = new Batch<VideoChange>(options.every ?? 200, (events) => {
    const changes = events.filter(({ kind }) => kind === "CHANGE");
    handedOver = events.at(-1)?.cursor;
    if (changes.length > 0) onChanges(changes as Event[]);
    if (events.some(({ kind }) => kind === "CAUGHT_UP")) onCaughtUp?.();
  });
  const stream = resuming<VideoChange>({
    socket,
    query: `subscription Changes($videoId: ID, $operations: [AuditOperation!], $after: String) {
      videoChanges(videoId: $videoId, operations: $operations, after: $after, marks: true) {
        kind cursor ${selection}
      }
    }`,
    variables: { videoId, operations },
    after,
    next: (event) => batch.add(event),
    error(reason) {
      batch.flush();
      onError?.(reason);
    },
  });
  return {
    cursor: () => handedOver,
    replay(cursor) {
      batch.clear();
      handedOver = cursor;
      stream.restart(cursor);
    },
    stop() {
      batch.clear();
      stream.stop();
    },
  };
}

/** The newest of these changes for each video, in the order of these. */
export function newestPerVideo<Event extends { auditEntry?: { entityId: string } | null }>(changes: Event[]): Event[] {
  const newest = new Map<string | undefined, Event>();
  for (const change of changes) {
    const id = change.auditEntry?.entityId;
    newest.delete(id);
    newest.set(id, change);
  }
  return [...newest.values()];
}

export interface LibraryOptions extends FeedOptions {
  /** Only changes of videos that met it before or meet it now. */
  filter?: VideoFilter | undefined;
  onChange: (change: LibraryChanged) => void;
}

/** Follows the state: that something changed, at most twice a second. For screens. */
export function followLibrary({ socket, filter, after, onChange, onError }: LibraryOptions): Feed {
  let seen = after;
  const stream = resuming<LibraryChanged>({
    socket,
    query: `subscription Library($filter: VideoFilter, $after: String) {
      libraryChanged(filter: $filter, after: $after) { cursor videoIds membershipChanged rootIds }
    }`,
    variables: { filter },
    after,
    next(event) {
      seen = event.cursor;
      onChange(event);
    },
    error: (reason) => onError?.(reason),
  });
  return {
    cursor: () => seen,
    replay(cursor) {
      seen = cursor;
      stream.restart(cursor);
    },
    stop: () => stream.stop(),
  };
}

interface Stream {
  restart(after: string): void;
  stop(): void;
}

interface StreamOptions<Event> {
  socket: Pick<Socket, "subscribe">;
  query: string;
  variables: Record<string, unknown>;
  after: string | undefined;
  next: (event: Event) => void;
  error: (reason: unknown) => void;
}

/** A subscription with one root field, whose events have a cursor, and whose variable `after` takes it. */
function resuming<Event extends { cursor: string }>(options: StreamOptions<Event>): Stream {
  const { socket, query, variables, next, error } = options;
  let { after } = options;
  let attempts = 0;
  // What an earlier subscription still delivers does not count.
  let round = 0;
  let unsubscribe = () => {};

  const begin = () => {
    const own = ++round;
    let failure: unknown;
    // The client reads the variables at each attempt to connect, and would repeat the first cursor.
    const request = {
      query,
      get variables() {
        return { ...variables, after };
      },
    };
    const again = async () => {
      if (codeOf(failure) !== "SLOW_CONSUMER") await pause(attempts++);
      if (own === round) begin();
    };
    const end = (reason: unknown) => {
      if (own !== round) return;
      failure = reason;
      if (codeOf(reason) === "SLOW_CONSUMER" || isTemporaryOf(reason)) void again();
      else error(reason);
    };
    unsubscribe = socket.subscribe<Record<string, Event>>(request, {
      next({ data, errors }) {
        if (own !== round) return;
        if (errors) failure = errors;
        const event = data && Object.values(data)[0];
        if (!event) return;
        attempts = 0;
        after = event.cursor;
        next(event);
      },
      error: end,
      // Nothing but an error ends a stream.
      complete: () => end(failure),
    });
  };

  begin();
  return {
    restart(cursor) {
      unsubscribe();
      after = cursor;
      begin();
    },
    stop() {
      round++;
      unsubscribe();
    },
  };
}

// graphql-ws retries what concerns the connection itself: a close event that reaches the sink is final.
const isTemporaryOf = (reason: unknown) => !isClose(reason) && isTemporary(reason);
const isClose = (reason: unknown) => typeof reason === "object" && reason !== null && "code" in reason;
