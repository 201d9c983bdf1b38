import { createClient, type Client } from "graphql-ws";

/** A WebSocket whose subscriptions resume right after their last event. */
export function openSocket(url: string, key: string): Client {
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: Infinity,
    retryWait,
    // Also retry while the server cannot be reached, which the default does not.
    shouldRetry: () => true,
  });
  return { ...client, subscribe: resuming(client.subscribe) };
}

/** After these, the same subscription may succeed. */
const TEMPORARY = ["SLOW_CONSUMER", "SERVICE_UNAVAILABLE", "TIMEOUT"];

// By default, a reconnecting client repeats its original cursor.
function resuming(subscribe: Client["subscribe"]): Client["subscribe"] {
  return (request, sink) => {
    let after = request.variables?.["after"];
    let stop: (() => void) | undefined;
    let isStopped = false;
    const isTemporary = (errors: unknown) =>
      Array.isArray(errors) && TEMPORARY.includes(errors[0]?.extensions?.["code"]);
    const begin = (attempts: number) => {
      if (isStopped) return;
      let hasFailed = false;
      const again = () => void retryWait(attempts).then(() => begin(attempts + 1));
      // A getter, because the client reads the variables on each attempt.
      const payload = {
        ...request,
        get variables() {
          return { ...request.variables, after };
        },
      };
      stop = subscribe<any, any>(payload, {
        next(result) {
          hasFailed = isTemporary(result.errors);
          if (hasFailed) return;
          attempts = 0;
          after = result.data?.videoChanges?.cursor ?? after;
          sink.next(result);
        },
        error: (error) => (isTemporary(error) ? again() : sink.error(error)),
        complete: () => (hasFailed ? again() : sink.complete()),
      });
    };
    begin(0);
    return () => {
      isStopped = true;
      stop?.();
    };
  };
}

// Jitter, so that clients do not reconnect simultaneously.
function retryWait(attempts: number) {
  const milliseconds = Math.min(100 * 2 ** attempts, 10_000) * (0.5 + Math.random() / 2);
  return new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
}
