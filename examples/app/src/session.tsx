// Who uses the app, and how it reaches the server.

import { ApolloClient, HttpLink, InMemoryCache } from "@apollo/client";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { codeOf, isTemporary, openSocket, pause, type Socket } from "reelgraph-client";
import { possibleTypes, typePolicies } from "reelgraph-client/apollo";
import { SESSION } from "./documents";
import { Failure } from "./failure";
import type { SessionQuery } from "./gql/graphql";

/** The API is next to the folder of the app: /graphql for /app/. */
export const API = new URL("../graphql", document.baseURI).href;

/** The explorer keeps it under this name too. It is gone when the browser's tab is closed. */
const KEY = "reelgraph.key";

interface Session extends SessionQuery {
  client: ApolloClient;
  socket: Socket;
  /** Asks for another key, and forgets this one. */
  leave: () => void;
}

const Context = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("this component is outside of a session");
  return session;
}

function connect(key: string): Pick<Session, "client" | "socket"> {
  const headers = key ? { authorization: `Bearer ${key}` } : {};
  return {
    client: new ApolloClient({
      link: new HttpLink({ uri: API, headers }),
      cache: new InMemoryCache({ possibleTypes, typePolicies }),
    }),
    socket: openSocket({ url: API, key }),
  };
}

/** Asks for a key where the server wants one, and shows `children` to whoever may read. */
export function SessionProvider({ children }: { children: ReactNode }) {
  const [key, setKey] = useState(() => sessionStorage.getItem(KEY) ?? "");
  const [isLeaving, setIsLeaving] = useState(false);
  const [connection, setConnection] = useState<ReturnType<typeof connect>>();
  const [answer, setAnswer] = useState<{ data?: SessionQuery | undefined; error?: unknown }>({});

  useEffect(() => {
    const connection = connect(key);
    let isOver = false;
    const begin = async (attempts: number): Promise<void> => {
      if (isOver) return;
      try {
        const { data } = await connection.client.query({ query: SESSION, fetchPolicy: "network-only" });
        if (!isOver) setAnswer({ data });
      } catch (error) {
        if (isOver) return;
        setAnswer({ error });
        if (isTemporary(error)) await pause(attempts).then(() => begin(attempts + 1));
      }
    };
    setConnection(connection);
    setAnswer({});
    void begin(0);
    return () => {
      isOver = true;
      connection.client.stop();
      connection.socket.dispose();
    };
  }, [key]);

  const enter = (key: string) => {
    sessionStorage.setItem(KEY, key);
    setIsLeaving(key === "");
    setKey(key);
  };
  const { data, error } = answer;
  if (isLeaving || codeOf(error) === "UNAUTHENTICATED") return <KeyForm isRejected={key !== ""} onKey={enter} />;
  if (error) return <Failure error={error} />;
  if (!connection || !data) return <p className="note">Connecting…</p>;
  return <Context value={{ ...connection, ...data, leave: () => enter("") }}>{children}</Context>;
}

function KeyForm({ isRejected, onKey }: { isRejected: boolean; onKey: (key: string) => void }) {
  const [key, setKey] = useState("");
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onKey(key.trim());
  };
  return (
    <main>
      <form className="key" onSubmit={submit}>
        <h1>Reelgraph</h1>
        <p role="status">
          {isRejected ? "The server rejects this key." : "Enter a key for this library."} To create one, run{" "}
          <code>reelgraph key create</code>.
        </p>
        <label>
          Key
          <input type="password" autoFocus required value={key} onChange={(event) => setKey(event.target.value)} />
        </label>
        <button className="primary">Open</button>
      </form>
    </main>
  );
}
