"""What an account is and has, and what it pays (spot_v3_en, "Spot Account/Trade")."""

from typing import Any

from hypersim.account.user import Permission
from hypersim.api.operation import Security
from hypersim.api.plain_json import number
from hypersim.dialects.mexc.errors import missing, not_allowed
from hypersim.dialects.mexc.market.symbols import default_symbols
from hypersim.dialects.mexc.venue import Call, signed
from hypersim.market.number import plain
from hypersim.service.contents import Data
from hypersim.trading.account_commands import SetFeeDiscount

ADVANCED = "3"
"""Of a holder who may do everything."""


async def account(call: Call) -> object:
    """What it may do, and its balances but for assets of which it has nothing."""
    key = call.key
    assert key is not None
    balances = sorted(call.view.balances_of(call.account_id).items())
    return {
        "canTrade": Permission.TRADE in key.permissions,
        "canWithdraw": Permission.WITHDRAW in key.permissions,
        "canDeposit": True,
        "updateTime": None,
        "accountType": "SPOT",
        "balances": [
            {
                "asset": asset,
                "free": plain(balance.available),
                "locked": plain(balance.locked),
                "available": plain(balance.available),
            }
            for asset, balance in balances
            if balance.total
        ],
        "permissions": ["SPOT"],
    }


async def kyc_status(call: Call) -> object:
    """Nobody is under review here."""
    del call
    return {"status": ADVANCED}


async def uid(call: Call) -> object:
    """The number of the account."""
    return {"uid": str(call.account_id)}


async def trade_fee(call: Call) -> object:
    """The account's own rates, else the symbol's; told as numbers."""
    instrument = call.instrument()
    rates = call.view.users[call.account_id].fee_rates
    maker, taker = instrument.maker_fee_rate, instrument.taker_fee_rate
    if rates is not None:
        maker, taker = rates.maker, rates.taker
    return _told(
        call,
        {
            "makerCommission": number(maker),
            "takerCommission": number(taker),
        },
    )


async def deducts(call: Call) -> object:
    """Whether the account pays fees in the exchange's own asset, which are less then."""
    return _told(call, {"mxDeductEnable": call.view.users[call.account_id].wants_discount})


async def set_deducts(call: Call) -> object:
    """The same, from now on."""
    is_wanted = call.params.boolean("mxDeductEnable")
    if is_wanted is None:
        raise missing("mxDeductEnable")
    await call.execute(SetFeeDiscount(call.account_id, is_wanted))
    return await deducts(call)


async def strategy_groups(call: Call) -> object:
    """No accounts are grouped here."""
    return _told(call, [], 200)


async def no_strategy_group(call: Call) -> object:
    """None can be made, and so none changed."""
    del call
    raise not_allowed()


def _told(call: Call, data: Any, code: int = 0) -> dict[str, Any]:
    return {"data": data, "code": code, "msg": "success", "timestamp": call.told_ms()}


READ, TRADE = Security.READ, Security.TRADE

OPERATIONS = (
    signed(READ, account, "GET /api/v3/account", 10, reads=Data.BALANCES),
    signed(READ, kyc_status, "GET /api/v3/kyc/status"),
    signed(READ, uid, "GET /api/v3/uid"),
    signed(READ, default_symbols, "GET /api/v3/selfSymbols"),
    signed(READ, trade_fee, "GET /api/v3/tradeFee", 20),
    signed(READ, deducts, "GET /api/v3/mxDeduct/enable"),
    signed(TRADE, set_deducts, "POST /api/v3/mxDeduct/enable"),
    signed(READ, strategy_groups, "GET /api/v3/strategy/group", 20),
    signed(TRADE, no_strategy_group, "POST /api/v3/strategy/group", 20),
    signed(TRADE, no_strategy_group, "DELETE /api/v3/strategy/group", 20),
    signed(READ, strategy_groups, "GET /api/v3/strategy/group/uid", 20),
    signed(TRADE, no_strategy_group, "POST /api/v3/strategy/group/uid", 20),
    signed(TRADE, no_strategy_group, "DELETE /api/v3/strategy/group/uid", 20),
)
