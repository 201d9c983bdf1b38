// The list: search, facets, order, and as many rows as there are videos.

import { useEffect, useState } from "react";
import type { VideoOrder, VideoOrderField } from "reelgraph-client";
import { filterOf, go, searchOf, type Address } from "./address";
import { HITS, LIST } from "./documents";
import { Facets } from "./facets";
import { Failure } from "./failure";
import { bytes, day, duration, plural } from "./format";
import type { AroundFragment, HitsQuery, ListQuery, RowFragment } from "./gql/graphql";
import { useLive } from "./live";
import { useSession } from "./session";
import { VirtualRows } from "./virtual";

/** Rows of a page: those in view and some around them. Another page is read when what is in view moves by `STEP`. */
const PAGE = 40;
const STEP = 10;

const COLUMNS: { field: VideoOrderField; name: string; show: (video: RowFragment) => string }[] = [
  { field: "DURATION", name: "Duration", show: (video) => duration(video.durationSeconds) },
  { field: "RESOLUTION", name: "Resolution", show: ({ width, height }) => `${width}×${height}` },
  { field: "FRAME_RATE", name: "fps", show: ({ frameRate }) => String(Number(frameRate.fps.toFixed(3))) },
  { field: "VIDEO_CODEC", name: "Video", show: (video) => video.videoCodec },
  { field: "AUDIO_CODEC", name: "Audio", show: (video) => video.audioCodec ?? "none" },
  { field: "FILE_SIZE", name: "Size", show: (video) => bytes(video.fileSize) },
  { field: "CREATED_AT", name: "Added", show: (video) => day(video.createdAt) },
];

const SORTS: { field: Address["sort"]; name: string }[] = [{ field: "FILENAME_NATURAL", name: "Name" }, ...COLUMNS];

export function List({ address }: { address: Address }) {
  const condition = JSON.stringify([address.sort, address.isDescending, filterOf(address)]);
  const [place, setPlace] = useState({ condition, offset: 0 });
  // Another list begins at its start.
  const offset = place.condition === condition ? place.offset : 0;
  const { search, sort, isDescending } = address;
  const isRanked = sort === "RELEVANCE" && search.trim() !== "";
  const orderBy: VideoOrder[] =
    sort === "RELEVANCE" ? [] : [{ field: sort, direction: isDescending ? "DESC" : "ASC" }];
  const variables = {
    search,
    offset,
    first: PAGE,
    filter: filterOf(address),
    anyVideoCodec: filterOf(address, "videoCodecs"),
    anyAudioCodec: filterOf(address, "audioCodecs"),
    anyResolution: filterOf(address, "resolutions"),
    ...(!isRanked && { orderBy }),
  };
  const list = useLive<ListQuery | HitsQuery, typeof variables>(isRanked ? HITS : LIST, variables, searchOf(address));
  const page = list.data?.page;
  const rowsFrom = list.variables?.offset ?? 0;
  const see = (middle: number) =>
    setPlace({ condition, offset: Math.max(0, Math.round((middle - PAGE / 2) / STEP) * STEP) });

  return (
    <section className="list" aria-label="Videos" aria-busy={!list.isCurrent}>
      <Tools address={address} data={list.data} total={page?.totalCount} />
      {list.error !== undefined && list.isCurrent && <Failure error={list.error} />}
      <Facets address={address} data={list.data} />
      <div className="table" role="table" aria-label="Videos" aria-rowcount={page ? page.totalCount + 1 : -1}>
        <Header address={address} />
        {page?.totalCount === 0 && <p className="note">No video matches.</p>}
        <VirtualRows key={condition} total={page?.totalCount ?? 0} onSee={see}>
          {(index) => <Row video={page?.nodes[index - rowsFrom]} isOpen={address.video} />}
        </VirtualRows>
      </div>
    </section>
  );
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
      <p className="totals" role="status">
        {data ? [plural(total, "video"), bytes(totalFileSize), duration(totalDurationSeconds)].join(" · ") : "Loading…"}
      </p>
    </div>
  );
}

function Header({ address }: { address: Address }) {
  const direction = address.isDescending ? "descending" : "ascending";
  const sort = (field: Address["sort"]) =>
    go(field === address.sort ? { isDescending: !address.isDescending } : { sort: field, isDescending: false });
  return (
    <div role="rowgroup" className="head">
      <div role="row" className="row">
        {SORTS.map(({ field, name }) => (
          <span key={field} role="columnheader" className={field.toLowerCase()} aria-sort={field === address.sort ? direction : "none"}>
            <button className="quiet" onClick={() => sort(field)}>
              {name}
            </button>
          </span>
        ))}
      </div>
    </div>
  );
}

function Row({ video, isOpen }: { video: RowFragment | undefined; isOpen: string }) {
  if (!video) return <span role="cell" className="pending" />;
  return (
    <>
      <span role="cell" className="name">
        <button className="quiet" aria-expanded={video.id === isOpen} onClick={() => go({ video: video.id })}>
          <Segments parts={video.filenameSegments} />
        </button>
        <small title={video.path}>
          <Segments parts={nearFirstMatch(video.pathSegments)} />
        </small>
      </span>
      {COLUMNS.map(({ field, show }) => (
        <span key={field} role="cell" className={field.toLowerCase()}>
          {show(video)}
        </span>
      ))}
    </>
  );
}

/** A path that begins shortly before what was found in it, so that there is room to show it. */
function nearFirstMatch(parts: RowFragment["pathSegments"]) {
  const [first, ...others] = parts;
  const isLate = first && !first.isMatch && others.length > 0 && first.text.length > 24;
  return isLate ? [{ isMatch: false, text: `…${[...first.text].slice(-16).join("")}` }, ...others] : parts;
}

/** A text with what the search found in it. */
function Segments({ parts }: { parts: RowFragment["filenameSegments"] }) {
  return parts.map(({ text, isMatch }, index) => (isMatch ? <mark key={index}>{text}</mark> : text));
}
