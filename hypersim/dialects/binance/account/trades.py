"""What an account traded, and what self-trade prevention kept it from trading: myTrades,
myPreventedMatches."""

from typing import Any

from hypersim.api.finding import orders_of
from hypersim.dialects.binance.errors.parameters import bad_combination
from hypersim.dialects.binance.orders.printer import NO_LIST, Printer
from hypersim.dialects.binance.params.paging import ROWS_DEFAULT, ROWS_MAX, has_times, read_page
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, reading
from hypersim.dialects.binance.words import PREVENTION_WORDS
from hypersim.market.instrument import Instrument
from hypersim.service.contents import Data
from hypersim.service.record import PageQuery
from hypersim.trading.order import Fill, Liquidity, Order, PreventedMatch, Side

NO_TRADE_GROUP = -1


async def my_trades(call: Call) -> object:
    """Trades of one symbol: of an order, within times, or from an id on; else the latest."""
    instrument, params = call.instrument(), call.params
    order_id = params.integer("orderId")
    page = read_page(params, call.account_id, instrument.symbol)
    params.done()
    if has_times(page) and (order_id is not None or page.from_id is not None):
        raise bad_combination()
    fills = await call.services.archive.fills(page, order_id)
    orders = await orders_of(call, {fill.order_id for fill in fills})
    printer = Printer(instrument, call.unit)
    return [_trade(call, instrument, printer, fill, orders[fill.order_id]) for fill in fills]


async def my_prevented_matches(call: Call) -> object:
    """By the match's own id, or by an order that was part of it."""
    instrument, params = call.instrument(), call.params
    match_id, order_id = params.integer("preventedMatchId"), params.integer("orderId")
    from_id = params.integer("fromPreventedMatchId")
    has_page = from_id is not None or "limit" in params
    limit = params.limit(ROWS_DEFAULT, ROWS_MAX)
    params.done()
    if (match_id is None) == (order_id is None) or (match_id is not None and has_page):
        raise bad_combination()
    query = PageQuery(call.account_id, instrument.symbol, limit=limit, from_id=from_id or 0)
    matches = await call.services.archive.prevented_matches(
        query, order_id=order_id, match_id=match_id
    )
    printer = Printer(instrument, call.unit)
    return [_match(call, instrument, printer, match) for match in matches]


def _trade(
    call: Call, instrument: Instrument, printer: Printer, fill: Fill, order: Order
) -> dict[str, Any]:
    """One order's half of a trade."""
    return {
        "symbol": instrument.id,
        "id": fill.id,
        "orderId": fill.order_id,
        "orderListId": NO_LIST if order.list_id is None else order.list_id,
        "price": printer.price(fill.price),
        "qty": printer.quantity(fill.quantity),
        "quoteQty": printer.amount(fill.notional),
        "commission": printer.fee(fill),
        "commissionAsset": fill.fee_asset,
        "time": call.time(fill.time_ms),
        "isBuyer": fill.side is Side.BUY,
        "isMaker": fill.liquidity is Liquidity.MAKER,
        "isBestMatch": True,
    }


def _match(
    call: Call, instrument: Instrument, printer: Printer, match: PreventedMatch
) -> dict[str, Any]:
    """A trade that an account would have made with itself."""
    prevented = (
        ("takerPreventedQuantity", match.taker_quantity),
        ("makerPreventedQuantity", match.maker_quantity),
    )
    return {
        "symbol": instrument.id,
        "preventedMatchId": match.id,
        "takerOrderId": match.taker_order_id,
        "makerSymbol": instrument.id,
        "makerOrderId": match.maker_order_id,
        "tradeGroupId": NO_TRADE_GROUP,
        "selfTradePreventionMode": PREVENTION_WORDS[match.mode],
        "price": printer.price(match.price),
        **{name: printer.quantity(amount) for name, amount in prevented if amount is not None},
        "transactTime": call.time(match.time_ms),
    }


def _trades_weight(params: Params) -> int:
    return 5 if "orderId" in params else 20


def _matches_weight(params: Params) -> int:
    return 20 if "orderId" in params else 2


OPERATIONS = (
    reading(
        my_trades,
        "GET /api/v3/myTrades",
        "myTrades",
        _trades_weight,
        "symbol orderId fromId startTime endTime limit",
        reads=Data.FILLS,
    ),
    reading(
        my_prevented_matches,
        "GET /api/v3/myPreventedMatches",
        "myPreventedMatches",
        _matches_weight,
        "symbol preventedMatchId orderId fromPreventedMatchId limit",
    ),
)
