// A change of a video: when, who, and what.

import { go } from "./address";
import { moment, value } from "./format";
import type { EntryFragment } from "./gql/graphql";

const VERBS: Record<string, string> = { INSERT: "Added", UPDATE: "Changed", DELETE: "Deleted" };

/** The name of the video, which the change may know when the video is gone. */
function nameOf({ currentVideo, changes, entityId }: EntryFragment): string {
  const change = changes.find(({ field }) => field === "filename");
  return currentVideo?.filename ?? value(change?.new ?? change?.old ?? entityId);
}

export function By({ actor, time }: { actor: string | null | undefined; time: string }) {
  return (
    <small>
      {actor && `by ${actor}, `}
      <time dateTime={time}>{moment(time)}</time>
    </small>
  );
}

export function Entry({ entry, withName = false }: { entry: EntryFragment; withName?: boolean }) {
  const { operation, actor, timestamp, changes, entityId } = entry;
  return (
    <li className="entry">
      <p>
        {VERBS[operation] ?? operation}{" "}
        {withName && (
          <button className="quiet link" onClick={() => go({ video: entityId })}>
            {nameOf(entry)}
          </button>
        )}
        <By actor={actor} time={timestamp} />
      </p>
      <ul>
        {operation === "UPDATE" &&
          changes.map(({ field, old, new: now }) => (
            <li key={field}>
              {field}: <del>{value(old)}</del> → <ins>{value(now)}</ins>
            </li>
          ))}
      </ul>
    </li>
  );
}
