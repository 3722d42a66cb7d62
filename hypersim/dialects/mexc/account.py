"""What an account has (spot_v3_en, "Spot Account/Trade")."""

from hypersim.account.user import Permission
from hypersim.api.operation import Security
from hypersim.dialects.mexc.venue import Call, signed
from hypersim.market.number import plain
from hypersim.service.contents import Data


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


OPERATIONS = (signed(Security.READ, account, "GET /api/v3/account", 10, reads=Data.BALANCES),)
