// Runs a client against a server: `node built/check.js CLIENT VIDEO TAKEN FREE`. Prints what it gets,
// line by line, and then follows the changes until it is stopped. VIDEO is moved to the path TAKEN,
// which another one has, and to FREE.

import { InfiniteQueryObserver, MutationObserver, QueryClient } from "@tanstack/react-query";
import { WebSocket } from "ws";
import * as apollo from "./apollo.js";
import { Library } from "./fetch.js";
import type { ChangesSubscription, UpdateMutation, UpdateVideoInput, VideoFilter } from "./gql/graphql.js";
import * as tanstack from "./tanstack.js";
import * as tada from "./tada.js";
import * as urql from "./urql.js";

interface Recipe {
  list(filter: VideoFilter): Promise<{ path: string }[]>;
  search(query: string): Promise<{ path: string }[]>;
  update(input: UpdateVideoInput): Promise<UpdateMutation["updateVideo"] | undefined>;
  follow(next: (event: ChangesSubscription["videoChanges"]) => void): unknown;
}

function withFetch(): Recipe {
  const library = new Library(url, key);
  return {
    async list(filter) {
      const videos = [];
      for await (const video of library.videos(filter)) videos.push(video);
      return videos;
    },
    search: (query) => library.search(query),
    update: (input) => library.update(input),
    follow: (next) => library.follow(next),
  };
}

function withApollo(): Recipe {
  const client = apollo.connect(url, key);
  return {
    list: (filter) => apollo.listVideos(client, filter),
    search: (query) => apollo.searchVideos(client, query),
    update: (input) => apollo.updateVideo(client, input),
    follow: (next) => apollo.followChanges(client, next),
  };
}

function withUrql(): Recipe {
  const client = urql.connect(url, key);
  return {
    list: (filter) => urql.listVideos(client, filter),
    search: (query) => urql.searchVideos(client, query),
    update: (input) => urql.updateVideo(client, input),
    follow: (next) => urql.followChanges(client, next),
  };
}

function withTada(): Recipe {
  const client = urql.connect(url, key);
  return {
    list: (filter) => tada.listVideos(client, filter),
    search: (query) => tada.searchVideos(client, query),
    update: (input) => tada.updateVideo(client, input),
    follow: (next) => tada.followChanges(client, next),
  };
}

function withTanstack(): Recipe {
  const client = tanstack.connect(url, key);
  const queries = new QueryClient();
  return {
    async list(filter) {
      // What `useInfiniteQuery` does.
      const list = new InfiniteQueryObserver(queries, tanstack.videosOptions(client, filter));
      await list.refetch();
      while (list.getCurrentResult().hasNextPage) await list.fetchNextPage();
      return list.getCurrentResult().data ?? [];
    },
    search: (query) => queries.fetchQuery(tanstack.searchOptions(client, query)),
    update: (input) => new MutationObserver(queries, tanstack.updateOptions(client)).mutate(input),
    follow: (next) => tanstack.followChanges(queries, url, key, next),
  };
}

// Node.js has it by itself from version 22 on.
Object.assign(globalThis, { WebSocket: globalThis.WebSocket ?? WebSocket });

const [url, key] = [process.env["API_URL"] ?? "", process.env["API_KEY"] ?? ""];
const [name = "", id = "", taken = "", free = ""] = process.argv.slice(2);
const recipes: Record<string, () => Recipe> = {
  fetch: withFetch,
  apollo: withApollo,
  tada: withTada,
  urql: withUrql,
  tanstack: withTanstack,
};
const recipe = recipes[name]!();

for (const { path } of await recipe.list({ path: { startsWith: "/films/" } })) console.log("listed", path);
for (const { path } of await recipe.search("common")) console.log("found", path);
for (const path of [taken, free]) {
  const outcome = await recipe.update({ id, path, thumbnailPath: undefined });
  for (const { code, field } of outcome?.userErrors ?? []) console.log("refused", code, field?.join("."));
  if (outcome?.userErrors.length === 0) console.log("updated", outcome.video?.path);
}
recipe.follow(({ kind, auditEntry }) => {
  if (kind === "CAUGHT_UP") console.log("following");
  if (kind === "CHANGE") console.log("changed", auditEntry?.id);
});
