import { Environment, Network, Observable, RecordSource, Store, type GraphQLResponse } from "relay-runtime";
import { openSocket } from "./socket.js";

export function createEnvironment(url: string, key: string) {
  const socket = openSocket(url, key);
  return new Environment({
    network: Network.create(
      async ({ text: query }, variables) => {
        const response = await fetch(url, {
          method: "POST",
          headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
          body: JSON.stringify({ query, variables }),
        });
        return response.json();
      },
      ({ text }, variables) =>
        Observable.create<GraphQLResponse>((sink) =>
          socket.subscribe<any>({ query: text ?? "", variables }, sink as any),
        ),
    ),
    store: new Store(new RecordSource()),
  });
}
