// The cache policies: a late answer does no harm.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { ApolloClient, ApolloLink, InMemoryCache, gql } from "@apollo/client";
import { Client, fetchExchange } from "@urql/core";
import { of } from "rxjs";
import { cacheExchange } from "@urql/exchange-graphcache";
import { buildSchema, isObjectType, type GraphQLObjectType } from "graphql";
import { possibleTypes, typePolicies } from "../src/apollo.js";
import { keys } from "../src/urql.js";

const schema = buildSchema(readFileSync("../../schema.graphql", "utf8"));
const objects = Object.values(schema.getTypeMap()).filter(isObjectType);

const VIDEO = gql`query Video { video(id: "1") { id version path } }`;
const video = (version: number) => ({ __typename: "Video", id: "1", version, path: `/${version}` });

const LIST = gql`query List($after: String, $offset: Int) {
  videos(first: 2, after: $after, offset: $offset) {
    changesCursor
    edges { cursor node { id version } }
    pageInfo { hasNextPage endCursor }
  }
}`;

/** A page of the list with these videos, read at this place of the log. */
const page = (changesCursor: string, ...ids: string[]) => ({
  videos: {
    __typename: "VideoConnection",
    changesCursor,
    edges: ids.map((id) => ({ __typename: "VideoEdge", cursor: id, node: { __typename: "Video", id, version: 1 } })),
    pageInfo: { __typename: "PageInfo", hasNextPage: true, endCursor: ids.at(-1) ?? null },
  },
});

const newCache = () => new InMemoryCache({ possibleTypes, typePolicies });
const idsOf = (list: ReturnType<typeof page> | null) => list?.videos.edges.map(({ node }) => node.id);

test("Apollo Client: an older state of a video does not replace a newer one", () => {
  const cache = newCache();
  cache.writeQuery({ query: VIDEO, data: { video: video(2) } });
  const late = gql`query Late { nodes(ids: ["1"]) { ... on Video { id version path } } }`;
  cache.writeQuery({ query: late, data: { nodes: [video(1)] } });
  assert.deepEqual(cache.readQuery({ query: VIDEO }), { video: video(2) });
});

test("Apollo Client: pages become one list, which keeps the cursor of its first part", () => {
  const cache = newCache();
  cache.writeQuery({ query: LIST, data: page("x", "1", "2") });
  cache.writeQuery({ query: LIST, variables: { after: "2" }, data: page("y", "3", "4") });
  const list = cache.readQuery<ReturnType<typeof page>>({ query: LIST });
  assert.deepEqual(idsOf(list), ["1", "2", "3", "4"]);
  assert.equal(list?.videos.changesCursor, "x");

  cache.writeQuery({ query: LIST, data: page("z", "0", "1") });
  const again = cache.readQuery<ReturnType<typeof page>>({ query: LIST });
  assert.deepEqual(idsOf(again), ["0", "1"]);
  assert.equal(again?.videos.changesCursor, "z");
});

test("Apollo Client: a page that is entered in the middle stands alone", () => {
  const cache = newCache();
  cache.writeQuery({ query: LIST, data: page("x", "1", "2") });
  cache.writeQuery({ query: LIST, variables: { offset: 100 }, data: page("y", "8", "9") });
  assert.deepEqual(idsOf(cache.readQuery({ query: LIST })), ["1", "2"]);
  assert.deepEqual(idsOf(cache.readQuery({ query: LIST, variables: { offset: 100 } })), ["8", "9"]);
});

const THEN = gql`query Then($at: LibraryMomentInput!) {
  libraryAt(at: $at) { time videos(first: 2) { nodes { id videoId version path } } }
}`;
const DIFFERENCES = gql`query Differences($at: LibraryMomentInput!) { libraryAt(at: $at) { cursor differences { totalCount } } }`;
const moment = { at: { cursor: "c" } };
const then = {
  libraryAt: {
    __typename: "LibraryMoment",
    time: "2026-01-01T00:00:00.000000Z",
    videos: {
      __typename: "VideoSnapshotConnection",
      nodes: [{ __typename: "VideoSnapshot", id: "1@1", videoId: "1", version: 1, path: "/1" }],
    },
  },
};

