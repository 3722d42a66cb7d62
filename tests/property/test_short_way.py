"""A plain order comes to the same, byte for byte, by the short way and by the long one; and each
condition of the gate before the short way is needed."""

import random
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest

from hypersim.trading import fees, fills
from hypersim.trading.commands import CancelAllOrders, Command, PlaceOrder
from hypersim.trading.events import Event, OrderClosed, OrderFilled
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import (
    OrderStatus,
    OrderType,
    Peg,
    PegBasis,
    SelfTradePrevention,
    Side,
    TimeInForce,
    Trigger,
)
from hypersim.trading.plain import PLAIN, Gate
from hypersim.trading.rules import FeeDiscount, Matching, Rules
from tests.support.builders import START_MS, SYMBOL
from tests.support.invariants import picture
from tests.support.random_session import ACCOUNTS, commands, opening
from tests.support.state_picture import picture_of

NOBODY: Gate = {**PLAIN, "account_id": None}
"""Every order is somebody's, so all of them go the long way."""

STEPS = 1_250
"""Of each session; there are 16."""

DECIDING_LEAST = 100
PICTURES_EVERY = 125
WAYS = [
    (model, matching, fee_model, fee_asset)
    for model in fills.names()
    for matching in Matching
    for fee_model in fees.names()
    for fee_asset in (None, "USDT")
]


def new_exchange(plain: Gate, way: tuple[str, Matching, str, str | None]) -> Exchange:
    model, matching, fee_model, fee_asset = way
    discount = FeeDiscount(fee_asset, Decimal("0.25")) if fee_asset else None
    rules = Rules(fills.load(model), fees.load(fee_model), matching, discount)
    return Exchange(rules, plain)


def drawn(exchange: Exchange, seed: int) -> Iterator[Command]:
    """Mostly plain orders, some with one thing besides, and whatever else can be asked."""
    dice = random.Random(seed)
    anything = commands(exchange, seed, STEPS, START_MS)
    yield from opening()
    for number in range(STEPS):
        roll = dice.random()
        if roll < 0.62:
            yield _plain(dice, number)
        elif roll < 0.74:
            yield _nearly_plain(dice, number)
        elif roll < 0.76:
            yield CancelAllOrders(dice.choice(ACCOUNTS))
        else:
            yield next(anything)


def _plain(dice: random.Random, number: int) -> PlaceOrder:
    is_market = dice.random() < 0.3
    in_force = TimeInForce.GTC if is_market else dice.choice((*TimeInForce, TimeInForce.GTC))
    ends_ms = START_MS + 7 * number + 500
    may_take = is_market or in_force is not TimeInForce.GTC or dice.random() < 0.9
    return PlaceOrder(
        dice.choice((*ACCOUNTS, *ACCOUNTS, *ACCOUNTS, 99)),
        dice.choice((SYMBOL, "BTCUSDT", "BTC-USDT", SYMBOL, "NO/SUCH")),
        dice.choice(list(Side)),
        OrderType.MARKET if is_market else OrderType.LIMIT,
        quantity=Decimal(dice.choice((1, 5, 10, 20, 60, 3_000))) / dice.choice((1, 10, 10, 10)),
        price=None if is_market else Decimal(dice.choice((30, 96, 98, 100, 100, 102, 104))),
        time_in_force=in_force,
        post_only=not may_take,
        client_order_id=dice.choice((None, f"p-{number}", f"twice-{number % 5}")),
        expires_ms=ends_ms if in_force is TimeInForce.GTD else None,
        self_trade_prevention=dice.choice(list(SelfTradePrevention)),
        is_retry_safe=dice.random() < 0.5,
    )


def _nearly_plain(dice: random.Random, number: int) -> PlaceOrder:
    """With one of the things that the short way does not look at."""
    side, size = dice.choice(list(Side)), Decimal(dice.randint(5, 20)) / 10
    price = Decimal(dice.randint(97, 103))
    account_id, name = dice.choice(ACCOUNTS), f"n-{number}"
    limit = PlaceOrder(account_id, SYMBOL, side, OrderType.LIMIT, size, price=price)
    match dice.choice(list(PLAIN)):
        case "trigger":
            stop = Decimal(104 if side is Side.BUY else 96)
            changes = {"trigger": Trigger.STOP_LOSS, "trigger_price": stop}
        case "peg":
            changes = {"price": None, "peg": Peg(PegBasis.PRIMARY)}
        case "iceberg_quantity":
            changes = {"iceberg_quantity": Decimal("0.2")}
        case "quote_quantity":
            cost = {"quantity": None, "price": None, "quote_quantity": size * 100}
            changes = {"type": OrderType.MARKET, **cost}
        case note:
            changes = {note: number + 1_000_000}
    return msgspec.structs.replace(limit, client_order_id=name, **changes)


