// The key of the API: one for all tabs, kept until the browser's tab is closed.

const NAME = "reelgraph.key";

/** The key; empty if there is none. */
export const storedKey = () => sessionStorage.getItem(NAME) ?? "";

/** Stores a key, or removes it if it is empty. */
export function storeKey(key) {
  if (key) sessionStorage.setItem(NAME, key);
  else sessionStorage.removeItem(NAME);
}

/** The headers of a request, with the key unless the tab has its own Authorization. */
export function withKey(headers = {}) {
  const key = storedKey();
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  return key && !hasOwn ? { ...headers, Authorization: `Bearer ${key}` } : headers;
}

/** Advice on a response that rejects the caller; undefined for any other. */
export function adviceOn(answer) {
  const codes = (answer?.errors ?? []).map((error) => error.extensions?.code);
  if (codes.includes("UNAUTHENTICATED")) return wanted();
  if (codes.includes("FORBIDDEN")) {
    const who = storedKey() ? "This key" : "An anonymous caller";
    return `${who} is not allowed to do that. Enter a key with a higher role in the field Key.`;
  }
  return undefined;
}

/** Advice for a server that requires a key. */
export function wanted() {
  const what = storedKey() ? "The server rejects this key." : "The server requires a key.";
  return `${what} Enter one in the field Key. To create one, run: reelgraph key create`;
}
