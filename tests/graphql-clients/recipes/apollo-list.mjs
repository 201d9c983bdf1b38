import { gql } from "@apollo/client";

// Select the cursor in the list: a root field has one place in the cache, which all lists would share.
export const LIST = gql(`
  query List($filter: VideoFilter) {
    videos(first: 100, filter: $filter) { nodes { id path version } changesCursor }
  }
`);

// Shows a list, and again after each change. `follow` is one of the functions above.
export function keepCurrent(client, url, follow, variables, { show, error }) {
  const list = client.watchQuery({ query: LIST, variables, fetchPolicy: "network-only" });
  let after;
  let stop = () => {};
  const shown = list.subscribe(({ data, error: reason }) => {
    if (reason) return error(reason);
    if (!data?.videos || data.videos.changesCursor === after) return;
    show(data.videos.nodes);
    // What came after these rows, however late they arrived.
    after = data.videos.changesCursor;
    stop();
    stop = follow(url, { after }, {
      next: ({ kind }) => kind === "CHANGE" && list.refetch().catch(error),
      error,
    });
  });
  return () => {
    shown.unsubscribe();
    stop();
  };
}
