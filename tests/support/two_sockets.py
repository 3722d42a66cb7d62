"""Two connections of one client that are told the same: on which of them it hears first."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence

from websockets.asyncio.client import ClientConnection

DEADLINE_S = 60


async def first_hearers(
    connections: Sequence[ClientConnection], move: Callable[[int], None], frames: int
) -> Counter[int]:
    """How often each was the first, by its place in the row, over this many different frames.
    `move` makes the market move, the n-th time."""
    first: dict[str | bytes, int] = {}

    async def listen(place: int) -> None:
        async for text in connections[place]:
            first.setdefault(text, place)

    listening = [asyncio.create_task(listen(place)) for place in range(len(connections))]
    moves = 0
    try:
        async with asyncio.timeout(DEADLINE_S):
            while len(first) < frames:
                await asyncio.to_thread(move, moves)
                moves += 1
    finally:
        for task in listening:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*listening)
    return Counter(first.values())
