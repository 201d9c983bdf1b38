// What the videos can be narrowed down to, with how many there are of each.

import { go, type Address } from "./address";
import { AVAILABILITIES } from "./availability";
import { count } from "./format";
import type { AroundFragment } from "./gql/graphql";
import { useSession } from "./session";

const NAMES = { availabilities: "File", videoCodecs: "Video codec", audioCodecs: "Audio codec", resolutions: "Resolution" };

type Facet = keyof typeof NAMES;
type Row = { count: number } & (
  | { codec?: string | null }
  | { width: number; height: number }
  | { availability: string }
);

/** A value in the address: a codec, `1920x1080`, `MISSING`, or nothing for videos without audio. */
function keyOf(row: Row): string {
  if ("availability" in row) return row.availability;
  return "width" in row ? `${row.width}x${row.height}` : (row.codec ?? "");
}
const nameOf = (key: string) => AVAILABILITIES[key] ?? (key.replace(/^(\d+)x(\d+)$/, "$1×$2") || "no audio");

export function Facets({ address, data }: { address: Address; data: AroundFragment | undefined }) {
  const hasRoots = useSession().libraryRoots.length > 0;
  const { available, missing, offline } = data ?? {};
  const rows: Record<Facet, Row[] | undefined> = {
    availabilities: [
      { availability: "AVAILABLE", count: available?.count ?? 0 },
      { availability: "MISSING", count: missing?.count ?? 0 },
      { availability: "OFFLINE", count: offline?.count ?? 0 },
    ].filter(({ count }) => count > 0),
    videoCodecs: data?.videoCodecs.videoCodecs,
    audioCodecs: data?.audioCodecs.audioCodecs,
    resolutions: data?.resolutions.resolutions,
  };
  const facets = (Object.keys(NAMES) as Facet[]).filter((facet) => facet !== "availabilities" || hasRoots);
  const chosen = facets.reduce((sum, facet) => sum + address[facet].length, 0);
  return (
    <details className="facets" open={matchMedia("(min-width: 700px)").matches}>
      <summary>Filters{chosen > 0 && ` (${chosen})`}</summary>
      {chosen > 0 && (
        <button onClick={() => go({ availabilities: [], videoCodecs: [], audioCodecs: [], resolutions: [] })}>Clear filters</button>
      )}
      {facets.map((facet) => (
        <Values key={facet} facet={facet} chosen={address[facet]} rows={rows[facet] ?? []} />
      ))}
    </details>
  );
}

function Values({ facet, chosen, rows }: { facet: Facet; chosen: string[]; rows: Row[] }) {
  const counts = new Map(rows.map((row) => [keyOf(row), row.count]));
  // A chosen value stays, so that it can be taken away, when nothing has it any longer.
  for (const key of chosen) counts.set(key, counts.get(key) ?? 0);
  const toggle = (key: string) =>
    go({ [facet]: chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key] });
  return (
    <fieldset>
      <legend>{NAMES[facet]}</legend>
      {[...counts].map(([key, number]) => (
        <label key={key}>
          <input type="checkbox" checked={chosen.includes(key)} onChange={() => toggle(key)} />
          <span>{nameOf(key)}</span> <span className="count">{count(number)}</span>
        </label>
      ))}
    </fieldset>
  );
}
