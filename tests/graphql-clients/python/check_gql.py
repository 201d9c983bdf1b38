"""Runs gql against a server, like `check.ts`: `check_gql.py VIDEO TAKEN FREE`."""

import asyncio
import os
import sys

from gql_client import Library


async def main(id: str, taken: str, free: str) -> None:
    library = Library(os.environ["API_URL"], os.environ["API_KEY"])
    async for video in library.videos({"path": {"startsWith": "/films/"}}):
        print("listed", video["path"])
    for video in await library.search("common"):
        print("found", video["path"])
    for path in taken, free:
        updated = await library.update(id=id, path=path)
        for error in updated["userErrors"]:
            print("refused", error["code"], ".".join(error["field"]))
        if not updated["userErrors"]:
            print("updated", updated["video"]["path"])
    async for event in library.changes():
        if event["kind"] == "CAUGHT_UP":
            print("following", flush=True)
        if event["kind"] == "CHANGE":
            print("changed", event["auditEntry"]["id"], flush=True)


asyncio.run(main(*sys.argv[1:]))
