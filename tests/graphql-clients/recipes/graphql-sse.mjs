import { createClient } from "graphql-sse";
import { CHANGES, pause, resuming } from "./feed.mjs";

export function follow(url, variables, { next, error }) {
  const client = createClient({ url, retryAttempts: Infinity, retry: pause });
  resuming(client).subscribe(
    { query: CHANGES, variables },
    {
      next: ({ data, errors }) => (errors ? error(errors[0]) : next(data.videoChanges)),
      error,
      complete: () => {},
    },
  );
  return () => client.dispose();
}
