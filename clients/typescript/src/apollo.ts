// The cache of Apollo Client: new InMemoryCache({ possibleTypes, typePolicies }).

import type { TypePolicies } from "@apollo/client";
import { relayStylePagination } from "@apollo/client/utilities";

export const possibleTypes = {
  Node: ["Video", "AuditEntry", "LibraryRoot", "ScanJob", "VideoSnapshot"],
  VideoRecord: ["Video", "VideoSnapshot"],
};

interface Args {
  offset?: number;
  after?: string;
  before?: string;
}

/** A `FieldPolicy` of whichever copy of Apollo Client an app has. */
interface PagePolicy {
  keyArgs: (args: Args | null) => string[];
  read: (existing: any, options: any) => any;
  merge: (existing: any, incoming: any, options: any) => any;
}

/**
 * Pages that follow one another by cursor become one list; a page that is entered by `offset` stands alone. A list
 * keeps the `changesCursor` of its first part, because replaying from a later one would miss what happened to the
 * videos of the earlier one in between.
 */
function pages(...keyArgs: string[]): PagePolicy {
  const { read, merge } = relayStylePagination(keyArgs);
  return {
    keyArgs: (args: Args | null) => (args?.offset ? [...keyArgs, "offset", "first", "after"] : keyArgs),
    read: (existing, options) => (typeof read === "function" ? read(existing, options) : existing),
    merge(existing, incoming, options) {
      const merged = typeof merge === "function" ? merge(existing, incoming, options) : incoming;
      const { after, before }: Args = options.args ?? {};
      const isMore = existing?.changesCursor && (after || before);
      return isMore ? { ...merged, changesCursor: existing.changesCursor } : merged;
    },
  };
}

/** An answer replaces an earlier one as a whole: parts of both would be of different moments. */
const whole = { merge: false } as const;

export const typePolicies = {
  Query: {
    fields: {
      videos: pages("filter", "orderBy"),
      searchVideos: pages("query", "filter"),
      auditEntries: pages("filter"),
      auditRequests: pages("filter"),
      scanJobs: pages("rootId", "states"),
      duplicateVideos: pages("filter"),
    },
  },
  LibraryRoot: { fields: { problems: pages() } },
  // An ID and a version name one state permanently, so a late answer cannot overwrite a newer state. Select
  // both wherever you select a video.
  Video: { keyFields: ["id", "version"], fields: { auditEntries: pages() } },
  // It has no ID: parts that several queries select of one moment belong together.
  LibraryMoment: {
    merge: true,
    fields: {
      videos: pages("filter", "orderBy"),
      searchVideos: pages("query", "filter"),
      differences: pages("until"),
    },
  },
  AspectRatio: { merge: true },
  FrameRate: { merge: true },
  VideoStats: whole,
} satisfies TypePolicies;
