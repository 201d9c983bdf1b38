// One video with its history.

import { useEffect, useRef, useState } from "react";
import { go } from "./address";
import { AvailabilityNote, Badge } from "./availability";
import { VIDEO } from "./documents";
import { EditForm } from "./edit";
import { Entry } from "./entry";
import { Failure } from "./failure";
import { bytes, duration, moment } from "./format";
import type { VideoQuery, WholeFragment } from "./gql/graphql";
import { useLive } from "./live";
import { Pager, usePlace } from "./pages";
import { Picture } from "./picture";
import { Player } from "./player";
import { useSession } from "./session";

export function Detail({ id }: { id: string }) {
  const { viewer } = useSession();
  const [place, setPlace] = usePlace();
  const [isEditing, setIsEditing] = useState(false);
  const { data, error, isCurrent } = useLive(VIDEO, { id, ...place }, { id: { eq: id } }, { showsRoots: true });
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const video = data?.video;
  return (
    <aside
      className="detail"
      aria-label="Video"
      aria-busy={!isCurrent}
      onKeyDown={(event) => event.key === "Escape" && !isEditing && go({ video: "" })}
    >
      <header>
        <h2 ref={heading} tabIndex={-1}>{video?.filename ?? (data ? "No such video" : "Loading…")}</h2>
        <button aria-label="Close" onClick={() => go({ video: "" })}>✕</button>
      </header>
      {error !== undefined && <Failure error={error} />}
      {data && !video && <p className="note">It was deleted, or never existed.</p>}
      {video && <File video={video} />}
      {video && isEditing && <EditForm video={video} onClose={() => setIsEditing(false)} />}
      {video && !isEditing && (
        <>
          <Fields video={video} />
          <Copies copies={video.duplicates} />
          {viewer.canWrite && <button onClick={() => setIsEditing(true)}>Edit</button>}
          <h3>History</h3>
          <ol>
            {video.auditEntries.nodes.map((entry) => (
              <Entry key={entry.id} entry={entry} />
            ))}
          </ol>
          <Pager pageInfo={video.auditEntries.pageInfo} onGo={setPlace} />
        </>
      )}
    </aside>
  );
}

/** The file, where there is one to play; otherwise its picture, and why there is none. */
function File({ video }: { video: WholeFragment }) {
  const { libraryRoots } = useSession();
  const { fileUrl, thumbnailUrl, availability, missingSince } = video;
  return (
    <>
      {fileUrl != null && <Player video={{ ...video, fileUrl }} />}
      {fileUrl == null && thumbnailUrl != null && <Picture video={video} width={640} />}
      {libraryRoots.length > 0 && <AvailabilityNote availability={availability} missingSince={missingSince} />}
    </>
  );
}

function Fields({ video }: { video: WholeFragment }) {
  const { frameRate } = video;
  const fields = {
    Path: video.path,
    Duration: `${duration(video.durationSeconds)} (${video.durationFrames} frames)`,
    "Frame rate": `${frameRate.numerator}/${frameRate.denominator} (${frameRate.fps.toFixed(3)} fps)`,
    Resolution: `${video.width}×${video.height}`,
    "Video codec": video.videoCodec,
    "Audio codec": video.audioCodec ?? "none",
    Size: bytes(video.fileSize),
    "Thumbnail path": video.thumbnailPath ?? "none",
    Added: moment(video.createdAt),
    Changed: moment(video.updatedAt),
    Version: String(video.version),
  };
  return (
    <dl>
      {Object.entries(fields).map(([name, text]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{text}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Other videos with the same content. */
function Copies({ copies }: { copies: NonNullable<VideoQuery["video"]>["duplicates"] }) {
  if (copies.length === 0) return null;
  return (
    <>
      <h3>Copies of the same file</h3>
      <ul>
        {copies.map(({ id, filename, path, availability }) => (
          <li key={id} className="entry">
            <p>
              <button className="quiet link" onClick={() => go({ video: id })}>{filename}</button>{" "}
              <Badge availability={availability} />
            </p>
            <p className="path">{path}</p>
          </li>
        ))}
      </ul>
    </>
  );
}
