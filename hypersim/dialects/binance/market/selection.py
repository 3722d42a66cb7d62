"""Which symbols a request is about: `symbol`, `symbols`, neither; and in which `symbolStatus`."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from hypersim.dialects.binance.errors import parameters as errors
from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.venue import Call, find_instrument
from hypersim.market.instrument import Instrument, TradingStatus
from hypersim.service.heavy_reads import in_slices

T = TypeVar("T")

SELECTION = "symbol? symbols symbolStatus"
"""The parameters that `select` reads."""

SYMBOLS_MAX = 100
"""Of requests that cannot leave the symbols out."""

SYMBOLS_IN_SLICE = 20
"""A ticker looks at the minutes of a day."""

STATUS_TEXTS = {
    TradingStatus.TRADING: "TRADING",
    TradingStatus.HALTED: "HALT",
    TradingStatus.CANCEL_ONLY: "BREAK",
}
STATUSES = {text: status for status, text in STATUS_TEXTS.items()}


class Selection(NamedTuple):
    """`is_single` when one symbol was named on its own: the answer is then no list."""

    instruments: list[Instrument]
    is_single: bool

    async def answer(self, body: Callable[[Instrument], T]) -> T | list[T]:
        """One body, or a list of them, made in slices."""
        if self.is_single:
            return body(self.instruments[0])
        return await in_slices(body, self.instruments, SYMBOLS_IN_SLICE)


def read_status(params: Params) -> tuple[TradingStatus | None] | None:
    """The status wished for, as a tuple of one; None when it does not matter. Raises -1122."""
    if "symbolStatus" not in params:
        return None
    return (params.need_choice("symbolStatus", STATUSES, errors.invalid_symbol_status),)


def check_status(instrument: Instrument, status: tuple[TradingStatus | None] | None) -> None:
    """Whether the symbol is in the status wished for. Raises -1220."""
    if status is not None and instrument.status is not status[0]:
        raise errors.status_differs()


def select(call: Call, *, is_mandatory: bool = False) -> Selection:
    """Read `symbol`, `symbols` and `symbolStatus`. Without either name, all symbols, unless
    `is_mandatory`. Raises -1128, -1102, -1121, -1151, -1122, -1220 and -1101."""
    params, view = call.params, call.view
    if "symbol" in params and "symbols" in params:
        raise errors.bad_combination()
    symbol, symbols = params.symbol(), params.symbols()
    status = read_status(params)
    if symbol is not None:
        instrument = find_instrument(view, symbol)
        check_status(instrument, status)
        return Selection([instrument], is_single=True)
    if symbols is not None:
        if is_mandatory and len(symbols) > SYMBOLS_MAX:
            raise too_many_symbols()
        chosen = [find_instrument(view, name) for name in symbols]
    elif is_mandatory:
        raise errors.mandatory_one_of("symbol", "symbols")
    else:
        chosen = list(view.instruments.values())
    return Selection([one for one in chosen if status is None or one.status is status[0]], False)


def too_many_symbols() -> BinanceError:
    """More than one answer can hold."""
    message = "Too many values sent for parameter 'symbols', maximum allowed up to"
    return BinanceError(-1101, f"{message} {SYMBOLS_MAX}.")


def symbols_sent(params: Params) -> int | None:
    """How many symbols a request names, before it is read; None when it names none."""
    if params.peek("symbol"):
        return 1
    symbols = params.peek("symbols")
    return symbols.count(",") + 1 if symbols else None


def weight_per_symbol(each: int, most: int) -> Callable[[Params], int]:
    """So much for each symbol, up to a most."""
    return lambda params: min(most, each * (symbols_sent(params) or 1))
