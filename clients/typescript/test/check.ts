// Uses a server through the package: `node built/test/check.js VIDEO TAKEN FREE`. Prints what it gets, line by
// line, and then follows the changes until it is stopped. VIDEO is moved to the path TAKEN, which another one
// has, and to FREE.

import { WebSocket } from "ws";
import { codeOf, followChanges, openSocket, withoutNulls, type Mutation, type Query } from "../src/index.js";

const [url, key] = [process.env["API_URL"] ?? "", process.env["API_KEY"] ?? ""];
const [id = "", taken = "", free = ""] = process.argv.slice(2);

async function ask<Root>(query: string, variables: object): Promise<Root> {
  const response = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = (await response.json()) as { data?: Root; errors?: unknown };
  if (!data) throw new Error(codeOf(errors));
  return data;
}

const LIST = `query($filter: VideoFilter, $after: String) {
  videos(first: 20, filter: $filter, after: $after) { nodes { path } pageInfo { hasNextPage endCursor } }
}`;
const filter = withoutNulls({ path: { startsWith: "/films/", contains: null }, videoCodec: null });
for (let after: string | null | undefined, isLast = false; !isLast; ) {
  const { videos }: Query = await ask(LIST, { filter, after });
  for (const { path } of videos.nodes) console.log("listed", path);
  after = videos.pageInfo.endCursor;
  isLast = !videos.pageInfo.hasNextPage;
}

const { searchVideos }: Query = await ask(`{ searchVideos(query: "common", first: 20) { nodes { path } } }`, {});
for (const { path } of searchVideos.nodes) console.log("found", path);

const UPDATE = `mutation($input: UpdateVideoInput!) {
  updateVideo(input: $input) { video { path } userErrors { code field } }
}`;
for (const path of [taken, free]) {
  const input = withoutNulls({ id, path, thumbnailPath: null });
  const { updateVideo }: Mutation = await ask(UPDATE, { input });
  for (const { code, field } of updateVideo?.userErrors ?? []) console.log("refused", code, field?.join("."));
  if (updateVideo?.userErrors.length === 0) console.log("updated", updateVideo.video?.path);
}

followChanges({
  socket: openSocket({ url, key, webSocketImpl: WebSocket }),
  onChanges: (changes) => changes.forEach(({ auditEntry }) => console.log("changed", auditEntry?.id)),
  onCaughtUp: () => console.log("following"),
  onError: console.error,
});
