import { ApolloClient, InMemoryCache, gql } from "@apollo/client";
import { GraphQLWsLink } from "@apollo/client/link/subscriptions";
import { createClient } from "graphql-ws";
import { CHANGES, pause, resuming } from "./feed.mjs";

export function follow(url, variables, { next, error }) {
  const socket = createClient({
    url: url.replace("http", "ws"),
    retryAttempts: Infinity,
    retryWait: pause,
    shouldRetry: () => true,
  });
  const client = new ApolloClient({
    link: new GraphQLWsLink(resuming(socket)),
    cache: new InMemoryCache(),
  });
  client.subscribe({ query: gql(CHANGES), variables, fetchPolicy: "no-cache" }).subscribe({
    next: (result) =>
      result.error ? error(result.error.errors?.[0] ?? result.error) : next(result.data.videoChanges),
    error,
  });
  return () => {
    client.stop();
    socket.dispose();
  };
}
