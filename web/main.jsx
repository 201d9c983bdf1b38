// GraphiQL for the API of the server that serves this page.

import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./page.css";

import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import { createClient } from "graphql-ws";
import { useEffect, useState } from "react";
import { createRoot } from "react-dom/client";

import { Bar } from "./bar.jsx";
import { adviceOn, wanted, withKey } from "./key.js";
import { given, settled } from "./request.js";
import { welcome } from "./welcome.js";

// The page and the API have the same URL, even behind a proxy.
const url = new URL(location.pathname, location.origin);
const socketUrl = new URL(url);
socketUrl.protocol = url.protocol.replace("http", "ws");

const dataOf = (id) => JSON.parse(document.getElementById(id).textContent);
const library = dataOf("library");
const examples = dataOf("examples");
const own = given(location.search);

/** The codes with which the server closes a socket that is not authorised. */
const REFUSED = [4401, 4403];

/**
 * Asks by HTTP, and follows subscriptions by a WebSocket of their own, which is sent the headers
 * when it opens: a browser cannot give it any. A lost connection is shown and not restored, because changes in the meantime would be missed silently.
 */
function fetcher(advise) {
  return (params, options) => {
    const headers = withKey(options?.headers);
    const wsClient = createClient({
      url: socketUrl.href,
      connectionParams: headers,
      retryAttempts: 0,
      on: { closed: ({ code }) => REFUSED.includes(code) && advise(wanted()) },
    });
    const ask = createGraphiQLFetcher({ url: url.href, wsClient, enableIncrementalDelivery: false });
    const answer = ask(...settled(params, { ...options, headers }));
    if (!(answer instanceof Promise)) return answer;
    return answer.then((result) => {
      advise(adviceOn(result));
      return result;
    });
  };
}

/** Shows the greeting, reloads the schema for each new key, wraps long lines, and waits for editors. */
function Companion({ ask, keys, onReady }) {
  const { isFetching, queryEditor, variableEditor, headerEditor, responseEditor } = useGraphiQL(
    pick("isFetching", "queryEditor", "variableEditor", "headerEditor", "responseEditor"),
  );
  const { introspect } = useGraphiQLActions();
  const isReady = [queryEditor, variableEditor, headerEditor, responseEditor].every(Boolean);
  useEffect(() => {
    if (isReady) onReady();
  }, [isReady, onReady]);
  const [greeting, setGreeting] = useState();
  useEffect(() => {
    welcome(ask, library).then((text) => setGreeting({ text, isAnswer: keys > 0 }));
    if (keys > 0) introspect();
  }, [ask, keys, introspect]);
  useEffect(() => queryEditor?.updateOptions({ wordWrap: "on" }), [queryEditor]);
  useEffect(() => {
    // A response that arrives before the greeting stays, unless the key has changed.
    const isFree = !isFetching && responseEditor?.getValue() === "";
    if (greeting && (isFree || greeting.isAnswer)) responseEditor?.setValue(greeting.text);
    // Only a new greeting or a new editor triggers this.
  }, [greeting, responseEditor]);
  return null;
}

function Page() {
  const [advice, setAdvice] = useState();
  const [keys, setKeys] = useState(0);
  const [isReady, setIsReady] = useState(false);
  const [onReady] = useState(() => () => setIsReady(true));
  const [ask] = useState(() => fetcher(setAdvice));
  return (
    <>
      <Bar library={library} advice={advice} onKey={() => setKeys((count) => count + 1)} />
      {/* GraphiQL reads a tab's text from its editors. Changing tabs before they exist would lose a
          query, so nothing can be clicked until then. */}
      <main inert={!isReady}>
        {/* A query in the URL takes precedence over stored tabs, and those over the examples. */}
        <GraphiQL
          fetcher={ask}
          defaultTabs={own ? [own, ...examples] : examples}
          initialQuery={own?.query}
          initialVariables={own?.variables}
          defaultEditorToolsVisibility
        >
          <GraphiQL.Logo>
            <Companion ask={ask} keys={keys} onReady={onReady} />
          </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

createRoot(document.getElementById("graphiql")).render(<Page />);
