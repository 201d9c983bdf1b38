// The videos as pictures, of which only those in view exist.

import { useLayoutEffect, useRef } from "react";
import { go } from "./address";
import { Badge } from "./availability";
import { duration } from "./format";
import type { RowFragment } from "./gql/graphql";
import { Picture } from "./picture";
import { Segments } from "./segments";
import { range, rowsIn, useView } from "./virtual";

/** Pixels. A tile has the gap on its left and above it. */
const GAP = 12;
const NARROWEST = 168;
const CAPTION = 48;

/** Tiles in view at once, at most: a page of the list must have all of them. */
const MOST = 32;

interface Props {
  total: number;
  /** Learns which video is in the middle of what is in view. */
  onSee: (middle: number) => void;
  /** The ID of the video that is open. */
  open: string;
  pictureWidth: number;
  videoAt: (index: number) => RowFragment | undefined;
}

/** As many columns as fit; fewer where more videos would be in view than a page has. */
function layOut({ width, height }: { width: number; height: number }) {
  const sized = (columns: number) => {
    const tile = (width - GAP) / columns;
    return { columns, tile, row: ((tile - GAP) * 9) / 16 + CAPTION + GAP };
  };
  let layout = sized(Math.max(1, Math.floor((width - GAP) / NARROWEST)));
  while (layout.columns > 1 && layout.columns * (Math.ceil(height / layout.row) + 1) > MOST) {
    layout = sized(layout.columns - 1);
  }
  return layout;
}

export function Grid({ total, onSee, open, pictureWidth, videoAt }: Props) {
  const { box, view, look } = useView();
  const { columns, tile, row } = layOut(view);
  const { tall, scale, first, end, topOf } = rowsIn(view, Math.ceil(total / columns), row);
  // The same videos stay in view when the number of columns changes.
  const seen = useRef({ columns, first });
  useLayoutEffect(() => {
    if (seen.current.columns !== columns && view.width > 0) {
      const place = Math.floor((seen.current.first * seen.current.columns) / columns);
      box.current!.scrollTop = (place * row) / scale;
    }
    seen.current = { columns, first };
  }, [columns, first]);
  useLayoutEffect(() => onSee(((first + end) / 2) * columns), [first, end, columns]);
  return (
    <div className="tiles" role="list" aria-label="Videos" ref={box} onScroll={look} tabIndex={-1}>
      <div style={{ height: tall + GAP }}>
        {range(first * columns, Math.min(total, end * columns)).map((index) => (
          <div
            key={index}
            role="listitem"
            aria-posinset={index + 1}
            aria-setsize={total}
            className="tile"
            style={{
              top: topOf(Math.floor(index / columns)) + GAP,
              left: GAP + (index % columns) * tile,
              width: tile - GAP,
              height: row - GAP,
            }}
          >
            <Tile video={videoAt(index)} open={open} pictureWidth={pictureWidth} />
          </div>
        ))}
      </div>
    </div>
  );
}

function Tile({ video, open, pictureWidth }: { video: RowFragment | undefined; open: string; pictureWidth: number }) {
  if (!video) return <span className="picture" />;
  return (
    <button className="quiet" aria-expanded={video.id === open} onClick={() => go({ video: video.id })}>
      <Picture video={video} width={pictureWidth} />
      <span className="length">{duration(video.durationSeconds)}</span>
      <Badge availability={video.availability} />
      <span className="caption">
        <Segments parts={video.filenameSegments} />
      </span>
    </button>
  );
}
