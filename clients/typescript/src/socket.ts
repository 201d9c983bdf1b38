// One WebSocket for all subscriptions of a page.

import { createClient, type Client } from "graphql-ws";
import { pause } from "./coalesce.js";

/**
 * `idle` without subscriptions; `connecting` at first; `live` while connected; `offline` between attempts to
 * reconnect; `refused` once the server has rejected the key or the protocol, after which nothing is retried.
 */
export type ConnectionState = "idle" | "connecting" | "live" | "offline" | "refused";

export interface SocketOptions {
  /** The address of the API, with `http` or `ws`. */
  url: string;
  /** An API key or token; omit it for a server that admits anonymous callers. */
  key?: string | undefined;
  /** A WebSocket for programs that have none: the package `ws` in Node.js 20. */
  webSocketImpl?: unknown;
}

export interface Socket {
  readonly subscribe: Client["subscribe"];
  /** The state of the connection now. */
  readonly state: () => ConnectionState;
  /** Calls `listener` after each change of the state, until the function it returns is called. */
  readonly watch: (listener: () => void) => () => void;
  /** Ends all subscriptions, and closes the connection. */
  readonly dispose: () => void;
}

/** Close codes after which the same attempt would fail again. */
const isRefusal = (code: unknown) => typeof code === "number" && code >= 4400 && code !== 4408 && code < 4500;

/** Opens a WebSocket with the first subscription, and again whenever it breaks. */
export function openSocket({ url, key, webSocketImpl }: SocketOptions): Socket {
  const listeners = new Set<() => void>();
  let state: ConnectionState = "idle";
  const change = (next: ConnectionState) => {
    if (state === next) return;
    state = next;
    for (const listener of listeners) listener();
  };
  const codeOfClose = (event: unknown) => (event as { code?: unknown }).code;
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    ...(key ? { connectionParams: { Authorization: `Bearer ${key}` } } : {}),
    webSocketImpl,
    retryAttempts: Infinity,
    retryWait: pause,
    // Also while the server cannot be reached, which the default does not.
    shouldRetry: (event) => !isRefusal(codeOfClose(event)),
    // A connection that died without a word would look alive otherwise.
    keepAlive: 20_000,
    on: {
      connecting: (isRetry) => change(isRetry ? "offline" : "connecting"),
      connected: () => change("live"),
      closed: (event) => {
        const code = codeOfClose(event);
        change(isRefusal(code) ? "refused" : code === 1000 ? "idle" : "offline");
      },
    },
  });
  return {
    subscribe: (payload, sink) => client.subscribe(payload, sink),
    state: () => state,
    watch(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispose: () => void client.dispose(),
  };
}
