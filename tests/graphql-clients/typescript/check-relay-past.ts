// Checks that the past and the present of a video are kept apart in one Relay store:
// `node built/relay-past.mjs VIDEO`. The video is renamed, then changed with all others in its folder, and that is
// undone.

import assert from "node:assert/strict";
import {
  commitMutation,
  createOperationDescriptor,
  fetchQuery,
  getRequest,
  graphql,
  type MutationParameters,
  type OperationType,
} from "relay-runtime";
import { WebSocket } from "ws";
import type { checkRelayPastBulkMutation } from "./__generated__/checkRelayPastBulkMutation.graphql.js";
import type { checkRelayPastDifferencesQuery } from "./__generated__/checkRelayPastDifferencesQuery.graphql.js";
import type { checkRelayPastNowQuery } from "./__generated__/checkRelayPastNowQuery.graphql.js";
import type { checkRelayPastPlaceQuery } from "./__generated__/checkRelayPastPlaceQuery.graphql.js";
import type { checkRelayPastRenameMutation } from "./__generated__/checkRelayPastRenameMutation.graphql.js";
import type { checkRelayPastThenQuery } from "./__generated__/checkRelayPastThenQuery.graphql.js";
import type { checkRelayPastUndoMutation } from "./__generated__/checkRelayPastUndoMutation.graphql.js";
import { createEnvironment } from "./environment.js";

const PLACE = graphql`
  query checkRelayPastPlaceQuery {
    videos(first: 0) {
      changesCursor
    }
  }
`;

const NOW = graphql`
  query checkRelayPastNowQuery($id: ID!) {
    video(id: $id) {
      id
      path
      width
      version
    }
  }
`;

const THEN = graphql`
  query checkRelayPastThenQuery($at: LibraryMomentInput!, $id: ID!) {
    libraryAt(at: $at) {
      time
      video(id: $id) {
        id
        videoId
        path
        width
        version
      }
    }
  }
`;

const DIFFERENCES = graphql`
  query checkRelayPastDifferencesQuery($at: LibraryMomentInput!) {
    libraryAt(at: $at) {
      cursor
      differences(first: 10) {
        nodes {
          videoId
          before {
            id
            path
          }
          after {
            id
            path
          }
        }
      }
    }
  }
`;

const RENAME = graphql`
  mutation checkRelayPastRenameMutation($input: UpdateVideoInput!) {
    updateVideo(input: $input) {
      video {
        id
        path
        version
      }
    }
  }
`;

const BULK = graphql`
  mutation checkRelayPastBulkMutation($input: UpdateVideosInput!) {
    updateVideos(input: $input) {
      applied
      count
      plan
      requestId
      items {
        videoId
        currentVideo {
          id
          path
          width
          version
        }
        changes {
          field
          new
        }
      }
      videos {
        id
        path
        width
        version
      }
    }
  }
`;

const UNDO = graphql`
  mutation checkRelayPastUndoMutation($input: UndoRequestInput!) {
    undoRequest(input: $input) {
      applied
      count
      plan
      items {
        videoId
        currentVideo {
          id
          path
          width
          version
        }
        changes {
          field
          new
        }
      }
    }
  }
`;

// Relay reports what it cannot merge there.
const warnings: unknown[][] = [];
console.error = (...warning) => warnings.push(warning);
Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? WebSocket });

const [url, key] = [process.env["API_URL"] ?? "", process.env["API_KEY"] ?? ""];
const [id = ""] = process.argv.slice(2);
const environment = createEnvironment(url, key);

type Query = typeof NOW;

// Asks the server, and has the store keep the answer.
async function ask<Asked extends OperationType>(query: Query, variables: Asked["variables"]): Promise<Asked["response"]> {
  environment.retain(createOperationDescriptor(getRequest(query), variables));
  const found = await fetchQuery<Asked>(environment, query, variables).toPromise();
  assert(found);
  return found;
}

// What the store has, without asking the server.
function stored<Asked extends OperationType>(query: Query, variables: Asked["variables"]): Asked["response"] {
  const operation = createOperationDescriptor(getRequest(query), variables);
  assert.equal(environment.check(operation).status, "available");
  const { data, isMissingData } = environment.lookup(operation.fragment);
  assert(data && !isMissingData);
  return data;
}

