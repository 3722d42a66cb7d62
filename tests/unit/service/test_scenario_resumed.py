"""A scenario goes on after a restart, and a kill, as if there had been none: what a step waited for
is told from the record, and no step is taken twice or left out."""

from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.market.instrument import TradingStatus
from hypersim.service.record import Moment
from hypersim.service.scenarios.planning import Blank, Played, State, Taken
from hypersim.service.scenarios.reading import read_scenario
from hypersim.service.scenarios.words import Scenario
from hypersim.service.simulated_clock import Mode, SimulatedClock
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import CancelOrder, ListInstrument, PlaceOrder
from hypersim.trading.order import OrderType, Side
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import NOON_MS

SYMBOL = "BTC/USDT"


class Diary(Blank):
    """Remembers, for who goes on."""

    def __init__(self) -> None:
        self.beginning = Moment(0)
        self.taken: dict[int, Taken] = {}

    def begin(self, beginning: Moment) -> None:
        self.beginning = beginning

    def took(self, number: int, taken: Taken) -> None:
        self.taken[number] = taken


def stepped() -> SimulatedClock:
    return SimulatedClock(NOON_MS, mode=Mode.STEP)


async def opened(exchange: MemoryExchange) -> None:
    for number, email in enumerate(("ann@example.com", "bob@example.com"), 1):
        await exchange.done(OpenAccount(email))
        await exchange.done(Deposit(number, "USDT", Decimal(1_000_000)))
    answer = await exchange.admin.post("/admin/price", json={"symbol": SYMBOL, "price": "100"})
    assert answer.status_code == 200


async def buy(exchange: MemoryExchange, account_id: int, price: str | None = None) -> None:
    size = Decimal(1)
    order = PlaceOrder(account_id, SYMBOL, Side.BUY, OrderType.MARKET, quantity=size)
    if price is not None:
        order = replace(order, type=OrderType.LIMIT, price=Decimal(price))
    await exchange.done(order)


async def advance(exchange: MemoryExchange, ms: int) -> None:
    answer = await exchange.admin.post("/admin/clock/advance", json={"ms": ms})
    assert answer.status_code == 200, answer.text


def story(after: str) -> Scenario:
    step = f"  - after: {after}\n    price: {{symbol: {SYMBOL}, to: 50}}\n"
    return read_scenario(f"name: n\nsteps:\n{step}  - {{at: 1h, resume: {{symbol: {SYMBOL}}}}}\n")


async def killed(exchange: MemoryExchange) -> None:
    """What is planned is forgotten."""
    await exchange.scenarios.end()


def last_price(exchange: MemoryExchange) -> Decimal | None:
    return exchange.engine.view.markets[SYMBOL].last_price


@pytest.mark.parametrize(
    ("after", "is_met"),
    [
        ("{event: order, delay: 10s}", True),
        ("{event: fill, delay: 10s}", True),
        ("{event: closed, delay: 10s}", True),
        ("{event: fill, user: ann@example.com, delay: 10s}", True),
        ("{event: order, user: bob@example.com, delay: 10s}", False),
        ("{event: fill, symbol: ETH/USDT, delay: 10s}", False),
        ("{event: order, user: nobody@example.com, delay: 10s}", False),
    ],
)
async def test_what_a_step_waited_for_is_told_from_the_record(after: str, is_met: bool) -> None:
    async with memory_exchange(clock=stepped()) as exchange:
        await opened(exchange)
        await buy(exchange, 2)
        diary = Diary()
        await exchange.scenarios.play(story(after), diary=diary)
        await killed(exchange)
        # As if it were killed before anybody noticed.
        await buy(exchange, 1)
        await advance(exchange, 5_000)
        await exchange.scenarios.resume(story(after), Played(diary.beginning, diary.taken), diary)
        await advance(exchange, 4_999)
        assert last_price(exchange) == 100
        await advance(exchange, 1)
        assert last_price(exchange) == (50 if is_met else 100)
        assert (0 in diary.taken) == is_met
        await advance(exchange, 60_000)
        await buy(exchange, 2)
        await advance(exchange, 60_000)
        waits_for_bob = "bob" in after
        assert (last_price(exchange) == 50) == (is_met or waits_for_bob)


