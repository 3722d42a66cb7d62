"""What an arriving order would trade with, best price first. Only reads; nothing happens here.

Resting orders of the pool and the reference market's levels are merged by price. At one price the
pool's orders come first: they stand in the book, the reference market answers from outside.
"""

from collections.abc import Iterator
from decimal import Decimal

from hypersim.market.instrument import Instrument
from hypersim.market.number import ZERO
from hypersim.trading.book import BookSide
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.fills import FillModel
from hypersim.trading.market import Market
from hypersim.trading.order import BUY, Order, OrderStatus, SelfTradePrevention, Side
from hypersim.trading.plans import NO_ARRIVAL, Match, Plan, SelfTrade, Taker


def plan_of(command: PlaceOrder, market: Market, fills: FillModel) -> Plan:
    """Everything that the order which is asked for would trade with. Most come to rest: for these
    there is nothing to merge."""
    limit = command.price
    if limit is not None and _is_out_of_reach(command, limit, market):
        return NO_ARRIVAL
    return plan(taker_of(command, market.instrument), market, fills)


def plan(taker: Taker, market: Market, fills: FillModel) -> Plan:
    """Everything that `taker` would trade with on arrival."""
    reference, opposite = market.reference, market.book(taker.account_id).sides[taker.side.opposite]
    steps: list[Match | SelfTrade] = []
    done = spent = prevented = ZERO
    wanted, notional = taker.quantity, taker.instrument.notional
    ended: set[int] = set()
    offered = fills.offers(reference, taker.side, market.pool_of(taker.account_id))
    offers = _merge(taker.side, _able(opposite, market), offered) if opposite else _outside(offered)
    price: Decimal | None = None
    for price, size, maker in offers:
        quantity = taker.wants(price, done, spent)
        if quantity <= ZERO or not taker.accepts(price):
            break
        if maker is not None and _is_self_trade(taker, maker):
            if maker.id in ended:
                continue
            step = _prevention(taker, maker, price, quantity)
            ended.add(maker.id)
            steps.append(step)
            off = step.taker_quantity or ZERO
            prevented += off
            done += off
            spent += notional(price, off)
            if off == quantity:
                break
            continue
        if size is not None and size < quantity:
            quantity = size
        steps.append(Match(price, quantity, maker))
        done += quantity
        spent += notional(price, quantity)
        if done == wanted:
            break
    missing = _missing(taker, price, done, spent) if wanted is None else ZERO
    if prevented:
        return _with_prevention(taker.instrument, steps, prevented, missing)
    return Plan(tuple(steps), done, spent, ZERO, missing)


def taker_of(command: PlaceOrder, instrument: Instrument) -> Taker:
    """The order that a command asks for, as a taker."""
    return Taker(
        command.account_id,
        command.side,
        command.price,
        command.quantity,
        command.quote_quantity,
        instrument,
        command.self_trade_prevention,
    )


def plan_rest(order: Order, market: Market, fills: FillModel) -> Plan:
    """The same for what is left of an open order, as far as it finds somebody to trade with."""
    whole = plan(remainder_of(order, market.instrument), market, fills)
    if order.id not in market.stalls:
        return whole
    return up_to(whole, market.fillable(order).remaining, market.instrument)


def up_to(whole: Plan, most: Decimal, instrument: Instrument) -> Plan:
    """The plan as far as so much (base) is traded."""
    steps: list[Match | SelfTrade] = []
    left, prevented = most, ZERO
    for step in whole.steps:
        if left <= ZERO:
            break
        if isinstance(step, SelfTrade):
            steps.append(step)
            prevented += step.taker_quantity or ZERO
        else:
            steps.append(Match(step.price, min(step.quantity, left), step.maker))
            left -= step.quantity
    return _with_prevention(instrument, steps, prevented, whole.missing)


def remainder_of(order: Order, instrument: Instrument) -> Taker:
    """What is left of an order, as a taker."""
    return Taker(
        order.account_id,
        order.side,
        order.price,
        order.remaining,
        None,
        instrument,
        order.self_trade_prevention,
    )