function change<Made extends MutationParameters>(mutation: Query, variables: Made["variables"]): Promise<Made["response"]> {
  return new Promise((onCompleted, onError) => {
    commitMutation<Made>(environment, { mutation, variables, onCompleted, onError });
  });
}

// All records but those of what mutations returned, which have IDs of Relay's own.
function records(): Record<string, unknown> {
  const records = Object.entries(environment.getStore().getSource().toJSON());
  const others = records.filter(([key]) => !key.startsWith("client:local:"));
  return structuredClone(Object.fromEntries(others));
}

const place = async () => (await ask<checkRelayPastPlaceQuery>(PLACE, {})).videos.changesCursor;
const now = () => {
  const { path, width, version } = stored<checkRelayPastNowQuery>(NOW, { id }).video!;
  return [path, width, version];
};
const then = (cursor: string) => {
  const { id: snapshot, path, width, version } = stored<checkRelayPastThenQuery>(THEN, { at: { cursor }, id }).libraryAt.video!;
  assert.equal(snapshot, `${id}@${version}`);
  return [path, width, version];
};

// The present is renamed, and the past stays.
const first = await place();
const before = (await ask<checkRelayPastNowQuery>(NOW, { id })).video!;
await ask<checkRelayPastThenQuery>(THEN, { at: { cursor: first }, id });
const original = [before.path, before.width, before.version];
assert.deepEqual(then(first), original);
const renamed = ["/others/Renamed.mkv", before.width, before.version + 1];
await change<checkRelayPastRenameMutation>(RENAME, { input: { id, path: "/others/Renamed.mkv" } });
assert.deepEqual([now(), then(first)], [renamed, original]);

// The past comes in again, at two moments, and the present stays.
const second = await place();
for (const cursor of [first, second]) await ask<checkRelayPastThenQuery>(THEN, { at: { cursor }, id });
assert.deepEqual([now(), then(first), then(second)], [renamed, original, renamed]);

// Parts that two queries select of one moment are one record.
const at = { cursor: first };
const { libraryAt } = await ask<checkRelayPastDifferencesQuery>(DIFFERENCES, { at });
assert.deepEqual([libraryAt.cursor, libraryAt.differences.nodes.map(({ videoId }) => videoId)], [first, [id]]);
assert.deepEqual(stored<checkRelayPastDifferencesQuery>(DIFFERENCES, { at }).libraryAt, libraryAt);
assert.deepEqual([then(first), then(second)], [original, renamed]);
const moments = Object.values(records()).filter((record) => (record as any).__typename === "LibraryMoment");
assert.equal(moments.length, 2);

// A dry run changes nothing, and the change itself only the present.
const width = before.width + 1;
const bulk = { select: { filter: { path: { startsWith: "/others/" } } }, set: { width } };
let unchanged = records();
const planned = (await change<checkRelayPastBulkMutation>(BULK, { input: bulk })).updateVideos!;
assert.deepEqual([planned.applied, planned.count, planned.items.length, planned.videos], [false, 45, 45, []]);
// But for videos that were not there before.
const known = (all: Record<string, unknown>) => Object.fromEntries(Object.keys(unchanged).map((key) => [key, all[key]]));
assert.deepEqual(known(records()), unchanged);
const { applied, videos, requestId } = (
  await change<checkRelayPastBulkMutation>(BULK, { input: { ...bulk, dryRun: false, plan: planned.plan } })
).updateVideos!;
assert.deepEqual([applied, videos.length], [true, 45]);
const wide = ["/others/Renamed.mkv", width, before.version + 2];
assert.deepEqual([now(), then(first), then(second)], [wide, original, renamed]);

// So it is with an undo.
unchanged = records();
const undo = { requestId: requestId! };
const undoing = (await change<checkRelayPastUndoMutation>(UNDO, { input: undo })).undoRequest!;
assert.deepEqual([undoing.applied, undoing.count], [false, 45]);
assert.deepEqual(records(), unchanged);
const undone = await change<checkRelayPastUndoMutation>(UNDO, { input: { ...undo, dryRun: false, plan: undoing.plan } });
assert.equal(undone.undoRequest?.applied, true);
const narrow = ["/others/Renamed.mkv", before.width, before.version + 3];
assert.deepEqual([now(), then(first), then(second)], [narrow, original, renamed]);
assert.deepEqual(warnings, []);
