// The form that edits a video while others may do so too.

import { useState } from "react";
import { codeOf, pause, type UpdateVideoInput } from "reelgraph-client";
import { OUTCOME, UPDATE } from "./documents";
import { Failure } from "./failure";
import type { UpdateMutation, WholeFragment } from "./gql/graphql";
import { FIELDS, LABELS, merge, type Field, type Form } from "./merge";
import { useSession } from "./session";

type UserErrors = NonNullable<UpdateMutation["updateVideo"]>["userErrors"];

function formOf(video: WholeFragment): Form {
  const { frameRate, audioCodec, thumbnailPath, ...others } = video;
  return {
    ...others,
    width: String(video.width),
    height: String(video.height),
    durationFrames: String(video.durationFrames),
    fileSize: String(video.fileSize),
    frameRate: `${frameRate.numerator}/${frameRate.denominator}`,
    audioCodec: audioCodec ?? "",
    thumbnailPath: thumbnailPath ?? "",
  };
}

/** How the server wants the text of a field; null clears it. */
function inputOf(field: Field, text: string): unknown {
  if (field === "audioCodec" || field === "thumbnailPath") return text || null;
  if (field === "frameRate") {
    const [numerator, denominator = 1] = text.split("/").map(Number);
    return { numerator, denominator };
  }
  return ["width", "height", "durationFrames", "fileSize"].includes(field) ? Number(text) : text;
}

export function EditForm({ video, onClose }: { video: WholeFragment; onClose: () => void }) {
  const { client } = useSession();
  // A refused update answers with the video as it stands, which may be newer than what was reported.
  const [answered, setAnswered] = useState(video);
  const newest = answered.version > video.version ? answered : video;
  const theirs = formOf(newest);
  const [base, setBase] = useState(theirs);
  const [mine, setMine] = useState(theirs);
  const [problems, setProblems] = useState<UserErrors>([]);
  const [failure, setFailure] = useState<unknown>();
  const [isSaving, setIsSaving] = useState(false);

  const merged = (field: Field) => merge(base[field], mine[field], theirs[field]);
  const changed = FIELDS.filter((field) => merged(field).isMine);
  const conflicts = FIELDS.filter((field) => merged(field).isConflict);
  const write = (field: Field, text: string) => {
    // A field that I had not touched goes on from what it shows.
    if (mine[field] === base[field]) setBase({ ...base, [field]: theirs[field] });
    setMine({ ...mine, [field]: text });
  };
  const take = (field: Field) => setMine({ ...mine, [field]: theirs[field] });
  const keep = (field: Field) => setBase({ ...base, [field]: theirs[field] });

  /** Whether the server carried out a request whose answer was lost. */
  const wasSaved = async (requestId: string, attempts = 0): Promise<boolean> => {
    const options = { query: OUTCOME, variables: { requestId, id: video.id }, fetchPolicy: "network-only" } as const;
    const outcome = await client.query(options).catch(() => pause(attempts));
    if (outcome?.data) return outcome.data.auditEntries.totalCount > 0;
    return attempts < 5 && wasSaved(requestId, attempts + 1);
  };

  const save = async (event: React.FormEvent) => {
    event.preventDefault();
    setIsSaving(true);
    setFailure(undefined);
    const values = Object.fromEntries(changed.map((field) => [field, inputOf(field, mine[field])]));
    const input = { ...values, id: video.id, expectedVersion: newest.version } as UpdateVideoInput;
    const requestId = `app-${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const context = { headers: { "x-request-id": requestId } };
    try {
      const { data } = await client.mutate({ mutation: UPDATE, variables: { input }, context });
      const { video: current, userErrors = [] } = data?.updateVideo ?? {};
      if (current) setAnswered(current);
      setProblems(userErrors);
      if (userErrors.length === 0) onClose();
    } catch (error) {
      if (codeOf(error) === undefined && (await wasSaved(requestId))) onClose();
      else setFailure(error);
    }
    setIsSaving(false);
  };

  const problemOf = (field: Field) => problems.find((problem) => problem.field?.[1] === field)?.message;
  const others = problems.filter((problem) => !FIELDS.includes(problem.field?.[1] as Field));
  return (
    <form className="edit" onSubmit={save} aria-label="Edit video">
      {FIELDS.map((field) => (
        <div key={field} className={merged(field).isMine ? "changed" : ""}>
          <label htmlFor={field}>{LABELS[field]}</label>
          <input
            id={field}
            value={merged(field).value}
            aria-invalid={problemOf(field) !== undefined}
            aria-describedby={`${field}-note`}
            onChange={(event) => write(field, event.target.value)}
          />
          <div id={`${field}-note`} role="status">
            {problemOf(field) && <p className="failure">{problemOf(field)}</p>}
            {merged(field).isConflict && (
              <p className="conflict">
                It was <q>{base[field]}</q>, and somebody else changed it to <q>{theirs[field]}</q>.{" "}
                <button type="button" onClick={() => keep(field)}>Keep mine</button>{" "}
                <button type="button" onClick={() => take(field)}>Take theirs</button>
              </p>
            )}
          </div>
        </div>
      ))}
      {others.map(({ code, message }) => (
        <p key={code} className="failure" role="alert">
          {code === "VERSION_CONFLICT" ? "Somebody else changed the video. Check the fields, and save again." : message}
        </p>
      ))}
      {failure !== undefined && <Failure error={failure} />}
      <div className="actions">
        <button className="primary" disabled={isSaving || changed.length === 0 || conflicts.length > 0}>
          Save
        </button>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
      </div>
    </form>
  );
}
