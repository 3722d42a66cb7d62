"""Pegged prices in requests: `pegPriceType`, `pegOffsetType`, `pegOffsetValue`.

Source: rest-api.md, "Notes on using parameters for Pegged Orders", and faqs/pegged_orders.md.
"""

from decimal import Decimal

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.errors.parameters import mandatory
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.words import PEG_BASES, PEG_OFFSET_TYPE, Kind
from hypersim.trading.order import Peg, PegBasis, TimeInForce

PEG_OFFSET_MAX = 100


def read_peg(params: Params, names: tuple[str, str, str], limit: Decimal | None) -> Peg | None:
    """How the price is to be chosen, no worse than `limit`; None where nothing is said of it.
    Raises -1210, -1211, or -1102 for a parameter that another one needs."""
    basis_name, kind_name, offset_name = names
    basis = params.choice(basis_name, PEG_BASES, _bad_basis)
    kind = params.choice(kind_name, {PEG_OFFSET_TYPE: True}, _bad_offset)
    offset = params.integer(offset_name, 0, PEG_OFFSET_MAX)
    if kind is None and offset is None and basis is None:
        return None
    if basis is None:
        raise mandatory(basis_name)
    if kind is None and offset is not None:
        raise mandatory(kind_name)
    if kind is not None and offset is None:
        raise mandatory(offset_name)
    return Peg(basis, offset or 0, limit)


def check_peg(peg: Peg, kind: Kind, time_in_force: TimeInForce | None) -> BinanceError | None:
    """Why an order of this type cannot have it."""
    if not kind.is_limit:
        return BinanceError(-2010, "This order type may not use pegged price.")
    is_primary = peg.basis is PegBasis.PRIMARY
    is_plain = kind.trigger is None and not kind.post_only
    is_impatient = time_in_force not in (None, TimeInForce.GTC)
    if (kind.post_only and not is_primary) or (is_plain and is_primary and is_impatient):
        return BinanceError(-2010, "This price peg cannot be used with this order type.")
    return None


def _bad_basis() -> BinanceError:
    return BinanceError(-1210, "Invalid pegPriceType.")


def _bad_offset() -> BinanceError:
    return BinanceError(-1211, "Invalid pegOffsetType.")
