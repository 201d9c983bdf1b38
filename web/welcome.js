// What the answer pane shows before anything was asked.

const COUNT = "{ videos(first: 0) { totalCount } }";

/** Asks how many videos there are, and returns what to say of it. */
export async function welcome(ask, library) {
  let answer;
  try {
    answer = await ask({ query: COUNT });
  } catch (error) {
    return `The server does not answer: ${error.message}`;
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
    "To fill it, add a video with the tab Add, or import records, one JSON object a line:",
    "  reelgraph import FILE",
    "For a first look, this serves 1,000 sample records:",
    "  reelgraph --sample",
  ].join("\n\n");
}

function refused(answer) {
  const messages = (answer?.errors ?? []).map((error) => error.message);
  return `${messages.join("\n")}\n\nType a key into the field Key at the top and press Enter.`;
}
