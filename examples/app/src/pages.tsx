// Paging by cursors, for lists that are read page by page.

import { useState } from "react";
import type { PageInfo } from "reelgraph-client";

const SIZE = 20;

export type Place = { first: number; after?: string } | { last: number; before: string };

/** The page that is shown: the newest one at first. */
export const usePlace = () => useState<Place>({ first: SIZE });

export function Pager({ pageInfo, onGo }: { pageInfo: PageInfo; onGo: (place: Place) => void }) {
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = pageInfo;
  if (!hasNextPage && !hasPreviousPage) return null;
  return (
    <nav className="pager" aria-label="Pages">
      <button disabled={!hasPreviousPage} onClick={() => onGo({ first: SIZE })}>
        Newest
      </button>
      <button disabled={!hasPreviousPage} onClick={() => startCursor && onGo({ last: SIZE, before: startCursor })}>
        Newer
      </button>
      <button disabled={!hasNextPage} onClick={() => endCursor && onGo({ first: SIZE, after: endCursor })}>
        Older
      </button>
    </nav>
  );
}
