// The key of the API: one for all tabs, kept until the browser's tab is closed.

const NAME = "reelgraph.key";

/** The key; empty where there is none. */
export const storedKey = () => sessionStorage.getItem(NAME) ?? "";

/** Keeps a key, or forgets it where it is empty. */
export function storeKey(key) {
  if (key) sessionStorage.setItem(NAME, key);
  else sessionStorage.removeItem(NAME);
}

/** The headers of a request, with the key unless the tab has an authorization of its own. */
export function withKey(headers = {}) {
  const key = storedKey();
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return key && !hasOwn ? { ...headers, Authorization: `Bearer ${key}` } : headers;
}

/** What to do about an answer that refuses the caller; undefined where it does not. */
export function adviceOn(answer) {
  const codes = (answer?.errors ?? []).map((error) => error.extensions?.code);
  if (codes.includes("UNAUTHENTICATED")) return wanted();
  if (codes.includes("FORBIDDEN")) {
    const who = storedKey() ? "This key" : "A caller without a key";
    return `${who} may not do that. Type one with a higher role into the field Key and press Enter.`;
  }
  return undefined;
}

/** What to do where the server lets nobody in without a key. */
export function wanted() {
  const what = storedKey() ? "The server does not accept this key." : "The server requires a key.";
  return `${what} Type one into the field Key and press Enter. reelgraph key create makes one.`;
}
