// Everything that the app asks the server for.

import { graphql } from "./gql";

export const SESSION = graphql(`
  query Session {
    viewer { name role canWrite }
    serverInfo { maxSearchCharacters }
    libraryRoots { id }
  }
`);

graphql(`
  fragment Picture on Video {
    id version filename availability
    thumbnailUrl(width: $pictureWidth)
  }

  fragment Row on Video {
    ...Picture
    path durationSeconds width height videoCodec audioCodec fileSize createdAt
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
    thumbnailPath createdAt updatedAt rotation availability missingSince
    frameRate { numerator denominator fps }
    pixelAspectRatio { numerator denominator }
    thumbnailUrl(width: 640)
    fileUrl
  }
`);

/** New addresses of the files of a video, for those that have expired. */
export const ADDRESSES = graphql(`
  query Addresses($id: ID!, $pictureWidth: Int!) {
    video(id: $id) { id version thumbnailUrl(width: $pictureWidth) fileUrl }
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
    ...Availabilities @include(if: $hasRoots)
  }

  fragment Availabilities on Query {
    available: videoStats(filter: $available) { count changesCursor }
    missing: videoStats(filter: $missing) { count changesCursor }
    offline: videoStats(filter: $offline) { count changesCursor }
  }
`);

/** A page in an order that was chosen, with all around it, in one request. */
export const LIST = graphql(`
  query List(
    $search: String!, $orderBy: [VideoOrder!], $offset: Int!, $first: Int!, $pictureWidth: Int!
    $filter: VideoFilter!, $anyVideoCodec: VideoFilter!, $anyAudioCodec: VideoFilter!, $anyResolution: VideoFilter!
    $hasRoots: Boolean!, $available: VideoFilter!, $missing: VideoFilter!, $offline: VideoFilter!
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
    $search: String!, $offset: Int!, $first: Int!, $pictureWidth: Int!
    $filter: VideoFilter!, $anyVideoCodec: VideoFilter!, $anyAudioCodec: VideoFilter!, $anyResolution: VideoFilter!
    $hasRoots: Boolean!, $available: VideoFilter!, $missing: VideoFilter!, $offline: VideoFilter!
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
      duplicates { id version filename path availability }
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

export const DUPLICATES = graphql(`
  query Duplicates(
    $filter: VideoFilter!, $pictureWidth: Int!, $first: Int, $after: String, $last: Int, $before: String
  ) {
    duplicateVideos(filter: $filter, first: $first, after: $after, last: $last, before: $before) {
      nodes {
        fingerprint count redundantBytes
        videos { ...Picture path fileSize durationSeconds }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      totalCount
    }
  }
`);

graphql(`
  fragment Job on ScanJob {
    id state phase progress requestedBy createdAt startedAt endedAt message
    root { id }
    counts { seen added updated moved restored missing heldBack unreachable unsettled ignored problems }
  }
`);

export const ROOTS = graphql(`
  query Roots {
    libraryRoots {
      id name directory pathPrefix state stateReason isWatched videoCount missingCount
      lastScan { ...Job }
      problems(first: 0) { totalCount }
    }
  }
`);

/** Every scan, whoever asked for it. */
export const SCANS = graphql(`
  subscription Scans {
    scanProgress { ...Job }
  }
`);

export const PROBLEMS = graphql(`
  query Problems($root: ID!, $first: Int, $after: String, $last: Int, $before: String) {
    node(id: $root) {
      ... on LibraryRoot {
        id
        problems(first: $first, after: $after, last: $last, before: $before) {
          nodes {
            path code message since
            video { id version filename path }
            candidates { id version filename path missingSince }
          }
          pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
          totalCount
        }
      }
    }
  }
`);

export const SCAN = graphql(`
  mutation Scan($input: ScanLibraryInput!) {
    scanLibrary(input: $input) { userErrors { code message field } }
  }
`);

export const CANCEL_SCAN = graphql(`
  mutation CancelScan($input: CancelScanInput!) {
    cancelScan(input: $input) { userErrors { code message field } }
  }
`);

export const CONFIRM_SCAN = graphql(`
  mutation ConfirmScan($input: ConfirmScanInput!) {
    confirmScan(input: $input) { userErrors { code message field } }
  }
`);

/** The same file, found elsewhere: the missing video goes on as it. */
export const MERGE = graphql(`
  mutation Merge($input: MergeMovedVideoInput!) {
    mergeMovedVideo(input: $input) {
      video { id version filename path }
      userErrors { code message field }
    }
  }
`);
