"""All users of a run: what they share is looked up once, then they trade side by side."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx

from scripts.oto.rest import (
    TIMEOUT_S,
    TOGETHER_MAX,
    ApiRefusal,
    Credentials,
    Exchange,
    OutcomeUnclear,
)
from scripts.oto.sockets import is_local
from scripts.oto.terms import Plan, Rules, Unworkable
from scripts.oto.user import Setup, Urls, User

log = logging.getLogger("oto_bot")

CHECK_APART_S = 5.0
"""How often a user's open orders are held against REST."""


class Fleet:
    """The users of a run. `run` returns when all are done, `stop` makes them."""

    def __init__(self, users: Sequence[User]) -> None:
        self.users = users

    async def run(self) -> None:
        """Trade until everybody is done."""
        checks = asyncio.create_task(self._keep_checking())
        try:
            await asyncio.gather(*(user.run() for user in self.users))
        finally:
            checks.cancel()
            await asyncio.gather(checks, return_exceptions=True)

    async def stop(self, why: str) -> None:
        """Cancel what is open, and end."""
        await asyncio.gather(*(user.stop(why) for user in self.users))

    async def _keep_checking(self) -> None:
        """One user after the other, so that checks do not come in bursts."""
        while True:
            for user in self.users:
                await asyncio.sleep(CHECK_APART_S / len(self.users))
                await self._check(user)

    @staticmethod
    async def _check(user: User) -> None:
        with contextlib.suppress(ApiRefusal, OutcomeUnclear):
            for different in await user.check():
                log.error("%s: %s", user.name, different)


@contextlib.asynccontextmanager
async def fleet(urls: Urls, plan: Plan, users: Sequence[Credentials]) -> AsyncIterator[Fleet]:
    """The users, ready to run. Raises `Unworkable`, `ApiRefusal` and `OutcomeUnclear`."""
    limits = httpx.Limits(max_connections=TOGETHER_MAX, max_keepalive_connections=None)
    async with httpx.AsyncClient(
        base_url=urls.rest,
        timeout=TIMEOUT_S,
        limits=limits,
        trust_env=not is_local(urls.rest),
    ) as http:
        exchange = Exchange(http)
        await exchange.synchronize()
        rules = await _rules(exchange, plan.symbol)
        setup = Setup(urls, exchange, plan, rules, secrets.token_hex(4))
        yield Fleet([User(setup, one, number) for number, one in enumerate(users)])


async def _rules(exchange: Exchange, symbol: str) -> Rules:
    """Looked up once: filters hardly ever change."""
    info = await exchange.get("/api/v3/exchangeInfo", symbol=symbol)
    exchange.weight_max = _weight_max(info)
    found = info["symbols"][0]
    if not found.get("otoAllowed", True):
        raise Unworkable(f"{symbol} takes no OTO orders")
    return Rules.of_symbol(found)


def _weight_max(info: Any) -> int:
    return next(
        (
            int(limit["limit"])
            for limit in info.get("rateLimits", ())
            if limit["rateLimitType"] == "REQUEST_WEIGHT" and limit["interval"] == "MINUTE"
        ),
        0,
    )
