import { Client, subscriptionExchange } from "@urql/core";
import { createClient } from "graphql-ws";
import { CHANGES, pause, resuming } from "./feed.mjs";

export function follow(url, variables, { next, error }) {
  const socket = createClient({
    url: url.replace("http", "ws"),
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: () => true,
  });
  const feed = resuming(socket);
  const client = new Client({
    url,
    exchanges: [
      subscriptionExchange({
        forwardSubscription: (request) => ({
          subscribe: (sink) => ({ unsubscribe: feed.subscribe(request, sink) }),
        }),
      }),
    ],
  });
  client.subscription(CHANGES, variables).subscribe((result) => {
    if (result.error) error(result.error.graphQLErrors[0] ?? result.error);
    else next(result.data.videoChanges);
  });
  return () => socket.dispose();
}
