// GraphiQL on the API that this page was served by.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";

import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { createRoot } from "react-dom/client";

import { given, settled } from "./request.js";

// The page is served at the address of the API, whatever a proxy made of it.
const url = new URL(location.pathname, location.origin);
const socketUrl = new URL(url);
socketUrl.protocol = url.protocol.replace("http", "ws");

/**
 * Asks by HTTP, and follows subscriptions by a WebSocket of their own, which is sent the headers
 * when it opens: a browser cannot give it any. A lost connection is shown and not mended, because
 * what changed meanwhile would be missing without a word.
 */
function fetcher(params, options) {
  const wsClient = createClient({
    url: socketUrl.href,
    connectionParams: options?.headers,
    retryAttempts: 0,
  });
  const ask = createGraphiQLFetcher({ url: url.href, wsClient, enableIncrementalDelivery: false });
  return ask(...settled(params, options));
}

const examples = JSON.parse(document.getElementById("examples").textContent);
const own = given(location.search);

// Tabs that the browser has kept come before the default ones; what the address has comes before both.
createRoot(document.getElementById("graphiql")).render(
  <GraphiQL
    fetcher={fetcher}
    defaultTabs={own ? [own, ...examples] : examples}
    initialQuery={own?.query}
    initialVariables={own?.variables}
    defaultEditorToolsVisibility
  >
    <GraphiQL.Logo>Reelgraph</GraphiQL.Logo>
  </GraphiQL>,
);
