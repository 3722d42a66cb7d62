"""Over all fee models: what fills say and what the ledger took are equal, per account and asset.
Every order can pay its fees, whatever becomes of it."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hypersim.account.entries import FEE_ACCOUNT, EntryKind, LedgerEntry
from hypersim.account.ledger import legs_of
from hypersim.account.user import FeeRates
from hypersim.trading import fees, fills
from hypersim.trading.account_commands import SetBalance, SetFeeRates
from hypersim.trading.commands import Command, ListInstrument
from hypersim.trading.events import Event, OrderFilled, WithdrawalChanged
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import FeeDiscount, Matching, Rules
from tests.support.builders import START_MS, SYMBOL
from tests.support.invariants import EventAudit, check_books, check_money, picture
from tests.support.random_session import ACCOUNTS, commands, opening

STEPS = 120
RATES = (Decimal(0), Decimal("0.0007"), Decimal("0.013"), Decimal("0.4"))

Taken = defaultdict[tuple[int, str], Decimal]
"""By account and asset."""


def new_exchange(model: str, matching: Matching, fee_asset: str | None) -> Exchange:
    discount = FeeDiscount(fee_asset, Decimal("0.25")) if fee_asset else None
    return Exchange(Rules(fills.load("depth"), fees.load(model), matching, discount))


def session(exchange: Exchange, seed: int, *, changes: bool) -> Iterator[Command]:
    """With odd rates, and now and then a moment in which nobody has more than what orders hold.
    With changes, rates and models change while orders are open."""
    yield from opening()
    market = exchange.state.markets[SYMBOL].instrument
    yield ListInstrument(replace(market, maker_fee_rate=RATES[1], taker_fee_rate=RATES[2]))
    for number, command in enumerate(commands(exchange, seed, STEPS, START_MS)):
        account_id, is_poor = ACCOUNTS[number % len(ACCOUNTS)], number % 3 == 0
        if is_poor:
            yield from all_have(Decimal(0))
        yield command
        if is_poor:
            yield from all_have(Decimal(300 + 100 * (number % 20)))
        if changes and number % 5 == 3:
            maker, taker = RATES[(seed + number) % 4], RATES[(seed + number // 11) % 4]
            yield SetFeeRates(account_id, FeeRates(maker, taker))
        if changes and number % 23 == 7:
            model = (None, *fees.names())[(seed + number) % (1 + len(fees.names()))]
            yield ListInstrument(
                replace(exchange.state.markets[SYMBOL].instrument, fee_model=model)
            )


def all_have(usdt: Decimal) -> Iterator[Command]:
    for account_id in ACCOUNTS:
        yield SetBalance(account_id, "USDT", usdt)


def play(exchange: Exchange, seed: int, *, changes: bool) -> tuple[list[Command], list[Event]]:
    """A session; what must hold is checked after each command."""
    history: list[Command] = []
    happened: list[Event] = []
    audit = EventAudit(exchange.state.counters)
    for command in session(exchange, seed, changes=changes):
        events, _ = exchange.execute(command, START_MS + 7 * len(history))
        audit.see(events, exchange.state.counters)
        check_money(exchange.state, has_reserves=True)
        if not changes:
            check_whole(exchange, events)
        history.append(command)
        happened += events
    check_books(exchange.state)
    return history, happened


def check_whole(exchange: Exchange, events: list[Event]) -> None:
    """Where nothing changes, no fee of the model is less than what is due: it was kept."""
    for event in events:
        if isinstance(event, OrderFilled):
            fill, market = event.fill, exchange.state.markets[event.fill.symbol]
            due, asset = market.fees.fee(
                market.instrument,
                fill.side,
                quantity=fill.quantity,
                worth=fill.notional,
                rate=fill.fee_rate,
            )
            assert fill.fee == due or fill.fee_asset != asset, fill


def said_by_fills(happened: list[Event]) -> Taken:
    said: Taken = defaultdict(Decimal)
    for event in happened:
        if isinstance(event, OrderFilled) and event.fill.fee:
            said[event.fill.account_id, event.fill.fee_asset] += event.fill.fee
    return said


def taken_by_the_ledger(happened: list[Event]) -> Taken:
    """Each fee is one posting, out of what its account has available."""
    taken: Taken = defaultdict(Decimal)
    for entry in entries_of(happened):
        paid = [one for one in entry.postings if one.target[0] == FEE_ACCOUNT]
        assert len(paid) <= 1, entry
        for posting in paid:
            account_id, asset, is_locked = posting.source
            assert not is_locked, entry
            taken[account_id, asset] += posting.amount
        recorded = {leg.asset: leg.available for leg in legs_of(entry) if is_fee(leg.account_id)}
        assert recorded == {one.target[1]: one.amount for one in paid}, entry
    return taken


def entries_of(happened: list[Event]) -> Iterator[LedgerEntry]:
    for event in happened:
        if isinstance(event, OrderFilled):
            assert event.entry.kind is EntryKind.TRADE
            yield event.entry


def is_fee(account_id: int) -> bool:
    return account_id == FEE_ACCOUNT


def earned(exchange: Exchange, happened: list[Event]) -> dict[str, Decimal]:
    """What the exchange has of fees, but those of withdrawals."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (account_id, asset), balance in exchange.state.ledger.balances.items():
        if is_fee(account_id):
            sums[asset] += balance.total
    for event in happened:
        if isinstance(event, WithdrawalChanged) and event.entry is not None:
            sums[event.withdrawal.asset] -= event.withdrawal.fee
    return {asset: amount for asset, amount in sums.items() if amount}


def by_asset(taken: Taken) -> dict[str, Decimal]:
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for (_, asset), amount in taken.items():
        sums[asset] += amount
    return dict(sums)


def encoded(events: list[Event]) -> list[bytes]:
    return [type(event).__name__.encode() + msgspec.json.encode(event) for event in events]


@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("model", fees.names())
@settings(deadline=None, max_examples=max(10, settings().max_examples // 2))
@given(
    seed=st.integers(0, 2**32),
    fee_asset=st.sampled_from((None, "BNB", "BTC", "USDT")),
    changes=st.booleans(),
)
def test_what_fills_say_is_what_the_ledger_took(
    model: str, matching: Matching, seed: int, fee_asset: str | None, changes: bool
) -> None:
    exchange = new_exchange(model, matching, fee_asset)
    history, happened = play(exchange, seed, changes=changes)
    said = said_by_fills(happened)
    assert said == taken_by_the_ledger(happened)
    assert by_asset(said) == earned(exchange, happened)
    again, copy = (new_exchange(model, matching, fee_asset) for _ in range(2))
    repeated: list[Event] = []
    for number, command in enumerate(history):
        repeated += again.execute(command, START_MS + 7 * number)[0]
    assert encoded(repeated) == encoded(happened)
    for event in happened:
        copy.apply(event)
    assert picture(copy.state) == picture(exchange.state) == picture(again.state)


@pytest.mark.parametrize("model", fees.names())
def test_such_sessions_pay_in_every_way(model: str) -> None:
    """Sessions without fees would prove nothing."""
    ways: set[tuple[str, str]] = set()
    for seed in range(3):
        exchange = new_exchange(model, Matching.SHARED, "BNB")
        for event in play(exchange, seed, changes=False)[1]:
            if isinstance(event, OrderFilled) and event.fill.fee:
                fill = event.fill
                ways.add((fill.side.value, fill.fee_asset))
    bought_with = "BTC" if fees.load(model).side is fees.FeeSide.RECEIVED else "USDT"
    assert {("buy", bought_with), ("sell", "USDT"), ("buy", "BNB"), ("sell", "BNB")} == ways
