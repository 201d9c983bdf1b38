// Paging by cursors, for lists that are read page by page.

import { useState } from "react";
import type { PageInfo } from "reelgraph-client";

const SIZE = 20;

export type Place = { first: number; after?: string } | { last: number; before: string };

/** The page that is shown: the newest one at first. */
export const usePlace = () => useState<Place>({ first: SIZE });

const NEWEST_FIRST = ["Newest", "Newer", "Older"] as const;
/** For lists that are not in an order of time. */
export const IN_ORDER = ["First", "Previous", "Next"] as const;

interface Props {
  pageInfo: PageInfo;
  onGo: (place: Place) => void;
  names?: typeof NEWEST_FIRST | typeof IN_ORDER;
}

export function Pager({ pageInfo, onGo, names: [first, previous, next] = NEWEST_FIRST }: Props) {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  if (!hasNextPage && !hasPreviousPage) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <button disabled={!hasPreviousPage} onClick={() => onGo({ first: SIZE })}>
        {first}
      </button>
      <button disabled={!hasPreviousPage} onClick={() => startCursor && onGo({ last: SIZE, before: startCursor })}>
        {previous}
      </button>
      <button disabled={!hasNextPage} onClick={() => endCursor && onGo({ first: SIZE, after: endCursor })}>
        {next}
      </button>
    </nav>
  );
}
