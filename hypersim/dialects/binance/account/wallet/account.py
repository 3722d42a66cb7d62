"""What Binance's wallet API says of an account and of the exchange: status, fees, permissions."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypersim.account.entries import Balance
from hypersim.account.user import Permission
from hypersim.api.coins import on_its_way
from hypersim.api.operation import Security
from hypersim.dialects.binance.account.wallet.holdings import holdings, in_bitcoin
from hypersim.dialects.binance.numbers import fixed
from hypersim.dialects.binance.orders.commission import rates_of
from hypersim.dialects.binance.venue import Call, Handler, wallet
from hypersim.market.candle import DAY_MS
from hypersim.market.number import ZERO, plain
from hypersim.service.past_balances import balances_at
from hypersim.service.view import View

SNAPSHOTS_DEFAULT, SNAPSHOTS_MAX = 7, 30
SNAPSHOT_TYPES = {"SPOT": True, "MARGIN": False, "FUTURES": False}
"""Whether such an account exists here."""

NO_REBATES = {"page": 1, "totalRecords": 0, "totalPageNum": 0, "data": []}
SPOT_ONLY = {
    "vipLevel": 0,
    "isMarginEnabled": False,
    "isFutureEnabled": False,
    "isOptionsEnabled": False,
    "isPortfolioMarginRetailEnabled": False,
}


def always(body: object) -> Handler:
    """Answers what never changes here: that all is well, or that there is none of something."""

    async def answer(call: Call) -> object:
        call.params.done()
        return body

    return answer


async def api_trading_status(call: Call) -> object:
    """Never locked, so the ratios that would lock it are not counted."""
    call.params.done()
    state = {
        "isLocked": False,
        "plannedRecoverTime": 0,
        "triggerCondition": {"GCR": 150, "IFER": 150, "UFR": 300},
        "updateTime": call.now_ms(),
    }
    return {"data": state}


async def api_restrictions(call: Call) -> object:
    """What the key that asks may do."""
    call.params.done()
    key = call.key
    assert key is not None
    return {
        "ipRestrict": bool(key.allowed_ips),
        "createTime": key.created_ms,
        "enableReading": Permission.READ in key.permissions,
        "enableSpotAndMarginTrading": Permission.TRADE in key.permissions,
        "enableWithdrawals": Permission.WITHDRAW in key.permissions,
        "enableInternalTransfer": False,
        "enableMargin": False,
        "enableFutures": False,
        "permitsUniversalTransfer": Permission.TRADE in key.permissions,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
    }


async def trade_fee(call: Call) -> object:
    """The account's rates, of one symbol or of all."""
    wanted, user = call.optional_instrument(), call.view.users[call.account_id]
    chosen = call.view.instruments.values() if wanted is None else (wanted,)
    rates = [(one.id, rates_of(user, one)) for one in chosen]
    return [
        {"symbol": name, "makerCommission": plain(one.maker), "takerCommission": plain(one.taker)}
        for name, one in rates
    ]


async def user_assets(call: Call) -> object:
    """What the account has, without what it has nothing of."""
    leaving = on_its_way(call.view, call.account_id)
    return holdings(call, call.account_id, leaving, {"ipoable": "0"})


async def account_snapshot(call: Call) -> object:
    """The balances at the end of each of the last days (UTC), the oldest first."""
    params = call.params
    exists = params.need_choice("type", SNAPSHOT_TYPES)
    start_ms, end_ms = params.time_ms("startTime"), params.time_ms("endTime")
    limit = params.integer("limit", SNAPSHOTS_DEFAULT, SNAPSHOTS_MAX) or SNAPSHOTS_DEFAULT
    params.done()
    last_ms = min(call.now_ms(), end_ms if end_ms is not None else call.now_ms())
    midnight_ms = last_ms - last_ms % DAY_MS
    days = [midnight_ms - back * DAY_MS for back in reversed(range(limit))]
    created_ms = call.view.users[call.account_id].created_ms
    days = [day for day in days if day > created_ms and (start_ms is None or day > start_ms)]
    snapshots = [await _snapshot(call, day - 1) for day in days] if exists else []
    return {"code": 200, "msg": "", "snapshotVos": snapshots}


async def no_conversions(call: Call) -> object:
    """Nothing is converted."""
    start_ms, end_ms = call.params.time_ms("startTime"), call.params.time_ms("endTime")
    limit = call.params.limit(100, 1_000)
    call.params.done()
    return {
        "list": [],
        "startTime": start_ms or 0,
        "endTime": end_ms or call.now_ms(),
        "limit": limit,
        "moreData": False,
    }


async def _snapshot(call: Call, time_ms: int) -> dict[str, Any]:
    assets = sorted(call.view.balances_of(call.account_id))
    balances = await balances_at(call.services.archive, call.account_id, assets, time_ms)
    return {
        "type": "spot",
        "updateTime": time_ms,
        "data": {
            "totalAssetOfBtc": fixed(_total(call.view, balances)),
            "balances": [
                {"asset": name, "free": plain(one.available), "locked": plain(one.locked)}
                for name, one in balances.items()
                if one.total
            ],
        },
    }


def _total(view: View, balances: Mapping[str, Balance]) -> Decimal:
    return sum((in_bitcoin(view, name, one.total) for name, one in balances.items()), ZERO)


OPERATIONS = (
    wallet(
        always({"status": 0, "msg": "normal"}),
        "GET /sapi/v1/system/status",
        security=Security.NONE,
    ),
    # Nobody is under review here.
    wallet(always({"data": "Normal"}), "GET /sapi/v1/account/status"),
    wallet(api_trading_status, "GET /sapi/v1/account/apiTradingStatus"),
    wallet(api_restrictions, "GET /sapi/v1/account/apiRestrictions"),
    wallet(trade_fee, "GET /sapi/v1/asset/tradeFee"),
    wallet(
        user_assets,
        "POST /sapi/v1/asset/getUserAsset",
        "POST /sapi/v3/asset/getUserAsset",
        weight=5,
    ),
    wallet(account_snapshot, "GET /sapi/v1/accountSnapshot", weight=2_400),
    # There are no margin pairs, small balances are never converted, and nothing is handed out.
    wallet(always([]), "GET /sapi/v1/margin/allPairs", security=Security.KEY),
    wallet(always([]), "GET /sapi/v1/margin/isolated/allPairs", weight=10, security=Security.KEY),
    wallet(always({"total": 0, "userAssetDribblets": []}), "GET /sapi/v1/asset/dribblet"),
    wallet(always({"rows": [], "total": 0}), "GET /sapi/v1/asset/assetDividend", weight=10),
    wallet(no_conversions, "GET /sapi/v1/convert/tradeFlow", weight=3_000),
    # Nobody pays anybody, and nobody has referred anybody.
    wallet(
        always({"code": "000000", "message": "success", "data": [], "success": True}),
        "GET /sapi/v1/pay/transactions",
        weight=3_000,
    ),
    wallet(
        always({"status": "OK", "type": "GENERAL", "code": "000000000", "data": NO_REBATES}),
        "GET /sapi/v1/rebate/taxQuery",
        weight=12_000,
    ),
    wallet(always(SPOT_ONLY), "GET /sapi/v1/account/info"),
)
