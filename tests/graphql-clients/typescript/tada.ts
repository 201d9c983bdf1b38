import type { ResultOf, VariablesOf } from "gql.tada";
import { initGraphQLTada } from "gql.tada";
import type { Client } from "@urql/core";
import type { introspection } from "./graphql-env.d.ts";

const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { SafeInt: number; DateTime: string; JSON: unknown };
}>();

const VIDEOS = graphql(`
  query Videos($first: Int, $after: String, $filter: VideoFilter) {
    videos(first: $first, after: $after, filter: $filter) {
      edges { cursor node { id path durationFrames createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const SEARCH = graphql(`
  query Search($query: String!) {
    searchVideos(query: $query, first: 20) {
      edges { cursor score node { id path durationFrames createdAt } }
    }
  }
`);

const UPDATE = graphql(`
  mutation Update($input: UpdateVideoInput!) {
    updateVideo(input: $input) {
      video { id path durationFrames createdAt version }
      userErrors { code message field }
    }
  }
`);

const CHANGES = graphql(`
  subscription Changes($after: String) {
    videoChanges(after: $after, marks: true) {
      kind
      cursor
      auditEntry { id operation entityId changes { field old new } }
      currentVideo { id path durationFrames createdAt }
    }
  }
`);

/** All videos, page by page. */
export async function listVideos(client: Client, filter?: VariablesOf<typeof VIDEOS>["filter"]) {
  let after: string | null | undefined;
  for (;;) {
    const { data, error } = await client.query(VIDEOS, { first: 20, after, filter });
    if (!data) throw error;
    const { edges, pageInfo } = data.videos;
    // urql's cache has merged the pages.
    if (!pageInfo.hasNextPage) return edges.map(({ node }) => node);
    after = pageInfo.endCursor;
  }
}

/** The best matches. */
export async function searchVideos(client: Client, query: string) {
  const { data, error } = await client.query(SEARCH, { query });
  if (!data) throw error;
  return data.searchVideos.edges.map(({ node }) => node);
}

/** Updates the fields in `input`; fields that are `undefined` stay as they are. */
export async function updateVideo(client: Client, input: VariablesOf<typeof UPDATE>["input"]) {
  const { data, error } = await client.mutation(UPDATE, { input });
  if (!data) throw error;
  return data.updateVideo;
}

/** Calls `next` with each event. */
export function followChanges(
  client: Client,
  next: (event: ResultOf<typeof CHANGES>["videoChanges"]) => void,
) {
  return client.subscription(CHANGES, {}).subscribe(({ data, error }) => {
    if (data) next(data.videoChanges);
    else console.error(error);
  });
}
