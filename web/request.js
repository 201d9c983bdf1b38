// What is sent to the server: a document, with the operation name that belongs to it.

import { Kind, parse } from "graphql";

/**
 * The parameters and the options of a request, as they belong to its document.
 *
 * GraphiQL parses a document a moment after it appears in the editor. Whoever opens another tab and
 * presses Ctrl-Enter at once has the operation name and the syntax tree of the tab before sent: the
 * server finds no operation of that name, and a subscription goes the way of a query. Both are
 * therefore taken from the document. A name is sent only where a document has several operations, and
 * only one of theirs. Where it is none of them, the server asks for a name, instead of running an
 * operation that nobody has chosen.
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

/** The operations of a document; undefined where it cannot be parsed. */
function operationsOf(query) {
  try {
    return parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  } catch {
    return undefined;
  }
}
