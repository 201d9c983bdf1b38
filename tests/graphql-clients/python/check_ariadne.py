"""Runs ariadne-codegen's client against a server, like `check.ts`: `check_ariadne.py VIDEO TAKEN FREE`."""

import asyncio
import os
import sys

from ariadne_client import connect, follow, list_videos, search_videos, update_video
from reelgraph_client import StringFilter, UpdateVideoInput, VideoFilter


async def main(id: str, taken: str, free: str) -> None:
    client = connect(os.environ["API_URL"], os.environ["API_KEY"])
    films = VideoFilter(path=StringFilter(startsWith="/films/"))
    async for video in list_videos(client, films):
        print("listed", video.path)
    for match in await search_videos(client, "common"):
        print("found", match.path)
    for path in taken, free:
        updated = await update_video(client, UpdateVideoInput(id=id, path=path))
        assert updated
        for error in updated.user_errors:
            print("refused", error.code.value, ".".join(error.field or []))
        if updated.video and not updated.user_errors:
            print("updated", updated.video.path)
    async for event in follow(client):
        if event.kind.value == "CAUGHT_UP":
            print("following", flush=True)
        if event.audit_entry:
            print("changed", event.audit_entry.id, flush=True)


asyncio.run(main(*sys.argv[1:]))
