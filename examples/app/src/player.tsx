// Playing the file of a video.

import { useEffect, useRef, useState } from "react";
import { ADDRESSES } from "./documents";
import type { WholeFragment } from "./gql/graphql";
import { contentOf, isOld, keep, refusalOf, resolve, type Refusal } from "./media";
import { Picture } from "./picture";
import { useSession } from "./session";

/** What can be done about answers other than the file, by their codes. */
const REASONS: Record<string, string> = {
  NOT_FOUND: "The file is not where the library says. Its folder is being scanned.",
  FILE_CHANGED: "The file has changed. Its folder is being scanned: try again in a moment.",
  OVERLOADED: "The server is sending too many files. Try again in a moment.",
  SERVICE_UNAVAILABLE: "The disk with the file cannot be reached.",
};

/** What is wrong, and whether the file itself was sent. */
interface Problem {
  text: string;
  isUnplayable?: boolean;
}

const UNPLAYABLE = { text: "This browser cannot play the file.", isUnplayable: true };
const ONLY_SOUND = { text: "This browser plays only the sound of the file.", isUnplayable: true };

function reasonOf({ status, code }: Refusal): Problem {
  if (status === 0) return { text: "The server cannot be reached." };
  return { text: (code && REASONS[code]) || `The server does not send the file (${status}).` };
}

type Video = WholeFragment & { fileUrl: string };

export function Player({ video }: { video: Video }) {
  const { id, thumbnailUrl, filename } = video;
  const { client } = useSession();
  const newest = resolve(video.fileUrl);
  const [src, setSrc] = useState(newest);
  const [problem, setProblem] = useState<Problem>();
  const player = useRef<HTMLVideoElement>(null);
  /** Where to go on with another address, and whether it is the second one without a second of playing. */
  const place = useRef({ time: 0, isPlaying: false, isRenewed: false });

  const load = (address: string) => {
    // Somebody may have gone elsewhere since the player failed.
    place.current.time = player.current?.currentTime || place.current.time;
    setProblem(undefined);
    if (address === src) player.current?.load();
    else setSrc(address);
  };
  // An address that was signed anew changes nothing. Another file waits until nobody watches this one, and what could
  // not be had may be there after a change.
  useEffect(() => {
    const isOther = contentOf(newest) !== contentOf(src);
    const isUnwatched = player.current?.played.length === 0;
    if ((isOther && (isUnwatched || problem)) || (problem && !problem.isUnplayable)) load(newest);
  }, [newest, video.version]);

  const renew = async () => {
    const variables = { id, pictureWidth: 640 };
    const { data } = await client.query({ query: ADDRESSES, variables, fetchPolicy: "network-only" });
    return data?.video?.fileUrl ? resolve(data.video.fileUrl) : undefined;
  };
  const recover = async () => {
    const { error, paused, ended } = player.current!;
    const { isRenewed } = place.current;
    // It may be paused by the time that there is another address.
    place.current.isPlaying ||= !paused && !ended;
    place.current.isRenewed = true;
    const address = isRenewed ? undefined : await renew().catch(() => undefined);
    if (address && address !== src) return load(address);
    const refusal = await refusalOf(src);
    const isBroken = error?.code === MediaError.MEDIA_ERR_NETWORK;
    if (!refusal && isBroken && !isRenewed) load(src);
    else if (refusal) setProblem(isOld(refusal) ? { text: "The file can no longer be had at this address." } : reasonOf(refusal));
    else setProblem(UNPLAYABLE);
  };
  const tryAgain = async () => {
    place.current.isRenewed = false;
    load((await renew().catch(() => undefined)) ?? newest);
  };
  const begin = () => {
    const { time, isPlaying } = place.current;
    const { videoWidth } = player.current!;
    setProblem(videoWidth === 0 ? ONLY_SOUND : undefined);
    if (time > 0) player.current!.currentTime = time;
    if (isPlaying) void player.current!.play().catch(() => {});
    place.current.isPlaying = false;
  };
  const forget = () => {
    const { currentTime, error } = player.current!;
    if (!error && currentTime > place.current.time + 1) place.current = { time: 0, isPlaying: false, isRenewed: false };
  };

  return (
    <div className="player">
      {problem === UNPLAYABLE ? (
        <Picture video={video} width={640} />
      ) : (
        <video
          ref={player}
          src={src}
          poster={thumbnailUrl == null ? undefined : keep(resolve(thumbnailUrl))}
          controls
          playsInline
          preload="metadata"
          aria-label={filename}
          style={{ aspectRatio: shapeOf(video) }}
          onLoadedMetadata={begin}
          onTimeUpdate={forget}
          onError={recover}
        />
      )}
      <div role="status">
        {problem && (
          <p className="file-note">
            {problem.text}{" "}
            {problem.isUnplayable
              ? `It has ${video.videoCodec} video${video.audioCodec ? ` and ${video.audioCodec} sound` : ""}: another program may play it.`
              : <button onClick={tryAgain}>Try again</button>}
          </p>
        )}
      </div>
      <p className="files">
        <a href={newest} target="_blank" rel="noreferrer">Open the file</a>
        <a href={newest} download={filename}>Download</a>
      </p>
    </div>
  );
}

/** Width by height as players show them. */
function shapeOf({ width, height, rotation, pixelAspectRatio }: Video): string {
  const { numerator, denominator } = pixelAspectRatio ?? { numerator: 1, denominator: 1 };
  const [across, down] = [width * numerator, height * denominator];
  return rotation === 90 || rotation === 270 ? `${down} / ${across}` : `${across} / ${down}`;
}
