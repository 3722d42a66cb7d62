"""What a wallet holds, as the wallet API lists it."""

from collections.abc import Mapping
from decimal import Decimal

from hypersim.account.entries import NO_BALANCE
from hypersim.api.coins import places_of
from hypersim.dialects.binance.numbers import PLACES, fixed
from hypersim.dialects.binance.venue import Call
from hypersim.market.number import ZERO, plain
from hypersim.service.view import View


def holdings(
    call: Call, wallet_id: int, withdrawing: Mapping[str, Decimal], more: dict[str, str]
) -> list[dict[str, str]]:
    """Assets of a wallet, without what it has nothing of; reads `asset` and `needBtcValuation`.
    `withdrawing` is what is on its way out of it, `more` what each row says besides."""
    wanted = call.params.take("asset")
    needs_value = call.params.boolean("needBtcValuation")
    call.params.done()
    balances = call.view.balances_of(wallet_id)
    rows, digits = [], places_of(call.view)
    for name in sorted(balances.keys() | withdrawing.keys()):
        balance, leaving = balances.get(name, NO_BALANCE), withdrawing.get(name, ZERO)
        if wanted not in (None, name) or not (balance.total or leaving):
            continue
        worth = in_bitcoin(call.view, name, balance.total) if needs_value else None
        places = max(PLACES, digits.get(name, PLACES))
        row = {
            "asset": name,
            "free": fixed(balance.available, places),
            "locked": fixed(balance.locked, places),
            "freeze": "0",
            "withdrawing": plain(leaving),
            "btcValuation": "0" if worth is None else fixed(worth),
        }
        rows.append(row | more)
    return rows


def in_bitcoin(view: View, asset: str, amount: Decimal) -> Decimal:
    """What the amount is worth in BTC at last prices; zero when no market says."""
    if asset == "BTC":
        return amount
    direct = view.markets.get(f"{asset}/BTC")
    if direct is not None and direct.last_price:
        return amount * direct.last_price
    inverse = view.markets.get(f"BTC/{asset}")
    if inverse is not None and inverse.last_price:
        return amount / inverse.last_price
    return ZERO
