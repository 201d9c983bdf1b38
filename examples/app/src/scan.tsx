// A scan in words, with how far it is.

import { useAction } from "./action";
import { CANCEL_SCAN, CONFIRM_SCAN } from "./documents";
import { count, moment, plural } from "./format";
import type { JobFragment } from "./gql/graphql";
import { useSession } from "./session";

const STATES: Record<string, string> = {
  QUEUED: "is waiting for its turn",
  RUNNING: "is running",
  SUCCEEDED: "succeeded",
  FAILED: "failed",
  CANCELLED: "was stopped",
  INTERRUPTED: "was interrupted: the next one completes the work",
  NEEDS_CONFIRMATION: "needs confirmation",
};

const PHASES: Record<string, string> = {
  WALKING: "it looks at folders",
  READING: "it reads new and changed files",
  MATCHING: "it looks for files that were moved",
  MARKING: "it marks missing videos",
};

/** The counts that are shown where they are not zero. */
const COUNTS = {
  added: "added",
  updated: "changed",
  moved: "moved",
  restored: "back again",
  missing: "missing",
  heldBack: "held back",
  unreachable: "not reached",
  unsettled: "still being written",
  ignored: "ignored",
};

export function Scan({ job }: { job: JobFragment }) {
  const { client, viewer } = useSession();
  const { run, isRunning, note } = useAction();
  const { id, state, phase, progress, startedAt, endedAt, message, counts } = job;
  const cancel = () =>
    run(async () => {
      const { data } = await client.mutate({ mutation: CANCEL_SCAN, variables: { input: { jobId: id } } });
      return data?.cancelScan;
    });
  const confirm = () =>
    run(async () => {
      const input = { jobId: id, expectedHeldBack: counts.heldBack };
      const { data } = await client.mutate({ mutation: CONFIRM_SCAN, variables: { input } });
      return data?.confirmScan;
    });
  return (
    <div className="scan">
      <p role="status">
        The scan{startedAt && ` of ${moment(startedAt)}`} {STATES[state] ?? state}
        {phase && `: ${PHASES[phase] ?? phase}`}.
      </p>
      {!endedAt && (
        <div className="progress">
          {/* Without a value, it shows that there is no saying yet. */}
          <progress aria-label="Progress of the scan" value={progress ?? undefined} />
          {progress != null && <span className="count">{Math.floor(progress * 100)} %</span>}
          {viewer.canWrite && <button disabled={isRunning} onClick={cancel}>Stop</button>}
        </div>
      )}
      <p className="totals">{[plural(counts.seen, "file"), ...partsOf(counts)].join(" · ")}</p>
      {message && <p className="file-note">{message}</p>}
      {state === "NEEDS_CONFIRMATION" && viewer.canWrite && (
        <button disabled={isRunning} onClick={confirm}>Mark {plural(counts.heldBack, "video")} as missing</button>
      )}
      {note}
    </div>
  );
}

const partsOf = (counts: JobFragment["counts"]) =>
  (Object.keys(COUNTS) as (keyof typeof COUNTS)[])
    .filter((name) => counts[name] > 0)
    .map((name) => `${count(counts[name])} ${COUNTS[name]}`);
