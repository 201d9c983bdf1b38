// The codes of errors, wherever a client puts them.

/** Codes of errors that another attempt may not meet. */
const TEMPORARY = ["TIMEOUT", "SERVICE_UNAVAILABLE", "INTERNAL_SERVER_ERROR", "TOO_MANY_SUBSCRIPTIONS"];

/**
 * The code (`extensions.code`) of an error of GraphQL, of a list of them, or of what Apollo Client, urql and
 * graphql-ws throw; undefined if it has none, e.g. because the server could not be reached.
 */
export function codeOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if (Array.isArray(error)) return codeOf(error[0]);
  const { extensions, errors, graphQLErrors } = error as Record<string, any>;
  const code = extensions?.code;
  return typeof code === "string" ? code : codeOf(errors ?? graphQLErrors);
}

/** Whether the same request may succeed later: the server could not be reached, or failed. */
export function isTemporary(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined || TEMPORARY.includes(code);
}
