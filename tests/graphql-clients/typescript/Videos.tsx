import { useMemo } from "react";
import { graphql, useLazyLoadQuery, useMutation, usePaginationFragment, useSubscription } from "react-relay";
import { ConnectionHandler, ROOT_ID } from "relay-runtime";
import type { AddVideoInput, VideosAddMutation } from "./__generated__/VideosAddMutation.graphql.js";
import type { VideosChangesSubscription } from "./__generated__/VideosChangesSubscription.graphql.js";
import type { VideosPaginationQuery } from "./__generated__/VideosPaginationQuery.graphql.js";
import type { VideosQuery, VideosQuery$variables } from "./__generated__/VideosQuery.graphql.js";
import type { VideosSearchQuery } from "./__generated__/VideosSearchQuery.graphql.js";
import type { VideosUpdateMutation } from "./__generated__/VideosUpdateMutation.graphql.js";
import type { Videos_list$key } from "./__generated__/Videos_list.graphql.js";

/** A list of videos that grows by twenty. */
export function Videos({ filter }: VideosQuery$variables) {
  const query = useLazyLoadQuery<VideosQuery>(
    graphql`
      query VideosQuery($filter: VideoFilter) {
        ...Videos_list @arguments(filter: $filter)
      }
    `,
    { filter },
  );
  const { data, hasNext, isLoadingNext, loadNext } = usePaginationFragment<VideosPaginationQuery, Videos_list$key>(
    graphql`
      fragment Videos_list on Query
      @refetchable(queryName: "VideosPaginationQuery")
      @argumentDefinitions(
        first: { type: "Int", defaultValue: 20 }
        after: { type: "String" }
        filter: { type: "VideoFilter" }
      ) {
        videos(first: $first, after: $after, filter: $filter) @connection(key: "Videos_videos") {
          edges {
            node {
              id
              path
              durationFrames
            }
          }
        }
      }
    `,
    query,
  );
  return (
    <>
      <ul>
        {data.videos.edges.map(({ node }) => (
          <li key={node.id}>{node.path}</li>
        ))}
      </ul>
      {hasNext && (
        <button disabled={isLoadingNext} onClick={() => loadNext(20)}>
          More
        </button>
      )}
    </>
  );
}

/** The best matches of a search. */
export function Matches({ query }: { query: string }) {
  const { searchVideos } = useLazyLoadQuery<VideosSearchQuery>(
    graphql`
      query VideosSearchQuery($query: String!) {
        searchVideos(query: $query, first: 20) {
          edges {
            score
            node {
              id
              path
            }
          }
        }
      }
    `,
    { query },
  );
  return (
    <ul>
      {searchVideos.edges.map(({ node }) => (
        <li key={node.id}>{node.path}</li>
      ))}
    </ul>
  );
}

/** Adds a video, also at the head of the list with this filter, which it must match: the newest come first. */
export function useAddVideo({ filter }: VideosQuery$variables) {
  const [add, isAdding] = useMutation<VideosAddMutation>(graphql`
    mutation VideosAddMutation($input: AddVideoInput!, $connections: [ID!]!) {
      addVideo(input: $input) {
        videoEdge @prependEdge(connections: $connections) {
          cursor
          node {
            id
            path
            durationFrames
          }
        }
        userErrors {
          code
          message
          field
        }
      }
    }
  `);
  const connections = [ConnectionHandler.getConnectionID(ROOT_ID, "Videos_videos", { filter })];
  type Added = (response: VideosAddMutation["response"]) => void;
  const addVideo = (input: AddVideoInput, onCompleted: Added) =>
    add({ variables: { input, connections }, onCompleted });
  return [addVideo, isAdding] as const;
}

/** Updates the fields in the input; fields that are `undefined` stay as they are. */
export function useUpdateVideo() {
  return useMutation<VideosUpdateMutation>(graphql`
    mutation VideosUpdateMutation($input: UpdateVideoInput!) {
      updateVideo(input: $input) {
        video {
          id
          path
          version
        }
        userErrors {
          code
          message
          field
        }
      }
    }
  `);
}

/** Calls `next` with each event. The videos that come with the events update the store. */
export function useChanges(
  next: (event: VideosChangesSubscription["response"]["videoChanges"]) => void,
) {
  useSubscription<VideosChangesSubscription>(
    useMemo(
      () => ({
        subscription: graphql`
          subscription VideosChangesSubscription($after: String) {
            videoChanges(after: $after, marks: true) {
              kind
              cursor
              auditEntry {
                id
                operation
                entityId
              }
              currentVideo {
                id
                path
                version
              }
            }
          }
        `,
        variables: {},
        onNext: (response) => response && next(response.videoChanges),
        onError: console.error,
      }),
      [next],
    ),
  );
}
