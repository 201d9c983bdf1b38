// Doing something as often as necessary, and no more often.

/**
 * Runs a task once at a time. A call while it runs leads to exactly one more run afterwards, however many
 * calls there are, so the last run begins after the last call. The
 * task handles its own errors.
 */
export function oneAtATime(task: () => Promise<void>): () => void {
  let isRunning = false;
  let isWanted = false;
  const run = async () => {
    isRunning = true;
    while (isWanted) {
      isWanted = false;
      await task();
    }
    isRunning = false;
  };
  return () => {
    isWanted = true;
    if (!isRunning) void run();
  };
}

/** Collects what is added, and hands it over together, at most once in this many milliseconds. */
export class Batch<Item> {
  readonly #handOver: (items: Item[]) => void;
  readonly #every: number;
  #items: Item[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(every: number, handOver: (items: Item[]) => void) {
    this.#every = every;
    this.#handOver = handOver;
  }

  add(item: Item) {
    this.#items.push(item);
    this.#timer ??= setTimeout(() => this.flush(), this.#every);
  }

  /** Hands over what there is, now. */
  flush() {
    const items = this.#items;
    this.clear();
    if (items.length > 0) this.#handOver(items);
  }

  /** Forgets what was not handed over. */
  clear() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#items = [];
  }
}

/** Exponential backoff with jitter between attempts, up to ten seconds. */
export function pause(attempts: number): Promise<void> {
  const longest = Math.min(100 * 2 ** attempts, 10_000);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}
