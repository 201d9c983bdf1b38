// What all clients need to follow the changes of a library without losing any.

// Without a cursor there is nothing to go on from: each event must have it, and marks bring the
// first one at once.
export const CHANGES = `
  subscription Changes($videoId: ID, $operations: [AuditOperation!], $after: String) {
    videoChanges(videoId: $videoId, operations: $operations, after: $after, marks: true) {
      kind
      cursor
      auditEntry { id operation entityId version changes { field old new } }
    }
  }
`;

// Waits before the next attempt to connect: longer each time, up to ten seconds, and not as long
// as all the others do.
export function pause(attempts) {
  const longest = Math.min(100 * 2 ** attempts, 10_000);
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}

// Has a client of graphql-ws or graphql-sse go on right behind the last event that it got,
// whenever it subscribes anew. By itself it would repeat the cursor that it began with.
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
          // Read at each attempt to subscribe, and not only now.
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
