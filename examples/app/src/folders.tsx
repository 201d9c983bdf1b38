// The folders that the server scans, with what their scans do and say.

import { useAction } from "./action";
import { go, type Address } from "./address";
import { ROOTS, SCAN } from "./documents";
import { Failure } from "./failure";
import { plural } from "./format";
import type { JobFragment, RootsQuery } from "./gql/graphql";
import { useLive } from "./live";
import { Problems } from "./problems";
import { Scan } from "./scan";
import { scansOf, useScans } from "./scans";
import { useSession } from "./session";

type LibraryRoot = RootsQuery["libraryRoots"][number];

export function Folders({ address }: { address: Address }) {
  const { jobs, ended } = useScans();
  const { data, error, isCurrent } = useLive(ROOTS, {}, undefined, { showsRoots: true, round: ended });
  return (
    <section className="folders" aria-label="Folders" aria-busy={!isCurrent}>
      <h2>Folders</h2>
      {error !== undefined && <Failure error={error} />}
      {data?.libraryRoots.length === 0 && (
        <p className="file-note">The server scans no folders: it was started without <code>--root</code>.</p>
      )}
      {data?.libraryRoots.map((root) => (
        <Folder key={root.id} root={root} jobs={scansOf(root, jobs)} ended={ended} isOpen={address.root === root.id} />
      ))}
    </section>
  );
}

interface Props {
  root: LibraryRoot;
  jobs: JobFragment[];
  /** How many scans have ended since the page was opened: each may leave other problems. */
  ended: number;
  isOpen: boolean;
}

function Folder({ root, jobs, ended, isOpen }: Props) {
  const { client, viewer } = useSession();
  const { run, isRunning, note } = useAction();
  const { id, name, directory, pathPrefix, state, stateReason, isWatched, videoCount, missingCount, problems } = root;
  const scan = () =>
    run(async () => {
      const { data } = await client.mutate({ mutation: SCAN, variables: { input: { rootId: id } } });
      return data?.scanLibrary;
    });
  const isSaid = jobs.some(({ message }) => stateReason && message?.includes(stateReason));
  const showMissing = () => go({ view: "videos", search: "", availabilities: ["MISSING"], video: "" });
  return (
    <article className="folder" aria-label={name}>
      <header>
        <h3>{name}</h3>
        {state !== "ONLINE" && <span className="badge offline">{state.toLowerCase()}</span>}
        {viewer.canWrite && <button disabled={isRunning} onClick={scan}>Scan now</button>}
      </header>
      <p className="path">{directory ?? pathPrefix}</p>
      {stateReason && !isSaid && <p className="file-note">{stateReason}</p>}
      <p>
        {plural(videoCount, "video")}
        {missingCount > 0 && <>, <button className="quiet link" onClick={showMissing}>{missingCount} missing</button></>}
        {isWatched ? ". Changes are noticed as they happen." : ". Changes are noticed by scans."}
      </p>
      {note}
      {jobs.map((job) => (
        <Scan key={job.id} job={job} />
      ))}
      {problems.totalCount > 0 && (
        <button aria-expanded={isOpen} onClick={() => go({ root: isOpen ? "" : id })}>
          {plural(problems.totalCount, "problem")}
        </button>
      )}
      {isOpen && <Problems root={id} round={ended} />}
    </article>
  );
}
