"""exchangeInfo: what is traded here, by which rules; and executionRules, which are none."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from hypersim.dialects.binance.errors.parameters import bad_combination, malformed
from hypersim.dialects.binance.limits.weights import announced
from hypersim.dialects.binance.market.filters import exchange_filters, filters_of
from hypersim.dialects.binance.market.selection import (
    SELECTION,
    STATUS_TEXTS,
    select,
    symbols_sent,
)
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, Handler, Operation, public
from hypersim.dialects.binance.words import (
    DEFAULT_PREVENTION,
    KINDS,
    PREVENTION_WORDS,
    PREVENTIONS,
)
from hypersim.market.instrument import Instrument

ORDER_TYPES = sorted(KINDS)
ALLOWED = [
    "icebergAllowed",
    "ocoAllowed",
    "otoAllowed",
    "opoAllowed",
    "quoteOrderQtyMarketAllowed",
    "allowTrailingStop",
    "cancelReplaceAllowed",
    "amendAllowed",
    "pegInstructionsAllowed",
    "isSpotTradingAllowed",
]
"""Every kind of order is allowed on every symbol."""

PERMISSION = "SPOT"
"""The only one that accounts and symbols have here."""

RULES_WEIGHT_EACH, RULES_WEIGHT_MAX = 2, 40
SYMBOLS_KEPT = 8_192

_PERMISSION = re.compile(r"SPOT|MARGIN|LEVERAGED|TRD_GRP_\d{3}", re.ASCII)

_encode = msgspec.json.Encoder().encode


async def exchange_info(call: Call) -> object:
    """Everything, or the symbols that were asked for."""
    params = call.params
    permissions = _read_permissions(params)
    shows_sets = params.boolean("showPermissionSets")
    is_filtered = "symbolStatus" in params or permissions is not None
    if is_filtered and ("symbol" in params or "symbols" in params):
        raise bad_combination()
    chosen = select(call).instruments
    params.done()
    if permissions is not None and PERMISSION not in permissions:
        chosen = []
    return {
        "timezone": "UTC",
        "serverTime": call.time(call.told_ms()),
        "rateLimits": announced(call.venue.limits),
        "exchangeFilters": exchange_filters(call.view.account_limits),
        "symbols": [symbol_json(one, shows_sets is not False) for one in chosen],
    }


async def execution_rules(call: Call) -> object:
    """No symbol here has any."""
    if sum(name in call.params for name in ("symbol", "symbols", "symbolStatus")) > 1:
        raise bad_combination()
    chosen = select(call)
    call.params.done()
    return {"symbolRules": [{"symbol": one.id, "rules": []} for one in chosen.instruments]}


@lru_cache(SYMBOLS_KEPT)
def symbol_json(instrument: Instrument, shows_permission_sets: bool) -> msgspec.Raw:
    """An instrument as Binance describes it; encoded once: thousands of these make one answer."""
    body: dict[str, Any] = {
        "symbol": instrument.id,
        "status": STATUS_TEXTS[instrument.status],
        "baseAsset": instrument.base,
        "baseAssetPrecision": instrument.base_places,
        "quoteAsset": instrument.quote,
        "quotePrecision": instrument.quote_places,
        "quoteAssetPrecision": instrument.quote_places,
        "baseCommissionPrecision": instrument.base_places,
        "quoteCommissionPrecision": instrument.quote_places,
        "orderTypes": ORDER_TYPES,
        **dict.fromkeys(ALLOWED, True),
        "isMarginTradingAllowed": False,
        "filters": filters_of(instrument),
        "permissions": [],
        "permissionSets": [[PERMISSION]] if shows_permission_sets else [],
        "defaultSelfTradePreventionMode": PREVENTION_WORDS[DEFAULT_PREVENTION],
        "allowedSelfTradePreventionModes": list(PREVENTIONS),
    }
    return msgspec.Raw(_encode(body))


def _read_permissions(params: Params) -> list[str] | None:
    permissions = params.names("permissions")
    if permissions is not None and not all(map(_PERMISSION.fullmatch, permissions)):
        raise malformed("permissions")
    return permissions


def no_futures(kind: str) -> Handler:
    """There are none; clients ask all the same."""

    async def answer(call: Call) -> object:
        call.params.done()
        head = {"timezone": "UTC", "serverTime": call.time(call.told_ms()), "futuresType": kind}
        return {**head, "rateLimits": [], "exchangeFilters": [], "assets": [], "symbols": []}

    return answer


def _rules_weight(params: Params) -> int:
    sent = symbols_sent(params)
    return RULES_WEIGHT_MAX if sent is None else min(RULES_WEIGHT_MAX, RULES_WEIGHT_EACH * sent)


OPERATIONS = (
    public(
        exchange_info,
        "GET /api/v3/exchangeInfo",
        "exchangeInfo",
        20,
        f"{SELECTION} permissions showPermissionSets",
    ),
    public(
        execution_rules, "GET /api/v3/executionRules", "executionRules", _rules_weight, SELECTION
    ),
    Operation(no_futures("U_MARGINED"), ("GET /fapi/v1/exchangeInfo",), is_lenient=True),
    Operation(no_futures("D_MARGINED"), ("GET /dapi/v1/exchangeInfo",), is_lenient=True),
)
