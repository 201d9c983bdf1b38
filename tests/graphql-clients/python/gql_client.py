"""All pages of a list, a search, an update and the changes of a library, with gql."""

import asyncio
import random
from collections.abc import AsyncIterator
from typing import Any

from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportError, TransportQueryError

# After these, the same subscription may succeed.
TEMPORARY = {"SLOW_CONSUMER", "SERVICE_UNAVAILABLE", "TIMEOUT"}

VIDEOS = """
  query Videos($after: String, $filter: VideoFilter) {
    videos(first: 20, after: $after, filter: $filter) {
      edges { node { id path durationFrames createdAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
"""

SEARCH = """
  query Search($query: String!) {
    searchVideos(query: $query, first: 20) {
      edges { score node { id path durationFrames createdAt } }
    }
  }
"""

UPDATE = """
  mutation Update($input: UpdateVideoInput!) {
    updateVideo(input: $input) {
      video { id path version }
      userErrors { code message field }
    }
  }
"""

CHANGES = """
  subscription Changes($after: String) {
    videoChanges(after: $after, marks: true) {
      kind
      cursor
      auditEntry { id operation entityId changes { field old new } }
    }
  }
"""

Json = dict[str, Any]


class Library:
    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}"}

    async def _ask(self, query: str, variables: Json) -> Json:
        request = gql(query)
        request.variable_values = variables
        transport = AIOHTTPTransport(url=self._url, headers=self._headers)
        async with Client(transport=transport) as session:
            answer: Json = await session.execute(request)
            return answer

    async def videos(self, filter: Json) -> AsyncIterator[Json]:
        """All videos, fetched page by page."""
        page = {"hasNextPage": True, "endCursor": None}
        while page["hasNextPage"]:
            answer = await self._ask(VIDEOS, {"after": page["endCursor"], "filter": filter})
            for edge in answer["videos"]["edges"]:
                yield edge["node"]
            page = answer["videos"]["pageInfo"]

    async def search(self, query: str) -> list[Json]:
        """The best matches."""
        answer = await self._ask(SEARCH, {"query": query})
        return [edge["node"] for edge in answer["searchVideos"]["edges"]]

    async def update(self, **input: Any) -> Json:
        """Updates these fields; all others stay as they are. None clears a field."""
        answer = await self._ask(UPDATE, {"input": input})
        updated: Json = answer["updateVideo"]
        return updated

    async def changes(self, after: str | None = None) -> AsyncIterator[Json]:
        """Every change, across reconnections."""
        request = gql(CHANGES)
        attempts = 0
        while True:
            # Not WebsocketsTransport, which treats header names as case-sensitive.
            transport = AIOHTTPWebsocketsTransport(
                url=self._url.replace("http", "ws", 1), init_payload=self._headers
            )
            request.variable_values = {"after": after}
            try:
                async with Client(transport=transport) as session:
                    async for answer in session.subscribe(request):
                        attempts = 0
                        event = answer["videoChanges"]
                        yield event
                        after = event["cursor"]
            except TransportQueryError as error:
                codes = [each["extensions"]["code"] for each in error.errors or []]
                if not TEMPORARY.issuperset(codes):
                    raise
            except (TransportError, OSError):
                pass  # The server cannot be reached.
            await asyncio.sleep(min(0.1 * 2**attempts, 10) * random.uniform(0.5, 1))
            attempts += 1
