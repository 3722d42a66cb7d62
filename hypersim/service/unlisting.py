"""Markets that were listed before the start and that nobody asks for any more."""

from collections.abc import Container

from hypersim.service.view import View
from hypersim.trading.state import ExchangeState


def unlist_others(
    state: ExchangeState, view: View, wanted: Container[str], touched: Container[str]
) -> None:
    """Leave out the markets that are not `wanted`, but keep what somebody may still need: those in
    which somebody has or had orders (`touched`), those of an asset that somebody has, and those
    that somebody asked for by name. Only at the start, before anybody looks; the record keeps all
    of them for another choice."""
    held = {asset for (_, asset), one in view.balances.items() if one.available or one.locked}
    for instrument in list(view.instruments.values()):
        symbol = instrument.symbol
        if symbol in wanted or symbol in touched:
            continue
        if instrument.base in held or instrument.is_asked_for:
            continue
        state.unlist(symbol)
        view.unlist(symbol)
