// What the response pane shows before the first request.

const COUNT = "{ videos(first: 0) { totalCount } }";

/** Requests the number of videos, and returns a greeting. */
export async function welcome(ask, library) {
  let answer;
  try {
    answer = await ask({ query: COUNT });
  } catch (error) {
    return `The server is not responding: ${error.message}`;
  }
  const count = answer?.data?.videos?.totalCount;
  if (count === undefined) return refused(answer);
  return count === 0 ? empty(library) : greeting(library, count);
}

function greeting(library, count) {
  const videos = count === 1 ? "1 video" : `${count.toLocaleString("en")} videos`;
  return `Welcome to ${library}: ${videos}.\n\nPress Ctrl-Enter or the button to run the query.`;
}

function empty(library) {
  return [
    `Welcome to ${library}, which is empty.`,
    "To fill it, add a video with the tab Add, or import records, one JSON object per line:",
    "  reelgraph import FILE",
    "To try it with 1,000 sample records:",
    "  reelgraph --sample",
  ].join("\n\n");
}

function refused(answer) {
  const messages = (answer?.errors ?? []).map((error) => error.message);
  return `${messages.join("\n")}\n\nEnter a key in the field Key at the top.`;
}
