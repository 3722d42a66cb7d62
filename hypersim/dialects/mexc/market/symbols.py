"""ping, time, which symbols there are, and the contracts, of which there are none (spot_v3_en,
"Market Data Endpoints")."""

from typing import Any

from hypersim.dialects.mexc.venue import Call, find_instrument, public
from hypersim.dialects.mexc.words import TYPE_WORDS
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.market.number import plain
from hypersim.service.contents import Data

STATUS_WORDS = {
    TradingStatus.TRADING: "1",
    TradingStatus.HALTED: "2",
    TradingStatus.CANCEL_ONLY: "3",
}
ALL_SIDES = "1"
SUSPENDED = 2
"""And not delisted, which would be 3."""


async def ping(call: Call) -> object:
    """Whether anybody is there."""
    del call
    return {}


async def time(call: Call) -> object:
    """The exchange's time."""
    return {"serverTime": call.told_ms()}


async def exchange_info(call: Call) -> object:
    """Everything, or the symbols that were asked for, with commas between them."""
    wanted = call.params.text("symbols") or call.params.text("symbol")
    if wanted is None:
        chosen = list(call.view.instruments.values())
    else:
        chosen = [find_instrument(call.view, name) for name in wanted.split(",")]
    return {
        "timezone": "CST",
        "serverTime": call.told_ms(),
        "rateLimits": [],
        "exchangeFilters": [],
        "symbols": [symbol_body(one) for one in chosen],
    }


def symbol_body(instrument: Instrument) -> dict[str, Any]:
    """An instrument as MEXC describes it: its smallest amounts are called precisions there."""
    most = plain(instrument.max_notional)
    return {
        "symbol": instrument.id,
        "status": STATUS_WORDS[instrument.status],
        "baseAsset": instrument.base,
        "baseAssetPrecision": instrument.quantity_places,
        "quoteAsset": instrument.quote,
        "quotePrecision": instrument.price_places,
        "quoteAssetPrecision": instrument.price_places,
        "baseCommissionPrecision": instrument.base_places,
        "quoteCommissionPrecision": instrument.quote_places,
        "orderTypes": list(TYPE_WORDS),
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "quoteOrderQtyMarketAllowed": True,
        "quoteAmountPrecision": plain(instrument.min_notional),
        "baseSizePrecision": plain(instrument.min_quantity),
        "permissions": ["SPOT"],
        "filters": [],
        "maxQuoteAmount": most,
        "makerCommission": plain(instrument.maker_fee_rate),
        "takerCommission": plain(instrument.taker_fee_rate),
        "quoteAmountPrecisionMarket": plain(instrument.min_notional),
        "maxQuoteAmountMarket": most,
        "fullName": instrument.base,
        "tradeSideType": ALL_SIDES,
    }


async def default_symbols(call: Call) -> object:
    """The names of all that can be traded."""
    names = [
        one.id for one in call.view.instruments.values() if one.status is not TradingStatus.HALTED
    ]
    return {"code": 200, "data": names, "msg": None}


async def offline_symbols(call: Call) -> object:
    """What cannot be traded just now."""
    halted = [
        {"symbol": one.id, "state": SUSPENDED}
        for one in call.view.instruments.values()
        if one.status is TradingStatus.HALTED
    ]
    return {"data": halted}


async def contracts(call: Call) -> object:
    """There are none; clients ask all the same."""
    del call
    return {"success": True, "code": 0, "data": []}


OPERATIONS = (
    public(ping, "GET /api/v3/ping"),
    public(time, "GET /api/v3/time", reads=Data.TIME),
    public(exchange_info, "GET /api/v3/exchangeInfo", 10),
    public(default_symbols, "GET /api/v3/defaultSymbols"),
    public(offline_symbols, "GET /api/v3/symbol/offline", 10),
    public(contracts, "GET /api/v1/contract/detail"),
)
