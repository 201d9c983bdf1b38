import type { ResultOf, TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import type { Client } from "graphql-ws";
import { CHANGES, SEARCH, UPDATE, VIDEOS } from "./documents.js";
import type { UpdateVideoInput, VideoFilter } from "./gql/graphql.js";
import { openSocket } from "./socket.js";

export class Library {
  readonly #url: string;
  readonly #key: string;
  readonly #socket: Client;

  constructor(url: string, key: string) {
    this.#url = url;
    this.#key = key;
    this.#socket = openSocket(url, key);
  }

  async #ask<Result, Variables>(query: TypedDocumentNode<Result, Variables>, variables: Variables) {
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { authorization: `Bearer ${this.#key}`, "content-type": "application/json" },
      body: JSON.stringify({ query: print(query), variables }),
    });
    const { data, errors } = (await response.json()) as { data?: Result; errors?: Error[] };
    if (!data) throw new Error(errors?.[0]?.message ?? response.statusText);
    return data;
  }

  /** All videos, fetched page by page. */
  async *videos(filter?: VideoFilter) {
    let after: string | null | undefined;
    do {
      const { videos } = await this.#ask(VIDEOS, { first: 20, after, filter });
      for (const { node } of videos.edges) yield node;
      after = videos.pageInfo.hasNextPage ? videos.pageInfo.endCursor : undefined;
    } while (after);
  }

  /** The best matches. */
  async search(query: string) {
    const { searchVideos } = await this.#ask(SEARCH, { query, first: 20 });
    return searchVideos.edges.map(({ node }) => node);
  }

  /** Updates the fields in `input`; fields that are `undefined` stay as they are. */
  async update(input: UpdateVideoInput) {
    const { updateVideo } = await this.#ask(UPDATE, { input });
    return updateVideo;
  }

  /** Calls `next` with each event until the function that it returns is called. */
  follow(next: (event: ResultOf<typeof CHANGES>["videoChanges"]) => void) {
    return this.#socket.subscribe<ResultOf<typeof CHANGES>>(
      { query: print(CHANGES) },
      {
        next: ({ data }) => data && next(data.videoChanges),
        error: console.error,
        complete: () => {},
      },
    );
  }
}
