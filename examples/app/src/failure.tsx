// What is shown when a request fails.

import { codeOf } from "reelgraph-client";

/** What to do about errors that users can do something about. */
const ADVICE: Record<string, string> = {
  FORBIDDEN: "This key is not allowed to do that. Use one with a higher role.",
  TIMEOUT: "This took too long. A narrower search is faster.",
  UNAUTHENTICATED: "The key is no longer valid. Leave, and enter another one.",
};

export function Failure({ error }: { error: unknown }) {
  const code = codeOf(error);
  const reason = error instanceof Error ? error.message : "The connection was refused.";
  const text = code === undefined ? `The server cannot be reached: ${reason}` : (ADVICE[code] ?? reason);
  return (
    <p className="failure" role="alert">
      {text}
    </p>
  );
}
