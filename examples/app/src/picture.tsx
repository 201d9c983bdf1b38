// A thumbnail, or what stands for it.

import { useState } from "react";
import { pause } from "reelgraph-client";
import { ADDRESSES } from "./documents";
import type { PictureFragment } from "./gql/graphql";
import { isOld, isTemporary, keep, refusalOf, replace, resolve } from "./media";
import { useSession } from "./session";

/** Thumbnails are made when they are asked for, so a busy server may need some time. One of an unplugged disk will not. */
const ATTEMPTS = 8;

interface Props {
  video: PictureFragment;
  /** The width that was asked for. */
  width: number;
}

/** The space is the same whether there is a picture or not, so that nothing moves when it comes. */
export function Picture({ video, width }: Props) {
  const { thumbnailUrl, availability } = video;
  const address = thumbnailUrl == null ? undefined : resolve(thumbnailUrl);
  // A disk that is back may have the picture that could not be made.
  const key = `${address && keep(address)} ${availability}`;
  return (
    <span className="picture">
      {address === undefined ? <NoPicture /> : <Loaded key={key} video={video} address={address} width={width} />}
    </span>
  );
}

function Loaded({ video: { id, filename, availability }, address, width }: Props & { address: string }) {
  const { client } = useSession();
  const [attempts, setAttempts] = useState(0);
  const [src, setSrc] = useState(() => keep(address));
  const [hasFailed, setHasFailed] = useState(false);
  const [isLoaded, setIsLoaded] = useState(false);
  const [isGone, setIsGone] = useState(false);
  const most = availability === "OFFLINE" ? 1 : ATTEMPTS;

  const renew = async () => {
    const variables = { id, pictureWidth: width };
    const { data } = await client.query({ query: ADDRESSES, variables, fetchPolicy: "network-only" });
    const url = data?.video?.thumbnailUrl;
    if (url == null) return setIsGone(true);
    replace(resolve(url));
    setSrc(resolve(url));
  };
  const retry = async () => {
    setHasFailed(true);
    const refusal = await refusalOf(src);
    if (attempts >= most || (refusal && !isOld(refusal) && !isTemporary(refusal))) return setIsGone(true);
    if (refusal && isOld(refusal)) await renew().catch(() => {});
    if (refusal) await pause(attempts + 2);
    setAttempts(attempts + 1);
  };
  if (isGone) return <NoPicture />;
  return (
    <>
      {hasFailed && !isLoaded && <NoPicture />}
      <img
        key={attempts}
        className={isLoaded ? "" : "waiting"}
        src={src}
        loading="lazy"
        decoding="async"
        width={width}
        height={(width * 9) / 16}
        alt={`Scene of ${filename}`}
        onLoad={() => setIsLoaded(true)}
        onError={retry}
      />
    </>
  );
}

function NoPicture() {
  return (
    <svg className="no-picture" viewBox="-8 -4.5 48 27" role="img" aria-label="No picture">
      <path d="M10 4h12v10H10zM12 4v10M20 4v10M10 7.3h2M10 10.6h2M20 7.3h2M20 10.6h2" />
    </svg>
  );
}
