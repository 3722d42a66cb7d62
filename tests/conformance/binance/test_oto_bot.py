"""scripts/oto_bot.py against a real server whose prices only the test moves."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from scripts.oto.fleet import Fleet, fleet
from scripts.oto.states import Pause, State
from scripts.oto.summary import summarize
from scripts.oto.terms import Plan
from scripts.oto.user import Urls, User
from tests.support.binance_trading import quiet_venue
from tests.support.breakable_road import breakable_road
from tests.support.native_client import AdminClient
from tests.support.oto_users import DEADLINE_S, assert_alone, new_users, running, until
from tests.support.server import ServerProcess

PROGRAM = Path(__file__).parents[3] / "scripts" / "oto_bot.py"
PLAN = Plan(
    "BTCUSDT",
    target_volume=Decimal(550),
    order_size=Decimal(100),
    price_offset=Decimal("0.001"),
    calm_ms=50,
)
ENDLESS = replace(PLAN, target_volume=Decimal(1_000_000))
CYCLES = 3


@pytest.fixture(scope="module")
def venue() -> Iterator[ServerProcess]:
    with quiet_venue() as server:
        yield server


class Market:
    """Moves the price; there is a spread of two."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.bid = 50_000

    async def move_to(self, bid: int) -> None:
        """Return when every fill that it makes is durable."""
        self.bid = bid
        await asyncio.to_thread(self._post)

    def _post(self) -> None:
        bid, ask = str(self.bid), str(self.bid + 2)
        with AdminClient(self._url) as admin:
            body = {"symbol": "BTC/USDT", "price": bid, "bid": bid, "ask": ask}
            admin.post("/admin/price", body)


@pytest.fixture
async def market(venue: ServerProcess) -> Market:
    """BTCUSDT at 50,000."""
    made = Market(venue.url)
    await made.move_to(50_000)
    return made


async def all_are(bots: Fleet, state: State, cycle: int) -> None:
    """Return once every user is in the state, in that cycle, and REST agrees."""

    def standings() -> list[tuple[State, int]]:
        return [(user.machine.course.state, user.machine.cycle) for user in bots.users]

    await until(lambda: set(standings()) == {(state, cycle)}, standings)
    checks = await asyncio.gather(*(user.check() for user in bots.users))
    assert not any(checks), checks


def open_pair(user: User) -> tuple[str, str]:
    """Prices of the open pair."""
    assert user.machine.known.pair is not None
    return str(user.machine.known.pair.working.price), str(user.machine.known.pair.pending.price)


def assert_well(bots: Fleet) -> None:
    """Nobody failed, and stream and REST agree."""
    total = summarize(bots.users)
    assert total.is_good, "\n".join(total.lines("USDT"))


async def test_five_users_cycle_to_their_target_and_see_only_their_own_orders(
    venue: ServerProcess, market: Market
) -> None:
    users = new_users(venue.url, 5)
    async with fleet(Urls.below(venue.url), PLAN, users) as bots, running(bots):
        for cycle in range(1, CYCLES + 1):
            await all_are(bots, State.BUYING, cycle)
            # The next pair may go by the price before or after the move.
            await market.move_to(49_990 - 10 * cycle)
            await all_are(bots, State.SELLING, cycle)
            await market.move_to(50_200 + 100 * cycle)
        await until(
            lambda: all(user.machine.course.is_over for user in bots.users), lambda: "not over"
        )
        assert {user.machine.completed for user in bots.users} == {CYCLES}
        total = summarize(bots.users)
        assert (total.reached, total.orders) == (5, 5 * 2 * CYCLES)
        # Order by order: accepted, filled, and the pending one also activated.
        assert len(total.latencies_ms) == 5 * 5 * CYCLES
        await assert_alone(bots.users)
    assert_well(bots)


async def test_what_the_market_runs_away_from_is_given_up_and_placed_again(
    venue: ServerProcess, market: Market
) -> None:
    users = new_users(venue.url, 2)
    async with fleet(Urls.below(f"{venue.url}/binance"), ENDLESS, users) as bots:
        async with running(bots):
            await all_are(bots, State.BUYING, 1)
            await market.move_to(51_000)
            await all_are(bots, State.BUYING, 2)
            assert {open_pair(user)[0] for user in bots.users} == {"51000.00000000"}
            await market.move_to(50_990)
            await all_are(bots, State.SELLING, 2)
            await market.move_to(49_990)
            await all_are(bots, State.BUYING, 3)
        for user in bots.users:
            assert user.machine.course.pauses == {Pause.PRICE_MOVED: 2}
            # Bought, and sold at a loss at the market.
            assert 190 < user.machine.volume < 200
            assert user.machine.given_up == 3
            assert not any(order.state.status.is_open for order in await user.desk.all_orders())
    assert_well(bots)


async def test_a_broken_socket_pauses_and_rest_tells_what_happened_meanwhile(
    venue: ServerProcess, market: Market
) -> None:
    users = new_users(venue.url, 2)
    async with breakable_road(venue.url) as road:
        urls = Urls.below(road.url)._replace(rest=venue.url)
        async with fleet(urls, ENDLESS, users) as bots, running(bots):
            await all_are(bots, State.BUYING, 1)
            await road.cut()
            await all_are(bots, State.OFFLINE, 1)
            await market.move_to(49_990)
            await market.move_to(50_100)
            await road.mend()
            await all_are(bots, State.BUYING, 2)
            for user in bots.users:
                assert user.machine.completed == 1
                assert user.machine.course.pauses == {Pause.DISCONNECTED: 1}
                assert user.history.caught_up == 2
    assert_well(bots)


async def test_an_earlier_run_that_died_leaves_nothing_open(
    venue: ServerProcess, market: Market
) -> None:
    del market
    users = new_users(venue.url, 1)
    async with fleet(Urls.below(venue.url), ENDLESS, users) as bots:
        run = asyncio.create_task(bots.run())
        await all_are(bots, State.BUYING, 1)
        run.cancel()
        await asyncio.gather(run, return_exceptions=True)
    async with fleet(Urls.below(venue.url), ENDLESS, users) as bots, running(bots):
        await all_are(bots, State.BUYING, 1)
        still_open = [
            order for order in await bots.users[0].desk.all_orders() if order.state.status.is_open
        ]
        assert len(still_open) == 2
        assert all(bots.users[0].history.is_own(order.name) for order in still_open)
    assert_well(bots)


async def test_the_program_ends_with_a_summary(
    venue: ServerProcess, market: Market, tmp_path: Path
) -> None:
    del market
    (user,) = new_users(venue.url, 1)
    keys = tmp_path / "keys.json"
    keys.write_text(json.dumps({user.name: {"apiKey": user.key, "apiSecret": user.secret}}))
    # Both orders are marketable: nobody has to move the price.
    words = ["--users", str(keys), "--url", venue.url, "--target-volume", "500"]
    words += ["--entry-offset=-0.1%", "--price-offset=-0.2%"]
    program = await asyncio.create_subprocess_exec(
        sys.executable, PROGRAM, *words, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    async with asyncio.timeout(DEADLINE_S):
        summary, log = [text.decode() for text in await program.communicate()]
    assert program.returncode == 0, log
    assert "users       1: 1 reached the target, 0 failed" in summary
    assert "mismatches  0 between stream and REST" in summary
    assert f"{user.name}: cycle 3 completed" in log
    assert user.secret not in summary + log
