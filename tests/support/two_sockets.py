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
            hear(text, place)

    def hear(text: str | bytes, place: int) -> None:
        if text not in first:
            first[text] = place
            told.set()

    async def move_on(number: int) -> None:
        told.clear()
        await asyncio.to_thread(move, number)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), MOVES_AGAIN_S)

    listening = [asyncio.create_task(listen(place)) for place in range(len(connections))]
    moves = 0
    try:
        async with asyncio.timeout(DEADLINE_S):
            while len(first) < frames:
                await move_on(moves)
                moves += 1
    finally:
        for task in listening:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*listening)
    return Counter(first.values())
