// The videos: search, facets, order, and as many rows or pictures as there are videos.

import { useEffect, useState } from "react";
import type { Availability, VideoFilter, VideoOrder } from "reelgraph-client";
import { filterOf, go, searchOf, type Address } from "./address";
import { HITS, LIST } from "./documents";
import { Facets } from "./facets";
import { Failure } from "./failure";
import { bytes, duration, plural } from "./format";
import type { AroundFragment, HitsQuery, ListQuery } from "./gql/graphql";
import { Grid } from "./grid";
import { useLive } from "./live";
import { useSession } from "./session";
import { SORTS, Table } from "./table";

/** Videos of a page: those in view and some around them. Another page is read when what is in view moves by a step. */
const PAGE = 40;
const STEP = { list: 10, grid: 4 };

export function List({ address }: { address: Address }) {
  const condition = JSON.stringify([address.sort, address.isDescending, filterOf(address)]);
  const [place, setPlace] = useState({ condition, offset: 0 });
  // Another list begins at its start.
  const offset = place.condition === condition ? place.offset : 0;
  const { libraryRoots } = useSession();
  const { search, sort, isDescending, layout } = address;
  const step = STEP[layout];
  // Wide windows have wide tiles.
  const pictureWidth = layout === "grid" && innerWidth * devicePixelRatio > 2000 ? 640 : 320;
  const isRanked = sort === "RELEVANCE" && search.trim() !== "";
  const orderBy: VideoOrder[] =
    sort === "RELEVANCE" ? [] : [{ field: sort, direction: isDescending ? "DESC" : "ASC" }];
  const variables = {
    search,
    offset,
    first: PAGE,
    pictureWidth,
    filter: filterOf(address),
    anyVideoCodec: filterOf(address, "videoCodecs"),
    anyAudioCodec: filterOf(address, "audioCodecs"),
    anyResolution: filterOf(address, "resolutions"),
    hasRoots: libraryRoots.length > 0,
    ...availabilityFilters(address),
    ...(!isRanked && { orderBy }),
  };
  const document = isRanked ? HITS : LIST;
  const watched = searchOf(address);
  const list = useLive<ListQuery | HitsQuery, typeof variables>(document, variables, watched, { showsRoots: true });
  const page = list.data?.page;
  const rowsFrom = list.variables?.offset ?? 0;
  const see = (middle: number) =>
    setPlace({ condition, offset: Math.max(0, Math.round((middle - PAGE / 2) / step) * step) });
  const shown = { total: page?.totalCount ?? 0, onSee: see, videoAt: (index: number) => page?.nodes[index - rowsFrom] };

  return (
    <section className="list" aria-label="Videos" aria-busy={!list.isCurrent}>
      <Tools address={address} data={list.data} total={page?.totalCount} />
      {list.error !== undefined && list.isCurrent && <Failure error={list.error} />}
      <Facets address={address} data={list.data} />
      {layout === "grid" ? (
        <div className="grid">
          {page?.totalCount === 0 && <p className="note">No video matches.</p>}
          <Grid key={condition} {...shown} open={address.video} pictureWidth={pictureWidth} />
        </div>
      ) : (
        <div className="table" role="table" aria-label="Videos" aria-rowcount={page ? page.totalCount + 1 : -1}>
          {page?.totalCount === 0 && <p className="note">No video matches.</p>}
          <Table key={condition} {...shown} address={address} />
        </div>
      )}
    </section>
  );
}

/** What the list shows, by whether the file is there. */
function availabilityFilters(address: Address) {
  const filter = filterOf(address, "availabilities");
  const withFile = (eq: Availability): VideoFilter => ({ ...filter, availability: { eq } });
  return { available: withFile("AVAILABLE"), missing: withFile("MISSING"), offline: withFile("OFFLINE") };
}

/** The search box, the order and the totals. */
function Tools({ address, data, total = 0 }: { address: Address; data: AroundFragment | undefined; total: number | undefined }) {
  const { serverInfo } = useSession();
  const { totalFileSize = 0, totalDurationSeconds = 0 } = data?.totals ?? {};
  const [text, setText] = useState(address.search);
  // The address follows what is typed, and the other way round when somebody goes back.
  useEffect(() => {
    // The newest ones are of little use among the hits: the best ones come first, unless another order is chosen.
    const sort = address.sort === "CREATED_AT" && !address.search ? "RELEVANCE" : address.sort;
    const timer = setTimeout(() => text !== address.search && go({ search: text, sort }, { replace: true }), 200);
    return () => clearTimeout(timer);
  }, [text]);
  useEffect(() => setText(address.search), [address.search]);
  const sorts = address.search ? [{ field: "RELEVANCE", name: "Best match" }, ...SORTS] : SORTS;
  return (
    <div className="tools">
      <input
        type="search"
        aria-label="Search"
        placeholder="Search in names and paths"
        maxLength={serverInfo.maxSearchCharacters}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <label>
        Sort by{" "}
        <select value={address.sort} onChange={(event) => go({ sort: event.target.value as Address["sort"] })}>
          {sorts.map(({ field, name }) => (
            <option key={field} value={field}>
              {name}
            </option>
          ))}
        </select>
      </label>
      {address.sort !== "RELEVANCE" && (
        <button onClick={() => go({ isDescending: !address.isDescending })}>
          {address.isDescending ? "Descending" : "Ascending"}
        </button>
      )}
      <Layouts layout={address.layout} />
      <p className="totals" role="status">
        {data ? [plural(total, "video"), bytes(totalFileSize), duration(totalDurationSeconds)].join(" · ") : "Loading…"}
      </p>
    </div>
  );
}

const LAYOUTS = { list: "List", grid: "Grid" };

function Layouts({ layout }: { layout: Address["layout"] }) {
  return (
    <div className="switch" role="group" aria-label="Layout">
      {(Object.keys(LAYOUTS) as Address["layout"][]).map((other) => (
        <button key={other} aria-pressed={other === layout} onClick={() => go({ layout: other })}>
          {LAYOUTS[other]}
        </button>
      ))}
    </div>
  );
}
