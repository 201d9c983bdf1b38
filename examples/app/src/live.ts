// Data that stay as the server has them.

import type { TypedDocumentNode } from "@apollo/client";
import { useEffect, useState } from "react";
import { keepCurrent, type VideoFilter } from "reelgraph-client";
import { useSession } from "./session";

/** The data with their variables, and the key of what was answered last, be it with an error. */
type Shown<Data, Variables> = { data?: Data; variables?: Variables; error?: unknown; key?: string };

/**
 * Reads a query, and again after each change of videos that `watched` finds before or after it; all if omitted.
 * With `showsRoots`, also after each change of whether library roots can be reached, and with each new `round`.
 * While new variables are being read, the earlier data stay. Unlike `useQuery`, this shows each answer itself, and
 * not what the cache holds, where a late answer to another page can replace newer statistics.
 */
export function useLive<Data, Variables extends Record<string, unknown>>(
  query: TypedDocumentNode<Data, Variables>,
  variables: Variables,
  watched?: VideoFilter,
  { showsRoots = false, round = 0 } = {},
) {
  const { client, socket } = useSession();
  const [shown, setShown] = useState<Shown<Data, Variables>>({});
  const key = JSON.stringify([variables, watched]);
  useEffect(
    () =>
      keepCurrent<Data>({
        socket,
        filter: watched,
        showsRoots,
        async read(signal) {
          const context = { queryDeduplication: false, fetchOptions: { signal } };
          const options = { query, variables, fetchPolicy: "network-only", context } as const;
          const { data } = await client.query<Data, Record<string, unknown>>(options);
          return data as Data;
        },
        onData: (data) => setShown({ data, variables, key }),
        onError: (error) => setShown((shown) => ({ ...shown, error, key })),
      }),
    // The key stands for the variables and the filter, which are new objects each time.
    [client, socket, query, key, showsRoots, round],
  );
  return { ...shown, isCurrent: shown.key === key };
}
