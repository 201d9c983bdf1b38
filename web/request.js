// What is sent to the server: a document with its operation name; and the query in the page's URL.

import { Kind, parse } from "graphql";

/**
 * The parameters and the options of a request, as they belong to its document.
 *
 * GraphiQL parses a document a moment after it appears in the editor. After switching tabs, an
 * immediate Ctrl-Enter would send the operation name and the syntax tree of the previous tab: the
 * server would not find the operation, and a subscription would be sent as a query. Both are therefore
 * taken from the document. A name is sent only if the document has several operations and one of them
 * has that name. Otherwise, the server asks for a name, instead of running an operation that was not
 * selected.
 */
export function settled({ operationName, ...params }, options) {
  const operations = operationsOf(params.query);
  // The server explains what is wrong with the document.
  if (!operations) return [{ operationName, ...params }, options];
  const isOnly = operations.length === 1;
  const sent = operations.find(({ name }) => isOnly || name?.value === operationName);
  const name = isOnly ? undefined : sent?.name;
  // The toolkit only looks whether the operation of the name that is sent is a subscription.
  const documentAST = sent && { kind: Kind.DOCUMENT, definitions: [{ ...sent, name }] };
  return [{ ...params, operationName: name?.value }, { ...options, documentAST }];
}

/**
 * What an address asks to be shown: a document, with the operation that it names as the first one,
 * because GraphiQL begins with that, and its variables. Undefined where it has no document.
 */
export function given(search) {
  const parameters = new URLSearchParams(search);
  const query = parameters.get("query");
  if (!query) return undefined;
  const operations = operationsOf(query) ?? [];
  const named = operations.find(({ name }) => name?.value === parameters.get("operationName"));
  const { start, end } = named?.loc ?? { start: 0, end: query.length };
  const parts = [query.slice(start, end), query.slice(0, start), query.slice(end)];
  const shown = parts.map((part) => part.trim()).filter((part) => part !== "");
  return { query: shown.join("\n\n"), variables: parameters.get("variables") ?? "" };
}

/** The operations of a document; undefined where it cannot be parsed. */
function operationsOf(query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  } catch {
    return undefined;
  }
}
