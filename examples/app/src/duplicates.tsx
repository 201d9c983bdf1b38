// Videos with the same content, those first of which most bytes could be freed.

import { filterOf, go, type Address } from "./address";
import { Badge } from "./availability";
import { DUPLICATES } from "./documents";
import { Failure } from "./failure";
import { bytes, duration, plural } from "./format";
import type { DuplicatesQuery } from "./gql/graphql";
import { useLive } from "./live";
import { IN_ORDER, Pager, usePlace } from "./pages";
import { Picture } from "./picture";

type Group = DuplicatesQuery["duplicateVideos"]["nodes"][number];

const WIDTH = 320;

export function Duplicates({ address }: { address: Address }) {
  const filter = filterOf(address);
  // Another selection begins at its start.
  return <Groups key={JSON.stringify(filter)} filter={filter} open={address.video} />;
}

function Groups({ filter, open }: { filter: ReturnType<typeof filterOf>; open: string }) {
  const [place, setPlace] = usePlace();
  // A group may change by a video that the filter does not find.
  const options = { showsRoots: true };
  const variables = { filter, pictureWidth: WIDTH, ...place };
  const { data, error, isCurrent } = useLive(DUPLICATES, variables, undefined, options);
  const { totalCount = 0, nodes = [], pageInfo } = data?.duplicateVideos ?? {};
  return (
    <section className="duplicates" aria-label="Duplicates" aria-busy={!isCurrent}>
      <h2>Duplicates{Object.keys(filter).length > 0 && " in what the list shows"}</h2>
      {error !== undefined && <Failure error={error} />}
      <p className="totals" role="status">
        {data && (totalCount === 0 ? "No two videos have the same content." : plural(totalCount, "group"))}
      </p>
      {nodes.map((group) => (
        <Copies key={group.fingerprint} group={group} open={open} />
      ))}
      {pageInfo && <Pager pageInfo={pageInfo} onGo={setPlace} names={IN_ORDER} />}
    </section>
  );
}

function Copies({ group: { fingerprint, count, redundantBytes, videos }, open }: { group: Group; open: string }) {
  return (
    <section aria-labelledby={fingerprint}>
      <h3 id={fingerprint}>
        {plural(count, "copy", "copies")}
        {redundantBytes > 0 && ` · ${bytes(redundantBytes)} more than needed`}
      </h3>
      <ul className="copies">
        {videos.map((video) => (
          <li key={video.id}>
            <button className="quiet" aria-expanded={video.id === open} onClick={() => go({ video: video.id })}>
              <Picture video={video} width={WIDTH} />
              <span>
                {video.filename} <Badge availability={video.availability} />
                <small>{bytes(video.fileSize)} · {duration(video.durationSeconds)}</small>
                <small>{video.path}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {count > videos.length && <p className="note">and {count - videos.length} more</p>}
    </section>
  );
}
