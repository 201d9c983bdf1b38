// The videos as the rows of a table, of which only those in view exist.

import type { VideoOrderField } from "reelgraph-client";
import { go, type Address } from "./address";
import { Badge } from "./availability";
import { bytes, day, duration } from "./format";
import type { RowFragment } from "./gql/graphql";
import { Segments, nearFirstMatch } from "./segments";
import { VirtualRows } from "./virtual";

const COLUMNS: { field: VideoOrderField; name: string; show: (video: RowFragment) => string }[] = [
  { field: "DURATION", name: "Duration", show: (video) => duration(video.durationSeconds) },
  { field: "RESOLUTION", name: "Resolution", show: ({ width, height }) => `${width}×${height}` },
  { field: "FRAME_RATE", name: "fps", show: ({ frameRate }) => String(Number(frameRate.fps.toFixed(3))) },
  { field: "VIDEO_CODEC", name: "Video", show: (video) => video.videoCodec },
  { field: "AUDIO_CODEC", name: "Audio", show: (video) => video.audioCodec ?? "none" },
  { field: "FILE_SIZE", name: "Size", show: (video) => bytes(video.fileSize) },
  { field: "CREATED_AT", name: "Added", show: (video) => day(video.createdAt) },
];

export const SORTS: { field: Address["sort"]; name: string }[] = [{ field: "FILENAME_NATURAL", name: "Name" }, ...COLUMNS];

interface Props {
  address: Address;
  total: number;
  /** Learns which video is in the middle of what is in view. */
  onSee: (middle: number) => void;
  videoAt: (index: number) => RowFragment | undefined;
}

export function Table({ address, total, onSee, videoAt }: Props) {
  return (
    <>
      <Header address={address} />
      <VirtualRows total={total} onSee={onSee}>
        {(index) => <Row video={videoAt(index)} isOpen={address.video} />}
      </VirtualRows>
    </>
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
          <Badge availability={video.availability} /> <Segments parts={nearFirstMatch(video.pathSegments)} />
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
