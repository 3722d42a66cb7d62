"""The one place that builds what tests of the trading core need: instruments, exchanges, commands.

The grid is coarse on purpose (tick 1, step 0.1, no fees), so that a test's figures can be checked
in one's head. Numbers are written as text.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from hypersim.account.entries import Balance, BalanceKey
from hypersim.market.events import DepthUpdated, Level, MarketEvent, QuoteUpdated
from hypersim.market.instrument import Instrument
from hypersim.service.transaction import Source, Transaction, balances_after, entries_of
from hypersim.trading import fees as fee_models
from hypersim.trading import fills as fill_models
from hypersim.trading.account_commands import Deposit, OpenAccount
from hypersim.trading.commands import ApplyMarketEvent, Command, ListInstrument, PlaceOrder
from hypersim.trading.events import Event
from hypersim.trading.exchange import Exchange
from hypersim.trading.order import OrderType, Side
from hypersim.trading.rejections import Rejected, Rejection
from hypersim.trading.rules import AccountLimits, FeeDiscount, Matching, Rules
from hypersim.trading.state import ExchangeState

START_MS = 1_700_000_000_000
SYMBOL = "BTC/USDT"
ALICE, BOB, CAROL = 1, 2, 3
RICH: Mapping[str, str] = {"BTC": "1000", "USDT": "100000"}

_PLAIN_MARKET = Instrument(
    symbol=SYMBOL,
    base="BTC",
    quote="USDT",
    tick_size=Decimal(1),
    step_size=Decimal("0.1"),
    min_price=Decimal(1),
    max_price=Decimal(10_000),
    min_quantity=Decimal("0.1"),
    max_quantity=Decimal(1_000),
    min_notional=Decimal(1),
    maker_fee_rate=Decimal(0),
    taker_fee_rate=Decimal(0),
)


def instrument(**changes: Any) -> Instrument:
    """BTC/USDT with tick 1, step 0.1 and no fees, or what `changes` say."""
    return replace(_PLAIN_MARKET, **changes)


def exchange(
    *,
    fills: str = "depth",
    fees: str = "received",
    matching: str = "isolated",
    accounts: int = 3,
    money: Mapping[str, str] = RICH,
    market: Instrument = _PLAIN_MARKET,
    limits: AccountLimits | None = None,
    discount: FeeDiscount | None = None,
) -> Exchange:
    """An exchange with one market and accounts 1, 2, ... that each have `money`."""
    rules = Rules(
        fill_models.load(fills),
        fee_models.load(fees),
        Matching(matching),
        discount,
        account_limits=limits or AccountLimits(),
    )
    made = Exchange(rules)
    done(made, ListInstrument(market))
    for account_id in range(1, accounts + 1):
        done(made, OpenAccount(f"{account_id}@example.com"))
        for asset, amount in money.items():
            done(made, Deposit(account_id, asset, Decimal(amount)))
    return made


def done(target: Exchange, command: Command, now_ms: int = START_MS) -> list[Event]:
    """What happened; the command must not be refused."""
    events, rejected = target.execute(command, now_ms)
    assert rejected is None, rejected
    return events


def transaction(
    events: Sequence[Event], state: ExchangeState | None = None, now_ms: int = START_MS
) -> Transaction:
    """The events as one, told by the admin; `state` is where they left the exchange, if it is to
    say what there is of what they moved."""
    seq = 0 if state is None else state.counters.seq
    moved = {} if state is None else balances_after(events, _moved_by(events, state), state)
    return Transaction(seq, 0, now_ms, Source.ADMIN, events, moved)


def _moved_by(events: Sequence[Event], state: ExchangeState) -> dict[BalanceKey, Balance]:
    postings = [one for event in events for entry in entries_of(event) for one in entry.postings]
    keys = [bucket[:2] for one in postings for bucket in (one.source, one.target)]
    return {key: state.ledger.balance(*key) for key in keys}


def refused(target: Exchange, command: Command, now_ms: int = START_MS) -> Rejected:
    """The refusal; nothing may have happened."""
    events, rejected = target.execute(command, now_ms)
    assert rejected is not None, events
    assert not events, events
    return rejected


def reason(target: Exchange, command: Command, now_ms: int = START_MS) -> Rejection:
    """Why the command is refused."""
    return refused(target, command, now_ms).reason


def place(
    side: Side, account_id: int, quantity: str | None, price: str | None, **options: Any
) -> PlaceOrder:
    """A limit order, or a market order when there is no price."""
    return PlaceOrder(
        account_id,
        SYMBOL,
        side,
        OrderType.MARKET if price is None else OrderType.LIMIT,
        quantity=None if quantity is None else Decimal(quantity),
        price=None if price is None else Decimal(price),
        **options,
    )


def buy(account_id: int, quantity: str, price: str | None = None, **options: Any) -> PlaceOrder:
    """`buy(ALICE, "1", "100")`, or at market without a price."""
    return place(Side.BUY, account_id, quantity, price, **options)


def sell(account_id: int, quantity: str, price: str | None = None, **options: Any) -> PlaceOrder:
    """`sell(ALICE, "1", "100")`, or at market without a price."""
    return place(Side.SELL, account_id, quantity, price, **options)


def by_cost(side: Side, account_id: int, cost: str, **options: Any) -> PlaceOrder:
    """A market order that spends (or brings) `cost` in quote."""
    return place(side, account_id, None, None, quote_quantity=Decimal(cost), **options)


def quote(bid: str, ask: str, size: str = "10", time_ms: int = START_MS) -> ApplyMarketEvent:
    """The best prices moved; `size` is shown on both sides."""
    shown = Decimal(size)
    return moved(QuoteUpdated(SYMBOL, time_ms, Decimal(bid), shown, Decimal(ask), shown))


def depth(
    bids: Sequence[tuple[str, str]], asks: Sequence[tuple[str, str]], time_ms: int = START_MS
) -> ApplyMarketEvent:
    """The book moved: (price, size) from the best price on."""
    return moved(DepthUpdated(SYMBOL, time_ms, levels(bids), levels(asks)))


def levels(pairs: Sequence[tuple[str, str]]) -> tuple[Level, ...]:
    """(price, size) as numbers."""
    return tuple((Decimal(price), Decimal(size)) for price, size in pairs)


def moved(event: MarketEvent) -> ApplyMarketEvent:
    """The command by which a feed's event comes in."""
    return ApplyMarketEvent(event)
