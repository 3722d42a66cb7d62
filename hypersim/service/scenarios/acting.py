"""Carries out what a scenario says, as a feed or an admin would."""

import contextlib
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import assert_never

from hypersim.account.entries import EntryKind
from hypersim.market.events import DepthUpdated, Level, TradePrinted
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.market.number import plain
from hypersim.service.manual_price import ManualPrice, price_events
from hypersim.service.record import PageQuery
from hypersim.service.scenarios.actions import (
    Action,
    ArmFault,
    ClearFaults,
    GiveMoney,
    Halt,
    PrintTrade,
    Release,
    Resume,
    SetDepth,
    SetPrice,
    SetQuote,
)
from hypersim.service.scenarios.stage import CannotBe, Stage
from hypersim.service.scenarios.values import Pair
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import Deposit
from hypersim.trading.commands import Command, SetTradingStatus
from hypersim.trading.rejections import Rejected


async def perform(stage: Stage, action: Action, time_ms: int, name: str) -> None:
    """Have it happen; returns when what came of it is durable. The ledger calls it by this name.
    Raises ValueError with the reason why it cannot be, and RecordLost."""
    engine = stage.engine
    if not engine.health.is_available:
        await engine.health.available()
    match action:
        case SetPrice() | SetQuote() | SetDepth() | PrintTrade():
            await _move_market(stage, action, time_ms)
        case Halt() | Resume():
            status = TradingStatus.HALTED if isinstance(action, Halt) else TradingStatus.TRADING
            await _submit(stage, SetTradingStatus(stage.symbol(action.symbol), status))
        case Release():
            stage.release(stage.symbol(action.symbol))
        case GiveMoney():
            await _give_money(stage, action, name)
        case ArmFault():
            await stage.troubles.arm(action, time_ms)
        case ClearFaults():
            await stage.troubles.clear(action)
        case _:
            assert_never(action)


async def _move_market(
    stage: Stage, action: SetPrice | SetQuote | SetDepth | PrintTrade, time_ms: int
) -> None:
    match action:
        case SetPrice():
            await set_price(stage, stage.symbol(action.symbol), Decimal(action.to))
        case SetQuote():
            await _set_quote(stage, action, time_ms)
        case SetDepth():
            await _set_depth(stage, action, time_ms)
        case PrintTrade():
            await _print_trade(stage, action, time_ms)
        case _:
            assert_never(action)


async def was_given(stage: Stage, action: GiveMoney, name: str, since_ms: int) -> bool:
    """Whether the ledger knows of money that was given under this name since then. Raises
    RecordUnavailable."""
    account_id = stage.account_id(action.user)
    if account_id is None:
        return False
    query = PageQuery(account_id, since_ms=since_ms)
    rows = await stage.archive.ledger(query, action.asset, {EntryKind.DEPOSIT})
    return any(row.reference == name for row in rows)


async def set_price(stage: Stage, symbol: str, price: Decimal) -> None:
    """As an admin does under the manual feed. Raises InvalidPrice."""
    with _holding(stage, symbol):
        await stage.prices.set(ManualPrice(symbol, price))


@contextlib.contextmanager
def _holding(stage: Stage, symbol: str) -> Iterator[None]:
    """Nothing of the feed comes between, not even of the same moment; unless it cannot be."""
    was_held = symbol in stage.held
    stage.held.hold(symbol)
    try:
        yield
    except ValueError:
        if not was_held:
            stage.release(symbol)
        raise


async def _set_quote(stage: Stage, action: SetQuote, time_ms: int) -> None:
    instrument = stage.instrument(action.symbol)
    sizes = [
        Decimal(size) if isinstance(size, str) else None
        for size in (action.bid_size, action.ask_size)
    ]
    bid, ask = Decimal(action.bid), Decimal(action.ask)
    wanted = ManualPrice(instrument.symbol, bid, bid, ask, *sizes)
    book, _ = price_events(wanted, instrument, time_ms)
    with _holding(stage, instrument.symbol):
        await _tell(stage, book)


async def _set_depth(stage: Stage, action: SetDepth, time_ms: int) -> None:
    instrument = stage.instrument(action.symbol)
    bids, asks = _levels(instrument, action.bids), _levels(instrument, action.asks)
    with _holding(stage, instrument.symbol):
        await _tell(stage, DepthUpdated(instrument.symbol, time_ms, bids, asks))


async def _print_trade(stage: Stage, action: PrintTrade, time_ms: int) -> None:
    instrument = stage.instrument(action.symbol)
    ((price, quantity),) = _levels(instrument, [(action.price, action.quantity)])
    is_sale = action.side == "sell"
    await _tell(stage, TradePrinted(instrument.symbol, time_ms, price, quantity, is_sale))


async def _give_money(stage: Stage, action: GiveMoney, reference: str) -> None:
    account_id = stage.account_id(action.user)
    if account_id is None:
        raise CannotBe(f"there is no user {action.user[:80]!r}")
    await _submit(stage, Deposit(account_id, action.asset, Decimal(action.amount), reference))


async def _tell(stage: Stage, event: DepthUpdated | TradePrinted) -> None:
    await stage.engine.move_market(event)
    await stage.engine.settled()


async def _submit(stage: Stage, command: Command) -> None:
    outcome = await stage.engine.submit(command, Source.ADMIN)
    if isinstance(outcome, Rejected):
        raise CannotBe(outcome.message)


def _levels(instrument: Instrument, pairs: Iterable[Pair]) -> tuple[Level, ...]:
    levels = tuple((Decimal(price), Decimal(size)) for price, size in pairs)
    for price, size in levels:
        if not instrument.is_on_tick(price):
            tick = plain(instrument.tick_size)
            raise CannotBe(f"a price must be a multiple of {tick}, not {plain(price)}")
        if not instrument.is_on_step(size):
            step = plain(instrument.step_size)
            raise CannotBe(f"a size must be a multiple of {step}, not {plain(size)}")
    return levels
