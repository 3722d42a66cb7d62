"""What trades cost an account: account.commission, and the same for one tested order."""

from decimal import Decimal
from typing import Any

from hypersim.account.user import FeeRates, User
from hypersim.dialects.binance.errors.parameters import mandatory_one_of
from hypersim.dialects.binance.numbers import NO_NUMBER, fixed
from hypersim.dialects.binance.venue import Call, reading, wallet
from hypersim.market.instrument import Instrument
from hypersim.market.number import ONE
from hypersim.trading.account_commands import SetFeeDiscount

_NOTHING = {"maker": NO_NUMBER, "taker": NO_NUMBER}
_NOTHING_BY_SIDE = {**_NOTHING, "buyer": NO_NUMBER, "seller": NO_NUMBER}


async def commission(call: Call) -> object:
    """The account's rates in one symbol."""
    instrument = call.instrument()
    call.params.done()
    rates = rates_of(call.view.users[call.account_id], instrument)
    return {
        "symbol": instrument.id,
        "standardCommission": printed_by_side(rates),
        "specialCommission": _NOTHING_BY_SIDE,
        "taxCommission": _NOTHING_BY_SIDE,
        "discount": _discount(call),
    }


def order_commission(call: Call, instrument: Instrument) -> dict[str, Any]:
    """The rates that an order would pay."""
    rates = rates_of(call.view.users[call.account_id], instrument)
    return {
        "standardCommissionForOrder": _printed(rates),
        "specialCommissionForOrder": _NOTHING,
        "taxCommissionForOrder": _NOTHING,
        "discount": _discount(call),
    }


def rates_of(user: User, instrument: Instrument | None) -> FeeRates:
    """The account's own rates, else the instrument's."""
    if user.fee_rates is not None:
        return user.fee_rates
    if instrument is None:
        return FeeRates(Decimal(0), Decimal(0))
    return FeeRates(instrument.maker_fee_rate, instrument.taker_fee_rate)


def _discount(call: Call) -> dict[str, Any]:
    """What paying with the exchange's own asset leaves of a standard fee."""
    rule = call.services.engine.rules.discount
    return {
        "enabledForAccount": call.view.users[call.account_id].wants_discount and rule is not None,
        "enabledForSymbol": rule is not None,
        "discountAsset": rule.asset if rule else "BNB",
        "discount": fixed(ONE - rule.share) if rule else NO_NUMBER,
    }


async def burns_fee_asset(call: Call) -> object:
    """Whether the account pays spot fees in BNB."""
    call.params.done()
    return _burns(call)


async def set_burns_fee_asset(call: Call) -> object:
    """`spotBNBBurn` from now on; there is no margin interest that BNB could pay."""
    is_wanted = call.params.boolean("spotBNBBurn")
    pays_interest = call.params.boolean("interestBNBBurn")
    call.params.done()
    if is_wanted is None and pays_interest is None:
        raise mandatory_one_of("spotBNBBurn", "interestBNBBurn")
    if is_wanted is not None:
        await call.execute(SetFeeDiscount(call.account_id, is_wanted))
    return _burns(call)


def _burns(call: Call) -> dict[str, bool]:
    user = call.view.users[call.account_id]
    return {"spotBNBBurn": user.wants_discount, "interestBNBBurn": False}


def printed_by_side(rates: FeeRates) -> dict[str, str]:
    """With what the sides pay besides, which is nothing."""
    return {**_printed(rates), "buyer": NO_NUMBER, "seller": NO_NUMBER}


def _printed(rates: FeeRates) -> dict[str, str]:
    return {"maker": fixed(rates.maker), "taker": fixed(rates.taker)}


OPERATIONS = (
    reading(commission, "GET /api/v3/account/commission", "account.commission", 20, "symbol"),
    wallet(burns_fee_asset, "GET /sapi/v1/bnbBurn"),
    wallet(set_burns_fee_asset, "POST /sapi/v1/bnbBurn"),
)
