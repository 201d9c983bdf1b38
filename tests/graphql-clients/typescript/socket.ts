import { createClient, type Client } from "graphql-ws";

/** A WebSocket whose subscriptions resume right after their last event. */
export function openSocket(url: string, key: string): Client {
  const client = createClient({
    url: url.replace(/^http/, "ws"),
    connectionParams: { Authorization: `Bearer ${key}` },
    retryAttempts: Infinity,
    retryWait: (attempts) => wait(Math.min(100 * 2 ** attempts, 10_000)),
    // Also retry while the server cannot be reached, which the default does not.
    shouldRetry: () => true,
  });
  return { ...client, subscribe: resuming(client.subscribe) };
}

// By default, a reconnecting client repeats its original cursor.
function resuming(subscribe: Client["subscribe"]): Client["subscribe"] {
  return (request, sink) => {
    let after = request.variables?.["after"];
    let wasTooSlow = false;
    let stop: () => void;
    const begin = () => {
      wasTooSlow = false;
      // A getter, because the client reads the variables on each attempt.
      const payload = {
        ...request,
        get variables() {
          return { ...request.variables, after };
        },
      };
      stop = subscribe<any, any>(payload, {
        next(result) {
          wasTooSlow = result.errors?.[0]?.extensions?.["code"] === "SLOW_CONSUMER";
          if (wasTooSlow) return;
          after = result.data?.videoChanges?.cursor ?? after;
          sink.next(result);
        },
        error: (error) => sink.error(error),
        complete: () => (wasTooSlow ? begin() : sink.complete()),
      });
    };
    begin();
    return () => stop();
  };
}

// Jitter, so that clients do not reconnect simultaneously.
function wait(milliseconds: number) {
  return new Promise<void>((resolve) => setTimeout(resolve, milliseconds * (0.5 + Math.random() / 2)));
}
