// Everything that the app asks the server for.

import { graphql } from "./gql";

export const SESSION = graphql(`
  query Session {
    viewer { name role canWrite }
    serverInfo { maxSearchCharacters }
  }
`);

graphql(`
  fragment Row on Video {
    id version filename path durationSeconds width height videoCodec audioCodec fileSize createdAt
    frameRate { fps }
    filenameSegments(query: $search) { text isMatch }
    pathSegments(query: $search) { text isMatch }
  }

  fragment Entry on AuditEntry {
    id timestamp operation entityId actor
    changes { field old new }
    currentVideo { id version filename }
  }

  fragment Whole on Video {
    id version path filename durationFrames durationSeconds width height videoCodec audioCodec fileSize
    thumbnailPath createdAt updatedAt
    frameRate { numerator denominator fps }
  }
`);

/**
 * What stands around a page of the list. Each facet counts what the other conditions find, so that another value can
 * be chosen as well.
 */
graphql(`
  fragment Around on Query {
    totals: videoStats(filter: $filter) { totalFileSize totalDurationSeconds changesCursor }
    videoCodecs: videoStats(filter: $anyVideoCodec) { videoCodecs { codec count } changesCursor }
    audioCodecs: videoStats(filter: $anyAudioCodec) { audioCodecs { codec count } changesCursor }
    resolutions: videoStats(filter: $anyResolution) { resolutions { width height count } changesCursor }
  }
`);

/** A page in an order that was chosen, with all around it, in one request. */
export const LIST = graphql(`
  query List(
    $search: String!, $orderBy: [VideoOrder!], $offset: Int!, $first: Int!
    $filter: VideoFilter!, $anyVideoCodec: VideoFilter!, $anyAudioCodec: VideoFilter!, $anyResolution: VideoFilter!
  ) {
    page: videos(filter: $filter, orderBy: $orderBy, offset: $offset, first: $first) {
      totalCount changesCursor
      nodes { ...Row }
    }
    ...Around
  }
`);

/** The same, best match first. */
export const HITS = graphql(`
  query Hits(
    $search: String!, $offset: Int!, $first: Int!
    $filter: VideoFilter!, $anyVideoCodec: VideoFilter!, $anyAudioCodec: VideoFilter!, $anyResolution: VideoFilter!
  ) {
    page: searchVideos(query: $search, filter: $filter, offset: $offset, first: $first) {
      totalCount changesCursor
      nodes { ...Row }
    }
    ...Around
  }
`);

export const VIDEO = graphql(`
  query Video($id: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    video(id: $id) {
      ...Whole
      auditEntries(first: $first, after: $after, last: $last, before: $before) {
        nodes { ...Entry }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        changesCursor
      }
    }
  }
`);

export const UPDATE = graphql(`
  mutation Update($input: UpdateVideoInput!) {
    updateVideo(input: $input) {
      video { ...Whole }
      userErrors { code message field }
    }
  }
`);

/** What one request did to one video. */
export const OUTCOME = graphql(`
  query Outcome($requestId: String!, $id: ID!) {
    auditEntries(filter: { requestId: $requestId, entityId: $id }) { totalCount }
  }
`);

export const STATISTICS = graphql(`
  query Statistics($filter: VideoFilter!, $unit: TimeUnit!, $sizes: [SafeInt!]!, $durations: [Float!]!, $under: String) {
    videoStats(filter: $filter) {
      count totalFileSize totalDurationSeconds
      minFileSize maxFileSize minDurationSeconds maxDurationSeconds
      videoCodecs { codec count totalFileSize }
      audioCodecs { codec count totalFileSize }
      resolutions { width height count totalFileSize }
      timeBuckets(unit: $unit, first: 60) { start count totalFileSize }
      fileSizes(bounds: $sizes) { lower upper count totalFileSize }
      durations(bounds: $durations) { lower upper count totalFileSize }
      folders(under: $under) { path name count totalFileSize }
      changesCursor
    }
  }
`);

export const ACTIVITY = graphql(`
  query Activity($first: Int, $after: String, $last: Int, $before: String) {
    auditRequests(first: $first, after: $after, last: $last, before: $before) {
      edges {
        cursor
        node { requestId actor startedAt endedAt inserted updated deleted latest { ...Entry } }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
      changesCursor
    }
  }
`);

export const CHANGES = graphql(`
  query Changes($filter: AuditFilter!, $first: Int, $after: String, $last: Int, $before: String) {
    auditEntries(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      nodes { ...Entry }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      changesCursor
    }
  }
`);
