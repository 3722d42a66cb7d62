"""Two connections of one client that are told the same: on which of them it hears first."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Sequence

from websockets.asyncio.client import ClientConnection

DEADLINE_S = 60
MOVES_AGAIN_S = 0.5
"""Without a word, since not every move is told."""


async def first_hearers(
    connections: Sequence[ClientConnection], move: Callable[[int], None], frames: int
) -> Counter[int]:
    """How often each was the first, by its place in the row, over this many different frames.
    `move` makes the market move, the n-th time; it does so again once somebody was told."""
    first: dict[str | bytes, int] = {}
    told = asyncio.Event()

    async def listen(place: int) -> None:
        async for text in connections[place]:
            if text not in first:
                first[text] = place
                told.set()

    listening = [asyncio.create_task(listen(place)) for place in range(len(connections))]
    moves = 0
    try:
        async with asyncio.timeout(DEADLINE_S):
            while len(first) < frames:
                told.clear()
                await asyncio.to_thread(move, moves)
                moves += 1
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), MOVES_AGAIN_S)
    finally:
        for task in listening:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*listening)
    return Counter(first.values())
