"""A hundred users cycle OTO orders side by side, each with two sockets: what they are told is what
REST shows, at moments on the way and in the end, and nobody is told of anybody else.

A minute long, unless OTO_SECONDS says otherwise; OTO_USERS says how many.
"""

import asyncio
import contextlib
import os
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pytest

from hypersim.bench.stage import CONFIG
from scripts.oto.fleet import Fleet, fleet
from scripts.oto.summary import WITHIN_MS, share_within, summarize
from scripts.oto.terms import Plan
from scripts.oto.user import Urls
from tests.support.oto_users import assert_alone, new_users
from tests.support.server import running_server

USERS = int(os.environ.get("OTO_USERS", "100"))
SECONDS = float(os.environ.get("OTO_SECONDS", "60"))
SHARE_IN_TIME = 0.95
MARGIN_S = 120

PLAN = Plan(
    "BTCUSDT",
    target_volume=Decimal(10_000_000),
    order_size=Decimal(100),
    # The made-up market moves about this much in a second: cycles end soon, and some pairs have
    # to be given up.
    price_offset=Decimal("0.00002"),
    move_max=Decimal("0.0003"),
    calm_ms=200,
)

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + MARGIN_S)]


async def test_everybody_is_told_all_of_his_own_orders_in_time_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = tmp_path / "settings.toml"
    settings.write_text(CONFIG)
    options = ("--feed", "synthetic", "--log-level", "warning", "--config", str(settings))
    with running_server(*options, data_dir=tmp_path / "data") as server:
        users = new_users(server.url, USERS)
        async with fleet(Urls.below(server.url), PLAN, users) as bots:
            await trade(bots)
            total = summarize(bots.users)
            with capsys.disabled():
                print("", *total.lines("USDT"), sep="\n")
            assert total.is_good, "\n".join(total.lines("USDT"))
            assert (total.foreign, total.caught_up) == (0, 0)
            assert total.checked > USERS
            assert share_within(total.latencies_ms, WITHIN_MS) >= SHARE_IN_TIME
            assert all(user.machine.cycle > 1 for user in bots.users), idle(bots)
            await assert_alone(bots.users)
    assert not [line for line in server.lines if "error" in line], server.output


async def trade(bots: Fleet) -> None:
    """For as long as was asked."""
    run = asyncio.create_task(bots.run())
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(SECONDS):
            await asyncio.shield(run)
    await bots.stop("the time is up")
    await run


def idle(bots: Fleet) -> Sequence[str]:
    """Who has hardly traded."""
    return [user.name for user in bots.users if user.machine.cycle <= 1]