test("Apollo Client: the past and the present of a video are kept apart", () => {
  const cache = newCache();
  cache.writeQuery({ query: VIDEO, data: { video: video(2) } });
  cache.writeQuery({ query: THEN, variables: moment, data: then });
  const differences = { __typename: "VideoDifferenceConnection", totalCount: 1 };
  const more = { libraryAt: { __typename: "LibraryMoment", cursor: "c", differences } };
  cache.writeQuery({ query: DIFFERENCES, variables: moment, data: more });
  assert.deepEqual(cache.readQuery({ query: VIDEO }), { video: video(2) });
  assert.deepEqual(cache.readQuery({ query: THEN, variables: moment }), then);
  assert.equal(cache.readQuery({ query: THEN, variables: { at: { cursor: "d" } } }), null);
});

/** What a dry run returns of a bulk change, and of an undo. */
const PLANNED = {
  __typename: "UpdateVideosPayload",
  applied: false,
  plan: "p",
  items: [{ __typename: "PlannedChange", videoId: "1", currentVideo: video(2), changes: [] }],
};
const PLAN = gql`mutation Plan($input: UpdateVideosInput!) {
  updateVideos(input: $input) { applied plan items { videoId currentVideo { id version path } changes { field } } }
}`;

test("Apollo Client: a dry run changes nothing in the cache", async () => {
  const cache = newCache();
  cache.writeQuery({ query: VIDEO, data: { video: video(2) } });
  cache.writeQuery({ query: LIST, data: page("x", "1", "2") });
  // That there was a mutation is all that is new.
  const before = { ...cache.extract(), ROOT_MUTATION: { __typename: "Mutation" } };
  const link = new ApolloLink(() => of({ data: { updateVideos: PLANNED } }));
  const client = new ApolloClient({ link, cache });
  const { data } = await client.mutate({ mutation: PLAN, variables: { input: {} } });
  assert.deepEqual(data, { updateVideos: PLANNED });
  assert.deepEqual(cache.extract(), before);
});

test("Apollo Client: the client takes the policies, and knows what implements Node", async () => {
  const answers = new ApolloLink(() => {
    throw new Error("nothing is asked");
  });
  new ApolloClient({ link: answers, cache: newCache() });
  const node = schema.getType("Node");
  assert(node && "getInterfaces" in node);
  const names = schema.getPossibleTypes(node as never).map(({ name }) => name);
  assert.deepEqual([...possibleTypes.Node].sort(), names.sort());
});

test("urql: every type has an ID, or is embedded in what contains it", () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const isOwn = (type: GraphQLObjectType) =>
    !roots.includes(type) && !/^__|^PageInfo$|Connection$|Edge$|Payload$/.test(type.name) && !("id" in type.getFields());
  const missing = objects.filter(isOwn).filter(({ name }) => keys[name]?.({ __typename: name }) !== null);
  assert.deepEqual(missing.map(({ name }) => name), []);
});

test("urql: the past and the present of a video are kept apart, and a dry run changes neither", async () => {
  const answers: object[] = [{ video: video(2) }, then, { updateVideos: PLANNED }];
  const client = new Client({
    url: "http://127.0.0.1/graphql",
    preferGetMethod: false,
    fetch: async () => Response.json({ data: answers.shift() }),
    exchanges: [cacheExchange({ keys }), fetchExchange],
  });
  await client.query(VIDEO, {});
  await client.query(THEN, moment);
  await client.mutation(PLAN, { input: {} });
  const now = await client.query(VIDEO, {}, { requestPolicy: "cache-only" });
  assert.deepEqual([now.data.video.version, now.data.video.path], [2, "/2"]);
  const past = await client.query(THEN, moment, { requestPolicy: "cache-only" });
  const [snapshot] = past.data.libraryAt.videos.nodes;
  assert.deepEqual([snapshot.id, snapshot.path], ["1@1", "/1"]);
});

test("urql: an older state of a video does not replace a newer one", async () => {
  const answers = [{ video: video(2) }, { nodes: [video(1)] }];
  const client = new Client({
    url: "http://127.0.0.1/graphql",
    preferGetMethod: false,
    fetch: async () => Response.json({ data: answers.shift() }),
    exchanges: [cacheExchange({ keys }), fetchExchange],
  });
  const read = `query { video(id: "1") { __typename id version path } }`;
  await client.query(read, {});
  await client.query(`query { nodes(ids: ["1"]) { __typename ... on Video { id version path } } }`, {});
  const { data } = await client.query(read, {}, { requestPolicy: "cache-only" });
  assert.deepEqual(data, { video: video(2) });
});
