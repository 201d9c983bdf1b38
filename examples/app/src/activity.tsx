// Who changed what: one line for each request, which may have changed thousands of videos.

import { useState } from "react";
import { ACTIVITY, CHANGES } from "./documents";
import { By, Entry } from "./entry";
import { Failure } from "./failure";
import { count, plural } from "./format";
import type { ActivityQuery } from "./gql/graphql";
import { useLive } from "./live";
import { Pager, usePlace } from "./pages";

type Request = ActivityQuery["auditRequests"]["edges"][number]["node"];

export function Activity() {
  const [place, setPlace] = usePlace();
  const { data, error, isCurrent } = useLive(ACTIVITY, place);
  return (
    <section className="activity" aria-label="Activity" aria-busy={!isCurrent}>
      <h2>Activity</h2>
      {error !== undefined && <Failure error={error} />}
      {data && <p className="totals">{plural(data.auditRequests.totalCount, "request")}</p>}
      <ol>
        {data?.auditRequests.edges.map(({ cursor, node }) => (
          <RequestLine key={cursor} request={node} />
        ))}
      </ol>
      {data && <Pager pageInfo={data.auditRequests.pageInfo} onGo={setPlace} />}
    </section>
  );
}

function RequestLine({ request }: { request: Request }) {
  const { requestId, actor, startedAt, inserted, updated, deleted, latest } = request;
  const [isOpen, setIsOpen] = useState(false);
  const total = inserted + updated + deleted;
  if (total === 1) return <Entry entry={latest} withName />;
  const parts = Object.entries({ added: inserted, changed: updated, deleted }).filter(([, number]) => number > 0);
  return (
    <li className="entry">
      <p>
        <button className="quiet link" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {plural(total, "change")}: {parts.map(([what, number]) => `${count(number)} ${what}`).join(", ")}
        </button>
        <By actor={actor} time={startedAt} />
      </p>
      {isOpen && requestId && <Changes request={request} requestId={requestId} />}
    </li>
  );
}

function Changes({ request, requestId }: { request: Request; requestId: string }) {
  const [place, setPlace] = usePlace();
  const { startedAt, endedAt } = request;
  const filter = { requestId, timestamp: { gte: startedAt, lte: endedAt } };
  const { data, error } = useLive(CHANGES, { filter, ...place });
  return (
    <>
      {error !== undefined && <Failure error={error} />}
      <ol>
        {data?.auditEntries.nodes.map((entry) => (
          <Entry key={entry.id} entry={entry} withName />
        ))}
      </ol>
      {data && <Pager pageInfo={data.auditEntries.pageInfo} onGo={setPlace} />}
    </>
  );
}
