// The cache of urql: cacheExchange({ keys }) of @urql/exchange-graphcache.

import type { KeyingConfig } from "@urql/exchange-graphcache";

const withoutKey = () => null;

/** The types without an ID, which belong to what contains them. */
const EMBEDDED = [
  "AspectRatio",
  "Chapter",
  "CodecCount",
  "DuplicateGroup",
  "DurationBucket",
  "FieldChange",
  "FilterMatch",
  "FolderCount",
  "FrameRate",
  "LibraryChanged",
  "LibraryMoment",
  "MediaStream",
  "PlannedChange",
  "ResolutionCount",
  "ScanCounts",
  "ScanProblem",
  "ServerInfo",
  "SizeBucket",
  "TextSegment",
  "TimeBucket",
  "UndoConflict",
  "UndoItem",
  "UserError",
  "VideoChange",
  "VideoDifference",
  "VideoStats",
  "Viewer",
  "AuditRequest",
];

/**
 * A video is kept by ID and version, which name one state permanently, so a late answer cannot overwrite a newer
 * state: select both. Pages are kept one by one. `relayPagination` would join pages of different age, and
 * their `changesCursor` would be that of one of them: replaying from it could miss changes of the others.
 */
export const keys: KeyingConfig = {
  ...Object.fromEntries(EMBEDDED.map((name) => [name, withoutKey])),
  Video: ({ id, version }) => (id && version ? `${id}:${version}` : null),
};
