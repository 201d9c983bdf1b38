// What the scripts here share.

import WebSocket from "ws";

// Node.js has it by itself from version 22 on.
globalThis.WebSocket ??= WebSocket;

const names = ["graphql-ws", "graphql-sse", "apollo", "urql"];

// The function `follow` of each recipe by its name.
export const recipes = Object.fromEntries(
  await Promise.all(names.map(async (name) => [name, (await import(`./recipes/${name}.mjs`)).follow])),
);

// The server has no answer for now, as while it opens its library.
export class Unavailable extends Error {}

// The data that a query or mutation is answered with.
export async function ask(url, query, variables) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  if (response.status === 503) throw new Unavailable(await response.text());
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

// A promise, and the functions that settle it.
export function settled() {
  let resolve, reject;
  const promise = new Promise((one, other) => ([resolve, reject] = [one, other]));
  return { promise, resolve, reject };
}

// Ends the process, whatever the clients still have open.
export function end() {
  process.exit(0);
}