async def test_what_happened_before_it_began_is_none_of_it_even_in_the_same_moment() -> None:
    after = "{event: closed}"
    async with memory_exchange(clock=stepped()) as exchange:
        await opened(exchange)
        await buy(exchange, 1)
        await buy(exchange, 1, "90")
        await exchange.done(CancelOrder(1, 2))
        diary = Diary()
        await exchange.scenarios.play(story(after), diary=diary)
        await killed(exchange)
        await exchange.scenarios.resume(story(after), Played(diary.beginning, diary.taken), diary)
        await advance(exchange, 1_000)
        assert diary.taken == {}
        await buy(exchange, 1)
        await advance(exchange, 1_000)
        assert diary.taken == {0: Taken(NOON_MS + 1_000)}


async def test_a_step_that_was_due_and_not_taken_is_taken_and_none_is_taken_twice() -> None:
    scenario = read_scenario(
        "name: n\nsteps:\n"
        f"  - {{at: 1s, price: {{symbol: {SYMBOL}, to: 60}}}}\n"
        "  - {at: 1s, deposit: {user: ann@example.com, asset: USDT, amount: 7}}\n"
        "  - {at: 1s, deposit: {user: bob@example.com, asset: USDT, amount: 7}}\n"
        f"  - {{at: 1s, halt: {{symbol: {SYMBOL}}}}}\n"
    )
    async with memory_exchange(clock=stepped()) as exchange:
        await opened(exchange)
        diary = Diary()
        await exchange.scenarios.play(scenario, diary=diary)
        await advance(exchange, 1_000)
        await killed(exchange)
        # The diary of who was killed after Ann had her money, and before that was written down.
        taken = {0: diary.taken[0]}
        await exchange.scenarios.resume(scenario, Played(diary.beginning, taken), diary)
        await advance(exchange, 1)
        balances = exchange.engine.view.balances
        assert [balances[(one, "USDT")].available for one in (1, 2)] == [1_000_007] * 2
        assert exchange.scenarios.performance is not None
        steps = exchange.scenarios.performance.steps
        assert {one.state for one in steps} == {State.DONE}


async def test_a_price_on_its_way_goes_on_and_arrives() -> None:
    scenario = read_scenario(
        f"name: n\nsteps:\n  - {{at: 0s, price: {{symbol: {SYMBOL}, to: 60, over: 40s}}}}\n"
    )
    async with memory_exchange(clock=stepped()) as exchange:
        await opened(exchange)
        diary = Diary()
        await exchange.scenarios.play(scenario, diary=diary)
        await advance(exchange, 20_000)
        await killed(exchange)
        assert last_price(exchange) == 80
        played = Played(diary.beginning, dict(diary.taken))
        await exchange.scenarios.resume(scenario, played, diary)
        await advance(exchange, 10_000)
        assert last_price(exchange) == 70
        # Killed as the last move was to be made.
        await killed(exchange)
        await advance(exchange, 10_000)
        await exchange.scenarios.resume(scenario, played, diary)
        await advance(exchange, 1)
        assert last_price(exchange) == 60


@pytest.mark.parametrize("last", ["halt", "resume"])
async def test_a_market_is_halted_again_as_a_start_lists_it_anew(last: str) -> None:
    steps = ["halt", "resume", "halt"] if last == "halt" else ["halt", "resume"]
    lines = [f"  - {{at: {at}s, {kind}: {{symbol: {SYMBOL}}}}}\n" for at, kind in enumerate(steps)]
    scenario = read_scenario("name: n\nsteps:\n" + "".join(lines))
    async with memory_exchange(clock=stepped()) as exchange:
        diary = Diary()
        await exchange.scenarios.play(scenario, diary=diary)
        await advance(exchange, 5_000)
        await killed(exchange)
        instruments = exchange.engine.view.instruments
        trading = replace(instruments[SYMBOL], status=TradingStatus.TRADING)
        await exchange.done(ListInstrument(trading))
        await exchange.scenarios.resume(scenario, Played(diary.beginning, diary.taken), diary)
        assert instruments[SYMBOL].status == ("halted" if last == "halt" else "trading")


async def test_a_step_that_failed_stays_so() -> None:
    scenario = read_scenario(
        "name: n\nsteps:\n  - {at: 0s, deposit: {user: nobody, asset: USDT, amount: 7}}\n"
    )
    async with memory_exchange(clock=stepped()) as exchange:
        diary = Diary()
        await exchange.scenarios.play(scenario, diary=diary)
        await advance(exchange, 1_000)
        await killed(exchange)
        await exchange.scenarios.resume(scenario, Played(diary.beginning, diary.taken), diary)
        await advance(exchange, 1_000)
        (step,) = (await exchange.admin.get("/admin/scenario")).json()["steps"]
        assert (step["state"], step["dueMs"]) == ("failed", NOON_MS)
        assert "nobody" in step["reason"]
