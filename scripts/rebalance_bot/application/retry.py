"""The guide's retry strategy: by class of error, after 1, 2, 4, ... seconds.

What may have been executed is never sent again here: `Unclear` of an order is for who sent it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from scripts.rebalance_bot.application.clock import Clock
from scripts.rebalance_bot.application.errors import (
    ClockOff,
    ExchangeError,
    RateLimited,
    Unclear,
    Unreachable,
)

T = TypeVar("T")

TRIES = 3
BASE_S = 1.0
LIMITED_S = 5.0
"""The least wait after "too many requests"."""


@dataclass(frozen=True, slots=True)
class Retry:
    """`on_error` counts, `on_wait` tells."""

    clock: Clock
    on_error: Callable[[ExchangeError, str], None]
    on_wait: Callable[[ExchangeError, str, int, float], None]

    async def read(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """An answer to what may be asked twice. Raises the last `ExchangeError`."""
        return await self._tries(name, ask, (RateLimited, ClockOff, Unreachable, Unclear))

    async def once(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """An answer to what must not be done twice: sent again only after an error that says that
        nothing was done. Raises the last `ExchangeError`."""
        return await self._tries(name, ask, (RateLimited, ClockOff, Unreachable))

    async def _tries(
        self,
        name: str,
        ask: Callable[[], Awaitable[T]],
        again: tuple[type[ExchangeError], ...],
    ) -> T:
        attempt = 0
        while True:
            try:
                return await ask()
            except ExchangeError as error:
                self.on_error(error, name)
                attempt += 1
                if not isinstance(error, again) or attempt == TRIES:
                    raise
                await self._wait(error, name, attempt)

    async def _wait(self, error: ExchangeError, name: str, attempt: int) -> None:
        wait_s = wait_of(error, attempt)
        self.on_wait(error, name, attempt, wait_s)
        await self.clock.sleep(wait_s)


def wait_of(error: ExchangeError, attempt: int) -> float:
    """Seconds before the next try; `attempt` counts from 1."""
    wait_s = BASE_S * float(1 << (attempt - 1))
    if isinstance(error, RateLimited):
        wait_s = max(wait_s, LIMITED_S)
    return max(wait_s, error.wait_s)