def _is_out_of_reach(command: PlaceOrder, limit: Decimal, market: Market) -> bool:
    book, reference = market.book(command.account_id), market.reference
    if command.side is BUY:
        best, shown = book.asks.best_price(), reference.asks
        return not (shown and shown[0][0] <= limit) and (best is None or best > limit)
    best, shown = book.bids.best_price(), reference.bids
    return not (shown and shown[0][0] >= limit) and (best is None or best < limit)


def _is_self_trade(taker: Taker, maker: Order) -> bool:
    return (
        maker.account_id == taker.account_id
        and taker.self_trade_prevention is not SelfTradePrevention.NONE
    )


def _prevention(taker: Taker, maker: Order, price: Decimal, wanted: Decimal) -> SelfTrade:
    """The arriving order's mode decides. An iceberg order meets the other one as a whole."""
    left = maker.remaining
    quantity = min(wanted, left)
    match taker.self_trade_prevention:
        case SelfTradePrevention.EXPIRE_MAKER:
            return SelfTrade(price, quantity, maker, None, left)
        case SelfTradePrevention.EXPIRE_TAKER:
            return SelfTrade(price, quantity, maker, wanted, None)
        case SelfTradePrevention.EXPIRE_BOTH:
            return SelfTrade(price, quantity, maker, wanted, left)
        case SelfTradePrevention.DECREMENT | SelfTradePrevention.TRANSFER:
            return SelfTrade(price, quantity, maker, quantity, quantity)
        case SelfTradePrevention.NONE:
            raise AssertionError(taker)


def _missing(taker: Taker, last: Decimal | None, done: Decimal, spent: Decimal) -> Decimal:
    """What an order by cost still wants at the price that it came to last: nothing, unless nobody
    offers any more."""
    return ZERO if last is None else max(taker.wants(last, done, spent), ZERO)


def _with_prevention(
    instrument: Instrument,
    steps: list[Match | SelfTrade],
    prevented: Decimal,
    missing: Decimal,
) -> Plan:
    trades = [step for step in steps if isinstance(step, Match)]
    quantity = sum((step.quantity for step in trades), ZERO)
    notional = sum((instrument.notional(step.price, step.quantity) for step in trades), ZERO)
    return Plan(tuple(steps), quantity, notional, prevented, missing)


def _outside(
    offers: Iterator[tuple[Decimal, Decimal | None]],
) -> Iterator[tuple[Decimal, Decimal | None, Order | None]]:
    """What `_merge` comes to where nobody rests."""
    for price, size in offers:
        yield price, size, None


def _able(makers: BookSide, market: Market) -> Iterator[tuple[Order, Decimal | None]]:
    """What they offer, without those that find nobody to trade with."""
    return _unstalled(makers, market) if market.stalls else makers.offers()


def _unstalled(makers: BookSide, market: Market) -> Iterator[tuple[Order, Decimal | None]]:
    left: dict[int, Decimal] = {}
    for maker, part in makers.offers():
        if maker.id not in market.stalls:
            yield maker, part
            continue
        rest = left.get(maker.id, market.fillable(maker).remaining)
        able = min(rest, maker.remaining if part is None else part)
        left[maker.id] = rest - able
        if able > ZERO:
            yield maker, able


def _merge(
    side: Side,
    makers: Iterator[tuple[Order, Decimal | None]],
    offers: Iterator[tuple[Decimal, Decimal | None]],
) -> Iterator[tuple[Decimal, Decimal | None, Order | None]]:
    """(price, size, maker) best first; the pool's own orders go before the reference market."""
    is_buy = side is BUY
    outside = next(offers, None)
    for maker, part in makers:
        assert maker.price is not None and maker.status is not OrderStatus.FILLED, maker
        while outside is not None and (
            outside[0] < maker.price if is_buy else outside[0] > maker.price
        ):
            yield outside[0], outside[1], None
            outside = next(offers, None)
        yield maker.price, maker.remaining if part is None else part, maker
    while outside is not None:
        yield outside[0], outside[1], None
        outside = next(offers, None)
