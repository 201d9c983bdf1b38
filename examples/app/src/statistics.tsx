// Statistics of the videos that the list shows: what was searched and filtered there counts here.

import { useState } from "react";
import type { TimeUnit } from "reelgraph-client";
import { filterOf, go, type Address } from "./address";
import { Columns, Rows, type Bar } from "./charts";
import { STATISTICS } from "./documents";
import { Failure } from "./failure";
import { bytes, count, day, duration, plural } from "./format";
import type { StatisticsQuery } from "./gql/graphql";
import { useLive } from "./live";

const UNITS: TimeUnit[] = ["DAY", "WEEK", "MONTH", "YEAR"];
const SIZES = [1e8, 3e8, 1e9, 2e9, 4e9, 8e9, 16e9, 32e9];
const DURATIONS = [60, 300, 900, 1800, 3600, 5400, 7200, 10800];

type Stats = StatisticsQuery["videoStats"];

export function Statistics({ address }: { address: Address }) {
  const [unit, setUnit] = useState<TimeUnit>("MONTH");
  const under = address.folder;
  const filter = filterOf(address);
  const variables = { filter, unit, sizes: SIZES, durations: DURATIONS, ...(under && { under }) };
  const showsRoots = address.availabilities.length > 0;
  const { data, error, isCurrent } = useLive(STATISTICS, variables, filter, { showsRoots });
  const stats = data?.videoStats;
  return (
    <section className="statistics" aria-label="Statistics" aria-busy={!isCurrent}>
      <h2>Statistics{Object.keys(filter).length > 0 && " of what the list shows"}</h2>
      {error !== undefined && <Failure error={error} />}
      {stats && <Summary stats={stats} />}
      {stats && (
        <div className="charts">
          <div>
            <label>
              Added per{" "}
              <select value={unit} onChange={(event) => setUnit(event.target.value as TimeUnit)}>
                {UNITS.map((unit) => (
                  <option key={unit} value={unit}>
                    {unit.toLowerCase()}
                  </option>
                ))}
              </select>
            </label>
            <Columns title={`Videos added per ${unit.toLowerCase()}`} bars={timesOf(stats)} />
          </div>
          <Columns title="File sizes" bars={stats.fileSizes.map((bucket) => rangeOf(bucket, bytes))} />
          <Columns title="Durations" bars={stats.durations.map((bucket) => rangeOf(bucket, duration))} />
          <Rows title="Video codecs by size" bars={stats.videoCodecs.map((row) => sumOf(row.codec ?? "", row))} />
          <Rows title="Audio codecs by size" bars={stats.audioCodecs.map((row) => sumOf(row.codec ?? "no audio", row))} />
          <Rows title="Resolutions by size" bars={stats.resolutions.map((row) => sumOf(`${row.width}×${row.height}`, row))} />
          <div>
            <Rows title={`Folders ${under && `in ${under} `}by size`} bars={stats.folders.map(folderOf)} />
            {under && <button onClick={() => go({ folder: "" })}>All folders</button>}
          </div>
        </div>
      )}
    </section>
  );
}

function Summary({ stats }: { stats: Stats }) {
  const { minFileSize, maxFileSize, minDurationSeconds, maxDurationSeconds } = stats;
  const range = (from: number | null | undefined, to: number | null | undefined, format: (value: number) => string) =>
    from != null && to != null && ` (${format(from)} to ${format(to)})`;
  return (
    <p className="totals" role="status">
      {plural(stats.count, "video")} · {bytes(stats.totalFileSize)}
      {range(minFileSize, maxFileSize, bytes)} · {duration(stats.totalDurationSeconds)}
      {range(minDurationSeconds, maxDurationSeconds, duration)}
    </p>
  );
}

/** Oldest first, as time goes. */
const timesOf = ({ timeBuckets }: Stats): Bar[] =>
  timeBuckets.toReversed().map(({ start, count }) => ({ key: start, name: day(start), value: count, text: plural(count, "video") }));

function rangeOf({ lower, upper, count: value }: Stats["fileSizes"][number], format: (value: number) => string): Bar {
  const [from, to] = [lower, upper].map((bound) => (bound == null ? "" : format(bound)));
  const name = from && to ? `${from} to ${to}` : from ? `${from} and more` : `below ${to}`;
  return { key: name, name, value, text: plural(value, "video") };
}

const sumOf = (name: string, row: { count: number; totalFileSize: number }): Bar => {
  return { key: name, name, value: row.totalFileSize, text: `${bytes(row.totalFileSize)} in ${count(row.count)}` };
};

const folderOf = (folder: Stats["folders"][number]): Bar => ({
  // The root of a file system has no name.
  ...sumOf(folder.name || folder.path, folder),
  key: folder.path,
  onOpen: () => go({ folder: folder.path }),
});
