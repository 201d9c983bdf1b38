// Shared by all clients: how to follow the changes of a library without losing any.

// A client resumes from a cursor, so each event must have one; marks deliver the first one
// immediately.
export const CHANGES = `
  subscription Changes($videoId: ID, $operations: [AuditOperation!], $after: String) {
    videoChanges(videoId: $videoId, operations: $operations, after: $after, marks: true) {
      kind
      cursor
      auditEntry { id operation entityId version changes { field old new } }
    }
  }
`;

// Exponential backoff with jitter between attempts to connect, up to ten seconds.
export function pause(attempts) {
  const longest = Math.min(100 * 2 ** attempts, 10_000);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

// Lets a graphql-ws or graphql-sse client resume right after its last event whenever it
// resubscribes. By default, it would repeat its original cursor.
export function resuming(client) {
  function subscribe(request, sink) {
    let after = request.variables?.after;
    let wasTooSlow = false;
    let stop;
    const begin = () => {
      wasTooSlow = false;
      stop = client.subscribe(
        {
          ...request,
          // Evaluated on each attempt to subscribe.
          get variables() {
            return { ...request.variables, after };
          },
        },
        {
          next(result) {
            wasTooSlow = result.errors?.some((error) => error.extensions?.code === "SLOW_CONSUMER");
            if (wasTooSlow) return;
            after = result.data?.videoChanges?.cursor ?? after;
            sink.next(result);
          },
          error: (error) => sink.error(error),
          complete: () => (wasTooSlow ? begin() : sink.complete()),
        },
      );
    };
    begin();
    return () => stop();
  }
  return { ...client, subscribe };
}
