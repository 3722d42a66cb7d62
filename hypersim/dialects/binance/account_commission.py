"""What trades cost an account: account.commission, and the same for one tested order."""

from decimal import Decimal
from typing import Any

from hypersim.account.user import FeeRates, User
from hypersim.dialects.binance.auth import Security
from hypersim.dialects.binance.operations import Call, Operation
from hypersim.dialects.binance.text import NO_NUMBER, fixed
from hypersim.market.instrument import Instrument

_NOTHING = {"maker": NO_NUMBER, "taker": NO_NUMBER}
_NOTHING_BY_SIDE = {**_NOTHING, "buyer": NO_NUMBER, "seller": NO_NUMBER}
_DISCOUNT = {
    # Fees are charged in what is received; nobody gets anything off for paying in BNB.
    "enabledForAccount": False,
    "enabledForSymbol": False,
    "discountAsset": "BNB",
    "discount": NO_NUMBER,
}


async def commission(call: Call) -> object:
    """The account's rates in one symbol."""
    instrument = call.instrument()
    call.params.done()
    rates = rates_of(call.view.users[call.account_id], instrument)
    return {
        "symbol": instrument.id,
        "standardCommission": {**_printed(rates), "buyer": NO_NUMBER, "seller": NO_NUMBER},
        "specialCommission": _NOTHING_BY_SIDE,
        "taxCommission": _NOTHING_BY_SIDE,
        "discount": _DISCOUNT,
    }


def order_commission(call: Call, instrument: Instrument) -> dict[str, Any]:
    """The rates that an order would pay."""
    rates = rates_of(call.view.users[call.account_id], instrument)
    return {
        "standardCommissionForOrder": _printed(rates),
        "specialCommissionForOrder": _NOTHING,
        "taxCommissionForOrder": _NOTHING,
        "discount": _DISCOUNT,
    }


def rates_of(user: User, instrument: Instrument | None) -> FeeRates:
    """The account's own rates, else the instrument's."""
    if user.fee_rates is not None:
        return user.fee_rates
    if instrument is None:
        return FeeRates(Decimal(0), Decimal(0))
    return FeeRates(instrument.maker_fee_rate, instrument.taker_fee_rate)


def _printed(rates: FeeRates) -> dict[str, str]:
    return {"maker": fixed(rates.maker), "taker": fixed(rates.taker)}


OPERATIONS = (
    Operation(
        commission,
        rest=("GET /api/v3/account/commission",),
        methods=("account.commission",),
        security=Security.READ,
        weight=20,
    ),
)
