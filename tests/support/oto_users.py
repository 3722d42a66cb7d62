"""The users of scripts/oto_bot.py on a server, and what they must never see."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence

from scripts.oto.fleet import Fleet
from scripts.oto.rest import Credentials
from scripts.oto.user import User
from tests.support.native_client import AdminClient

DEADLINE_S = 30.0
POLL_S = 0.005
MONEY = {"USDT": "10000"}

_emails = (f"oto-{number}@example.com" for number in itertools.count())


def new_users(url: str, count: int) -> list[Credentials]:
    """Accounts that the admin opened, each with 10,000 USDT."""
    with AdminClient(url) as admin:
        return [
            Credentials(email, *admin.new_user(email, **MONEY))
            for email in itertools.islice(_emails, count)
        ]


@contextlib.asynccontextmanager
async def running(bots: Fleet) -> AsyncIterator[None]:
    """They trade for the length of a block, and are stopped at its end if they still do."""
    run = asyncio.create_task(bots.run())
    try:
        yield
        await bots.stop("the test is over")
        await run
    finally:
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)


async def until(is_so: Callable[[], bool], what: Callable[[], object]) -> None:
    """Return once it is so; `what` says how it is instead."""
    try:
        async with asyncio.timeout(DEADLINE_S):
            while not is_so():  # noqa: ASYNC110 - the bot is watched from outside
                await asyncio.sleep(POLL_S)
    except TimeoutError:
        raise AssertionError(f"it never came to that: {what()}") from None


async def assert_alone(users: Sequence[User]) -> None:
    """Neither stream nor REST has shown anybody an order, list or trade of somebody else."""
    orders: set[int] = set()
    trades: set[int] = set()
    for user in users:
        assert not user.history.foreign, user.name
        own = await user.desk.all_orders()
        assert all(user.history.is_own(order.name) for order in own), user.name
        assert all(user.history.is_own(name) for name in await user.desk.all_lists()), user.name
        ids = {order.id for order in own}
        by_trade = await user.desk.all_trades()
        assert set(by_trade.values()) <= ids, user.name
        assert not ids & orders and not by_trade.keys() & trades, user.name
        orders |= ids
        trades |= by_trade.keys()
