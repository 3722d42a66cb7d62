"""What an account has, what its trades cost, and which coins there are (spot_v3_en, "Spot
Account/Trade" and "Wallet Endpoints")."""

from typing import Any

from hypersim.account.user import FeeRates, Permission
from hypersim.api.coins import TITLES, Route, places_of, routes_of
from hypersim.api.operation import Security
from hypersim.api.plain_json import number
from hypersim.dialects.mexc.venue import NAME, Call, signed
from hypersim.market.number import plain
from hypersim.service.contents import Data

WITHDRAW_MAX = "9999999999"

OLD_WORDS = {"ETH": "ERC20", "TRX": "TRC20", "BSC": "BEP20(BSC)", "SOL": "SOL"}
"""What a network was called before it was named after its coin, where that is another word."""


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


async def trade_fee(call: Call) -> object:
    """The account's own rates, else the symbol's."""
    instrument, user = call.instrument(), call.view.users[call.account_id]
    rates = user.fee_rates or FeeRates(instrument.maker_fee_rate, instrument.taker_fee_rate)
    told = {"makerCommission": number(rates.maker), "takerCommission": number(rates.taker)}
    return {"data": told, "code": 0, "msg": "success", "timestamp": call.told_ms()}


async def coins(call: Call) -> object:
    """Every asset that is traded, and the networks on which it would move."""
    key_name = "" if call.key is None else call.key.key
    is_closed = call.services.faults.suspends_withdrawals(
        NAME, call.account_id, key_name, call.arrived_ms
    )
    return [
        {
            "coin": name,
            "name": TITLES.get(name, name),
            "networkList": [
                _network(name, route, is_open=not is_closed) for route in routes_of(name, places)
            ],
        }
        for name, places in sorted(places_of(call.view).items())
    ]


def _network(coin: str, route: Route, *, is_open: bool) -> dict[str, Any]:
    network = route.network
    return {
        "coin": coin,
        "depositDesc": None,
        "depositEnable": True,
        "minConfirm": network.confirmations,
        "name": network.title,
        "network": OLD_WORDS.get(network.name, network.name),
        "withdrawEnable": is_open,
        "withdrawFee": plain(route.fee),
        "withdrawIntegerMultiple": None,
        "withdrawMax": WITHDRAW_MAX,
        "withdrawMin": plain(route.least),
        "sameAddress": network.has_memo,
        "contract": "",
        "withdrawTips": None,
        "depositTips": "Simulated: send nothing to the addresses shown here",
        "netWork": network.name,
    }


OPERATIONS = (
    signed(Security.READ, account, "GET /api/v3/account", 10, reads=Data.BALANCES),
    signed(Security.READ, trade_fee, "GET /api/v3/tradeFee", 20),
    signed(Security.READ, coins, "GET /api/v3/capital/config/getall", 10),
)
