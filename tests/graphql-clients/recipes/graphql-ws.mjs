import { createClient } from "graphql-ws";
import { CHANGES, pause, resuming } from "./feed.mjs";

export function follow(url, variables, { next, error }) {
  const socket = createClient({
    url: url.replace("http", "ws"),
    retryAttempts: Infinity,
    retryWait: pause,
    // Also retry while the server cannot be reached, which the default does not.
    shouldRetry: () => true,
  });
  resuming(socket).subscribe(
    { query: CHANGES, variables },
    {
      next: ({ data, errors }) => (errors ? error(errors[0]) : next(data.videoChanges)),
      error: (reason) => error(Array.isArray(reason) ? reason[0] : reason),
      complete: () => {},
    },
  );
  return () => socket.dispose();
}
