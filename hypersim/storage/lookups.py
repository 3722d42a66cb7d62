"""Single rows that many ask for at one moment, asked for in one query: what is asked for while one
is under way waits for the next."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

AT_ONCE_MAX = 500
"""In one query; more of them wait for the one after it."""

K = TypeVar("K")
V = TypeVar("V")


class LookUps(Generic[K, V]):
    """Look-ups of one kind. `ask` gets the keys, and returns what it found."""

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]]) -> None:
        self._ask = ask
        self._waiting: list[tuple[K, asyncio.Future[V | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key: K) -> V | None:
        """What there is. Raises what `ask` raises."""
        future: asyncio.Future[V | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((key, future))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all())
        return await future

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                taken = self._waiting[:AT_ONCE_MAX]
                del self._waiting[:AT_ONCE_MAX]
                await self._ask_for(taken)
        finally:
            self._asking = None

    async def _ask_for(self, taken: Sequence[tuple[K, "asyncio.Future[V | None]"]]) -> None:
        try:
            found = await self._ask([key for key, _ in taken])
        except BaseException as error:
            for _, future in taken:
                if not future.done():
                    future.set_exception(error)
            if not isinstance(error, Exception):
                raise
            return
        for key, future in taken:
            if not future.done():
                future.set_result(found.get(key))
