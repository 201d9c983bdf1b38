import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { relayStylePagination } from "@apollo/client/utilities";
import type { ResultOf } from "@graphql-typed-document-node/core";
import { OperationTypeNode } from "graphql";
import { CHANGES, SEARCH, UPDATE, VIDEOS } from "./documents.js";
import type { UpdateVideoInput, VideoFilter } from "./gql/graphql.js";
import { openSocket } from "./socket.js";

export function connect(url: string, key: string) {
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(openSocket(url, key)),
      new HttpLink({ uri: url, headers: { authorization: `Bearer ${key}` } }),
    ),
    cache: new InMemoryCache({
      possibleTypes: {
        Node: ["Video", "AuditEntry", "LibraryRoot", "ScanJob", "VideoSnapshot"],
        VideoRecord: ["Video", "VideoSnapshot"],
      },
      typePolicies: {
        // These need `edges`: with `nodes` alone, pages are not merged.
        Query: {
          fields: {
            videos: relayStylePagination(["filter", "orderBy"]),
            searchVideos: relayStylePagination(["query", "filter"]),
            auditEntries: relayStylePagination(["filter"]),
            auditRequests: relayStylePagination(["filter"]),
            scanJobs: relayStylePagination(["rootId", "states"]),
            duplicateVideos: relayStylePagination(["filter"]),
          },
        },
        LibraryRoot: { fields: { problems: relayStylePagination() } },
        Video: { fields: { auditEntries: relayStylePagination() } },
        // A query for one part of them leaves the other part in the cache.
        AspectRatio: { merge: true },
        FrameRate: { merge: true },
        LibraryMoment: { merge: true },
      },
    }),
  });
}

/** All videos. In React: `useQuery`, and its `fetchMore` when the end of the list comes into view. */
export async function listVideos(client: ApolloClient, filter?: VideoFilter) {
  const options = { query: VIDEOS, variables: { first: 20, filter } };
  const list = client.watchQuery(options);
  const watching = list.subscribe({});
  let { data: page } = await client.query(options);
  while (page?.videos.pageInfo.hasNextPage) {
    ({ data: page } = await list.fetchMore({ variables: { after: page.videos.pageInfo.endCursor } }));
  }
  watching.unsubscribe();
  // The cache has merged the pages.
  return client.readQuery(options)?.videos.edges.map(({ node }) => node) ?? [];
}

/** The best matches. */
export async function searchVideos(client: ApolloClient, query: string) {
  const { data } = await client.query({ query: SEARCH, variables: { query, first: 20 } });
  return data?.searchVideos.edges.map(({ node }) => node) ?? [];
}

/** Updates the fields in `input`; fields that are `undefined` stay as they are. */
export async function updateVideo(client: ApolloClient, input: UpdateVideoInput) {
  const { data } = await client.mutate({ mutation: UPDATE, variables: { input } });
  return data?.updateVideo;
}

/** Calls `next` with each event. The videos that come with the events update the cache. */
export function followChanges(
  client: ApolloClient,
  next: (event: ResultOf<typeof CHANGES>["videoChanges"]) => void,
) {
  return client.subscribe({ query: CHANGES }).subscribe(({ data, error }) => {
    if (data) next(data.videoChanges);
    else console.error(error);
  });
}
