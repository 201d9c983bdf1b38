// What a page shows, and what it should show according to the server.

const LIST = `
  query($filter: VideoFilter, $orderBy: [VideoOrder!], $offset: Int, $codec: VideoFilter, $audio: VideoFilter) {
    videos(filter: $filter, orderBy: $orderBy, offset: $offset, first: 5) { totalCount nodes { filename videoCodec } }
    totals: videoStats(filter: $filter) { totalFileSize }
    videoCodecs: videoStats(filter: $codec) { videoCodecs { codec count } }
    audioCodecs: videoStats(filter: $audio) { audioCodecs { codec count } }
  }
`;

const HITS = `
  query($search: String!, $filter: VideoFilter, $offset: Int) {
    searchVideos(query: $search, filter: $filter, offset: $offset, first: 5) { totalCount nodes { filename videoCodec } }
  }
`;

/** What a page shows: the total, the first rows in view, and the facets. */
export async function shownList(page) {
  return page.evaluate(() => {
    const text = (element) => element?.textContent.trim() ?? "";
    const rows = [...document.querySelectorAll(".rows [role=row]")].slice(0, 5);
    const facets = [...document.querySelectorAll(".facets fieldset")].slice(0, 2);
    return {
      total: Number(text(document.querySelector(".tools .totals")).replaceAll(",", "").split(" ")[0]),
      size: text(document.querySelector(".tools .totals")).split(" · ")[1],
      rows: rows.map((row) => [text(row.querySelector(".name button")), text(row.querySelector(".video_codec"))]),
      facets: facets.map((facet) =>
        [...facet.querySelectorAll("label")].map((label) => [
          text(label.querySelector("span")),
          Number(text(label.querySelector(".count")).replaceAll(",", "")),
        ]),
      ),
    };
  });
}

/** The number of the first row in view. */
export const firstInView = (page) =>
  page.evaluate(() => Number(document.querySelector(".rows [role=row]")?.getAttribute("aria-rowindex") ?? 2) - 2);

/** The same according to the server, for what was chosen in the page. */
export async function expectedList(ask, { search = "", videoCodec, orderBy = [] }, offset) {
  const base = search ? { search } : {};
  const filter = videoCodec ? { ...base, videoCodec: { eq: videoCodec } } : base;
  const isRanked = search && orderBy.length === 0;
  const list = await ask(LIST, { filter, orderBy, offset, codec: base, audio: filter });
  const page = isRanked ? (await ask(HITS, { search, filter, offset })).searchVideos : list.videos;
  const facet = (rows) => rows.map(({ codec, count }) => [codec ?? "no audio", count]);
  const codecs = facet(list.videoCodecs.videoCodecs);
  if (videoCodec && !codecs.some(([codec]) => codec === videoCodec)) codecs.push([videoCodec, 0]);
  return {
    total: page.totalCount,
    size: bytes(list.totals.totalFileSize),
    rows: page.nodes.map(({ filename, videoCodec }) => [filename, videoCodec]),
    facets: [codecs, facet(list.audioCodecs.audioCodecs)],
  };
}

/** Three digits and a unit. */
export function bytes(size) {
  if (size < 1000) return `${size} B`;
  const power = Math.floor(Math.log10(size) / 3);
  const value = size / 1000 ** power;
  return `${value.toFixed(value >= 100 ? 0 : 1)} ${["kB", "MB", "GB", "TB"][power - 1]}`;
}
