import type { ResultOf } from "@graphql-typed-document-node/core";
import { Client, fetchExchange, subscriptionExchange } from "@urql/core";
import { cacheExchange } from "@urql/exchange-graphcache";
import { relayPagination } from "@urql/exchange-graphcache/extras";
import { CHANGES, SEARCH, UPDATE, VIDEOS } from "./documents.js";
import type { UpdateVideoInput, VideoFilter } from "./gql/graphql.js";
import schema from "./gql/schema.json" with { type: "json" };
import { openSocket } from "./socket.js";

const withoutKey = () => null;

export function connect(url: string, key: string) {
  const socket = openSocket(url, key);
  return new Client({
    url,
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${key}` } },
    exchanges: [
      cacheExchange({
        schema,
        keys: {
          AspectRatio: withoutKey,
          AuditRequest: withoutKey,
          Chapter: withoutKey,
          CodecCount: withoutKey,
          DuplicateGroup: withoutKey,
          DurationBucket: withoutKey,
          FieldChange: withoutKey,
          FilterMatch: withoutKey,
          FolderCount: withoutKey,
          FrameRate: withoutKey,
          LibraryChanged: withoutKey,
          LibraryMoment: withoutKey,
          MediaStream: withoutKey,
          PlannedChange: withoutKey,
          ResolutionCount: withoutKey,
          ScanCounts: withoutKey,
          ScanProblem: withoutKey,
          ServerInfo: withoutKey,
          SizeBucket: withoutKey,
          TextSegment: withoutKey,
          TimeBucket: withoutKey,
          UndoConflict: withoutKey,
          UndoItem: withoutKey,
          UserError: withoutKey,
          VideoChange: withoutKey,
          VideoDifference: withoutKey,
          VideoStats: withoutKey,
          Viewer: withoutKey,
        },
        resolvers: {
          Query: {
            videos: relayPagination(),
            searchVideos: relayPagination(),
            auditEntries: relayPagination(),
            auditRequests: relayPagination(),
            scanJobs: relayPagination(),
            duplicateVideos: relayPagination(),
          },
          LibraryRoot: { problems: relayPagination() },
          Video: { auditEntries: relayPagination() },
        },
      }),
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = "", variables }) => ({
          subscribe: (sink) => ({
            unsubscribe: socket.subscribe({ query, variables: { ...variables } }, sink),
          }),
        }),
      }),
    ],
  });
}

/** All videos. In React: `useQuery` with the variable `after`; the cache merges the pages. */
export async function listVideos(client: Client, filter?: VideoFilter) {
  let after: string | null | undefined;
  for (;;) {
    const { data, error } = await client.query(VIDEOS, { first: 20, after, filter });
    if (!data) throw error;
    const { edges, pageInfo } = data.videos;
    if (!pageInfo.hasNextPage) return edges.map(({ node }) => node);
    after = pageInfo.endCursor;
  }
}

/** The best matches. */
export async function searchVideos(client: Client, query: string) {
  const { data, error } = await client.query(SEARCH, { query, first: 20 });
  if (!data) throw error;
  return data.searchVideos.edges.map(({ node }) => node);
}

/** Updates the fields in `input`; fields that are `undefined` stay as they are. */
export async function updateVideo(client: Client, input: UpdateVideoInput) {
  const { data, error } = await client.mutation(UPDATE, { input });
  if (!data) throw error;
  return data.updateVideo;
}

/** Calls `next` with each event. The videos that come with the events update the cache. */
export function followChanges(
  client: Client,
  next: (event: ResultOf<typeof CHANGES>["videoChanges"]) => void,
) {
  return client.subscription(CHANGES, {}).subscribe(({ data, error }) => {
    if (data) next(data.videoChanges);
    else console.error(error);
  });
}
