// What scans have to say about files and folders, and what a person can do about it.

import { useId, useState } from "react";
import { useAction } from "./action";
import { go } from "./address";
import { MERGE, PROBLEMS, SCAN } from "./documents";
import { Failure } from "./failure";
import { moment } from "./format";
import type { ProblemsQuery } from "./gql/graphql";
import { useLive } from "./live";
import { IN_ORDER, Pager, usePlace } from "./pages";
import { useSession } from "./session";

type LibraryRoot = Extract<NonNullable<ProblemsQuery["node"]>, { problems: unknown }>;
type Problem = LibraryRoot["problems"]["nodes"][number];
type Named = { id: string; filename: string };

export function Problems({ root, round }: { root: string; round: number }) {
  const { client } = useSession();
  const [place, setPlace] = usePlace();
  const [merged, setMerged] = useState<Named>();
  const [solved, setSolved] = useState<string[]>([]);
  const { data, error, isCurrent } = useLive(PROBLEMS, { root, ...place }, undefined, { round });
  const finish = (path: string, video: Named) => {
    setMerged(video);
    setSolved([...solved, path]);
    // What a scan had to say stays until the next one. If it cannot be queued, there will be one anyway.
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const input = { rootId: root, ...(folder && { paths: [folder] }) };
    void client.mutate({ mutation: SCAN, variables: { input } }).catch(() => {});
  };
  const problems = data?.node && "problems" in data.node ? data.node.problems : undefined;
  return (
    <section className="problems" aria-label="Problems" aria-busy={!isCurrent}>
      {error !== undefined && <Failure error={error} />}
      <div role="status">
        {merged && (
          <p className="file-note">
            <Name video={merged} /> was found again, and keeps its history.
          </p>
        )}
      </div>
      <ol>
        {problems?.nodes.filter(({ path }) => !solved.includes(path)).map((problem) => (
          <li key={`${problem.code} ${problem.path}`} className="entry">
            <ProblemNote problem={problem} onMerge={(video) => finish(problem.path, video)} />
          </li>
        ))}
      </ol>
      {problems && <Pager pageInfo={problems.pageInfo} onGo={setPlace} names={IN_ORDER} />}
    </section>
  );
}

function Name({ video: { id, filename } }: { video: Named }) {
  return (
    <button className="quiet link" onClick={() => go({ video: id })}>
      {filename}
    </button>
  );
}

function ProblemNote({ problem, onMerge }: { problem: Problem; onMerge: (video: Named) => void }) {
  const { viewer } = useSession();
  const { path, code, message, since, video, candidates } = problem;
  return (
    <>
      <p className="path">{path}</p>
      <p>
        <span className="badge">{code.toLowerCase().replaceAll("_", " ")}</span> {message}
        <small>
          since <time dateTime={since}>{moment(since)}</time>
        </small>
      </p>
      {video && <p>Video: <Name video={video} /></p>}
      {video && candidates.length > 0 && viewer.canWrite && (
        <Choice video={video} candidates={candidates} onMerge={onMerge} />
      )}
    </>
  );
}

interface ChoiceProps {
  video: Named;
  candidates: Problem["candidates"];
  onMerge: (video: Named) => void;
}

/** Which of the missing videos this one is. */
function Choice({ video, candidates, onMerge }: ChoiceProps) {
  const { client } = useSession();
  const { run, isRunning, note } = useAction();
  const [chosen, setChosen] = useState("");
  const group = useId();
  const merge = async (event: React.FormEvent) => {
    event.preventDefault();
    const input = { missingVideoId: chosen, newVideoId: video.id };
    const answer = await run(async () => (await client.mutate({ mutation: MERGE, variables: { input } })).data?.mergeMovedVideo);
    if (answer?.video) onMerge(answer.video);
  };
  return (
    <form className="choice" onSubmit={merge}>
      <fieldset>
        <legend>Which missing video is it?</legend>
        {candidates.map(({ id, filename, path, missingSince }) => (
          <label key={id}>
            <input type="radio" name={group} value={id} checked={chosen === id} onChange={() => setChosen(id)} />
            <span>
              {filename}
              <small>
                {path}
                {missingSince && `, missing since ${moment(missingSince)}`}
              </small>
            </span>
          </label>
        ))}
      </fieldset>
      {note}
      <button className="primary" disabled={isRunning || chosen === ""}>
        It is this one
      </button>
    </form>
  );
}
