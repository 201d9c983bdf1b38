import { graphql } from "./gql/index.js";

export const VIDEOS = graphql(`
  query Videos($first: Int, $after: String, $filter: VideoFilter, $orderBy: [VideoOrder!]) {
    videos(first: $first, after: $after, filter: $filter, orderBy: $orderBy) {
      edges { cursor node { id path durationFrames createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const SEARCH = graphql(`
  query Search($query: String!, $first: Int, $after: String) {
    searchVideos(query: $query, first: $first, after: $after) {
      edges { cursor score node { id path durationFrames createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const UPDATE = graphql(`
  mutation Update($input: UpdateVideoInput!) {
    updateVideo(input: $input) {
      video { id path durationFrames createdAt version }
      userErrors { code message field }
    }
  }
`);

export const CHANGES = graphql(`
  subscription Changes($after: String) {
    videoChanges(after: $after, marks: true) {
      kind
      cursor
      auditEntry { id operation entityId changes { field old new } }
      currentVideo { id path durationFrames createdAt }
    }
  }
`);
