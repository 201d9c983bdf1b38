// A server of subscriptions that the tests play themselves.

import type { Socket } from "../src/index.js";

interface Sink {
  next: (result: any) => void;
  error: (reason: unknown) => void;
  complete: () => void;
}

/** A subscription that a feed has begun. */
export interface Subscription {
  readonly request: { query: string; variables: Record<string, unknown> };
  readonly sink: Sink;
  isOver: boolean;
}

/** A socket that keeps what is subscribed to, the newest last. */
export class FakeSocket {
  readonly subscriptions: Subscription[] = [];

  readonly subscribe: Socket["subscribe"] = (request, sink) => {
    const subscription = { request, sink, isOver: false } as unknown as Subscription;
    this.subscriptions.push(subscription);
    return () => void (subscription.isOver = true);
  };

  /** The newest subscription. */
  get newest(): Subscription {
    return this.subscriptions.at(-1)!;
  }

  /** Where the newest subscription resumes; read when it connects, as graphql-ws does. */
  get after(): unknown {
    return this.newest.request.variables["after"];
  }
}

/** Waits until this holds. */
export async function until(holds: () => boolean) {
  const end = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`${holds} is still false`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Numbers in 0..limit that look random and are the same each time. */
export function numbers(seed: number) {
  let state = seed;
  return (limit: number) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}
