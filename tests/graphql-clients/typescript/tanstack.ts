import type { ResultOf } from "@graphql-typed-document-node/core";
import { QueryClient, infiniteQueryOptions } from "@tanstack/react-query";
import { print } from "graphql";
import { GraphQLClient } from "graphql-request";
import { CHANGES, SEARCH, UPDATE, VIDEOS } from "./documents.js";
import type { UpdateVideoInput, VideoFilter } from "./gql/graphql.js";
import { openSocket } from "./socket.js";

export function connect(url: string, key: string) {
  return new GraphQLClient(url, { headers: { authorization: `Bearer ${key}` } });
}

/** For `useInfiniteQuery`, whose `fetchNextPage` fetches 20 more. */
export function videosOptions(client: GraphQLClient, filter?: VideoFilter) {
  return infiniteQueryOptions({
    queryKey: ["videos", filter],
    queryFn: ({ pageParam }) => client.request(VIDEOS, { first: 20, after: pageParam, filter }),
    initialPageParam: undefined as string | null | undefined,
    getNextPageParam: ({ videos: { pageInfo } }) => (pageInfo.hasNextPage ? pageInfo.endCursor : null),
    select: ({ pages }) => pages.flatMap(({ videos }) => videos.edges.map(({ node }) => node)),
  });
}

/** For `useQuery`: the best matches. */
export function searchOptions(client: GraphQLClient, query: string) {
  return {
    queryKey: ["search", query],
    queryFn: async () => {
      const { searchVideos } = await client.request(SEARCH, { query, first: 20 });
      return searchVideos.edges.map(({ node }) => node);
    },
  };
}

/** For `useMutation`. Fields that are `undefined` stay as they are. */
export function updateOptions(client: GraphQLClient) {
  return {
    mutationFn: async (input: UpdateVideoInput) => (await client.request(UPDATE, { input })).updateVideo,
  };
}

/** Refetches what is shown after every change of the library. */
export function followChanges(
  queries: QueryClient,
  url: string,
  key: string,
  next: (event: ResultOf<typeof CHANGES>["videoChanges"]) => void = () => {},
) {
  return openSocket(url, key).subscribe<ResultOf<typeof CHANGES>>(
    { query: print(CHANGES) },
    {
      next({ data }) {
        if (!data) return;
        if (data.videoChanges.kind === "CHANGE") void queries.invalidateQueries();
        next(data.videoChanges);
      },
      error: console.error,
      complete: () => {},
    },
  );
}
