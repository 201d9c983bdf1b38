// The progress of scans, as it is reported.

import { print } from "graphql";
import { useEffect, useState } from "react";
import { isTemporary, pause, type Socket } from "reelgraph-client";
import { SCANS } from "./documents";
import type { JobFragment, ScansSubscription } from "./gql/graphql";
import { useSession } from "./session";

/** Reports every scan until the function that it returns is called. */
function follow(socket: Socket, onJob: (job: JobFragment) => void): () => void {
  let attempts = 0;
  let isOver = false;
  let stop = () => {};
  const begin = () => {
    let failure: unknown;
    const again = (reason: unknown) => {
      if (isOver || socket.state() === "refused" || !isTemporary(reason)) return;
      void pause(attempts++).then(() => isOver || begin());
    };
    stop = socket.subscribe<ScansSubscription>(
      { query: print(SCANS) },
      {
        next({ data, errors }) {
          if (errors) failure = errors;
          if (!data) return;
          attempts = 0;
          onJob(data.scanProgress);
        },
        error: again,
        complete: () => again(failure),
      },
    );
  };
  begin();
  return () => {
    isOver = true;
    stop();
  };
}

/** The scans that were reported, by their IDs, and how many have ended meanwhile. */
export function useScans() {
  const { socket } = useSession();
  const [jobs, setJobs] = useState<ReadonlyMap<string, JobFragment>>(new Map());
  useEffect(() => follow(socket, (job) => setJobs((jobs) => new Map(jobs).set(job.id, job))), [socket]);
  const ended = [...jobs.values()].filter(({ endedAt }) => endedAt).length;
  return { jobs, ended };
}

/** Of two reports of one scan, which may have come in any order, the later one. */
const later = (one: JobFragment, other: JobFragment) => (other.endedAt || (!one.endedAt && other.startedAt) ? other : one);

/** The scans of a root that are under way, the oldest first, or else the newest one. */
export function scansOf(root: { id: string; lastScan?: JobFragment | null }, jobs: ReadonlyMap<string, JobFragment>) {
  const known = new Map([...jobs].filter(([, job]) => job.root.id === root.id));
  const { lastScan } = root;
  if (lastScan) known.set(lastScan.id, later(lastScan, known.get(lastScan.id) ?? lastScan));
  const sorted = [...known.values()].sort((one, other) => (one.createdAt < other.createdAt ? -1 : 1));
  // Scans of a root follow one another: those before one that has begun are over, even if nobody was there to hear it.
  const isBefore = (job: JobFragment) => lastScan?.startedAt != null && job.createdAt < lastScan.createdAt;
  const underWay = sorted.filter((job) => !job.endedAt && !isBefore(job));
  return underWay.length > 0 ? underWay : sorted.slice(-1);
}