def told(exchange: Exchange, command: Command, now_ms: int) -> list[bytes]:
    """What the command came to, as bytes."""
    events, rejected = exchange.execute(command, now_ms)
    happened = [type(event).__name__.encode() + msgspec.json.encode(event) for event in events]
    return [*happened, msgspec.json.encode(rejected)]


def failing(command: Command) -> list[str]:
    """The conditions of the gate that an order does not meet."""
    return [name for name, value in PLAIN.items() if getattr(command, name) != value]


class Tally(Counter[str]):
    """What a session came to."""

    def see(self, command: Command, events: list[Event], *, is_refused: bool) -> None:
        """Count what the command was and how it fared."""
        self["commands"] += 1
        if not isinstance(command, PlaceOrder):
            return
        missed = failing(command)
        if len(missed) == 1:
            self[missed[0]] += 1
        if missed:
            return
        self["short"] += 1
        fills_of = [event for event in events if isinstance(event, OrderFilled)]
        if is_refused:
            self["refused"] += 1
        elif not events[1:]:
            self["rests"] += 1
        elif len(fills_of) == 1 and fills_of[0].order.status is OrderStatus.FILLED:
            self["filled at once"] += 1
        elif fills_of:
            self["filled in parts or from the book"] += 1
        if any(isinstance(event, OrderClosed) for event in events):
            self["ends unfilled"] += 1


def play(way: tuple[str, Matching, str, str | None], seed: int, tally: Tally) -> None:
    """The same session by both ways; they must not differ anywhere."""
    short, long = new_exchange(PLAIN, way), new_exchange(NOBODY, way)
    for number, command in enumerate(drawn(long, seed)):
        now_ms = START_MS + 7 * number
        is_due = short.state.next_deadline_ms()
        events, rejected = short.execute(command, now_ms)
        happened = [type(one).__name__.encode() + msgspec.json.encode(one) for one in events]
        assert [*happened, msgspec.json.encode(rejected)] == told(long, command, now_ms), command
        if is_due is None or is_due > now_ms:
            tally.see(command, events, is_refused=rejected is not None)
        if number % PICTURES_EVERY == 0:
            assert_same(short, long)
    assert_same(short, long)


def assert_same(short: Exchange, long: Exchange) -> None:
    assert picture(short.state) == picture(long.state)
    assert picture_of(short.state) == picture_of(long.state)


def test_20000_commands_come_to_the_same_by_the_short_way_and_by_the_long_one() -> None:
    tally = Tally()
    for seed, way in enumerate(WAYS):
        play(way, seed, tally)
    assert tally["commands"] >= 19_000
    assert tally["short"] >= tally["commands"] / 2, tally
    assert all(tally[name] >= DECIDING_LEAST for name in PLAIN), tally
    outcomes = ("refused", "rests", "filled at once", "ends unfilled")
    assert all(tally[name] >= DECIDING_LEAST for name in outcomes), tally
    assert tally["filled in parts or from the book"] >= DECIDING_LEAST, tally


@pytest.mark.parametrize("condition", PLAIN)
@pytest.mark.parametrize("matching", Matching)
def test_without_any_one_condition_of_the_gate_the_ways_differ(
    condition: str, matching: Matching
) -> None:
    gate = {name: value for name, value in PLAIN.items() if name != condition}
    way = ("depth", matching, "received", None)
    short, long = new_exchange(gate, way), new_exchange(NOBODY, way)
    for number, command in enumerate(drawn(long, 1)):
        now_ms = START_MS + 7 * number
        expected = told(long, command, now_ms)
        try:
            found = told(short, command, now_ms)
        except (AssertionError, TypeError):
            # What the short way does not look at may as well be what it cannot do without.
            assert failing(command) == [condition]
            return
        if found != expected:
            assert failing(command) == [condition]
            return
    pytest.fail(f"nothing differs without {condition!r}: it does not belong into the gate")
