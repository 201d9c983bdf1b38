"""All pages of a list, a search, an update and the changes of a library, with ariadne-codegen."""

import asyncio
import random
from collections.abc import AsyncIterator

from reelgraph_client import Client, UpdateVideoInput, VideoFilter
from reelgraph_client.changes import ChangesVideoChanges
from reelgraph_client.exceptions import GraphQLClientError, GraphQLClientGraphQLMultiError
from reelgraph_client.search import SearchSearchVideosEdgesNode
from reelgraph_client.update import UpdateUpdateVideo
from reelgraph_client.videos import VideosVideosEdgesNode
from websockets.exceptions import WebSocketException

# After these, the same subscription may succeed.
TEMPORARY = {"SLOW_CONSUMER", "SERVICE_UNAVAILABLE", "TIMEOUT"}


def connect(url: str, key: str) -> Client:
    headers = {"Authorization": f"Bearer {key}"}
    return Client(
        url=url,
        headers=headers,
        ws_url=url.replace("http", "ws", 1),
        ws_connection_init_payload=headers,
    )


async def list_videos(client: Client, filter: VideoFilter) -> AsyncIterator[VideosVideosEdgesNode]:
    """All videos, fetched page by page."""
    after = None
    while True:
        videos = (await client.videos(after=after, filter_=filter)).videos
        for edge in videos.edges:
            yield edge.node
        if not videos.page_info.has_next_page:
            return
        after = videos.page_info.end_cursor


async def search_videos(client: Client, query: str) -> list[SearchSearchVideosEdgesNode]:
    """The best matches."""
    return [edge.node for edge in (await client.search(query)).search_videos.edges]


async def update_video(client: Client, input: UpdateVideoInput) -> UpdateUpdateVideo | None:
    """Updates the fields given in `input`; all others stay as they are."""
    return (await client.update(input)).update_video


async def follow(client: Client, after: str | None = None) -> AsyncIterator[ChangesVideoChanges]:
    """Every change, across reconnections."""
    attempts = 0
    while True:
        try:
            async for answer in client.changes(after=after):
                attempts = 0
                yield answer.video_changes
                after = answer.video_changes.cursor
        except GraphQLClientGraphQLMultiError as error:
            codes = [(each.extensions or {}).get("code") for each in error.errors]
            if not TEMPORARY.issuperset(codes):
                raise
        except (GraphQLClientError, WebSocketException, OSError):
            pass  # The server cannot be reached.
        await asyncio.sleep(min(0.1 * 2**attempts, 10) * random.uniform(0.5, 1))
        attempts += 1
