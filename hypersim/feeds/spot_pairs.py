"""The packaged table of spot pairs: what `--symbols` chooses from where no venue is asked."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from hypersim.feeds.choice_of_symbols import SymbolsMissing, pick
from hypersim.feeds.listing import ListedInstrument, load_instruments
from hypersim.feeds.options import FeedOptions, SyntheticProfile
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedUnavailable

_PRICE_MAX = Decimal(1_000_000)
_COLUMNS = "base,quote,tick,step,min_notional,max_quantity,price,volume,listed,figures"


@cache
def spot_pairs() -> tuple[ListedInstrument, ...]:
    """The packaged instruments, as they are without any choice, then the rows of the table."""
    return (*load_instruments(), *map(_listed, _rows()))


@cache
def packaged_profiles() -> Mapping[str, SyntheticProfile]:
    """By symbol, what the synthetic feed makes of the packaged instruments."""
    return {item.instrument.symbol: item.profile for item in spot_pairs() if item.profile}


def packaged_as(wanted: Instrument) -> Instrument:
    """The instrument as the table has it; one that is not there, as it is wanted."""
    return _packaged().get(wanted.symbol, wanted)


@cache
def _packaged() -> Mapping[str, Instrument]:
    return {item.instrument.symbol: item.instrument for item in spot_pairs()}


def chosen(options: FeedOptions) -> tuple[Instrument, ...]:
    """The instruments that a feed without a venue lists: what the options' choice takes of those
    they offer. Raises FeedUnavailable where there is not what was asked for."""
    if options.choice is None:
        return options.instruments
    offered = {one.symbol: one for one in options.instruments}

    def volume_of(symbol: str) -> Decimal:
        profile = options.profiles.get(symbol)
        return profile.price * profile.volume if profile is not None else Decimal(0)

    try:
        return tuple(offered[one] for one in pick(options.choice, tuple(offered), volume_of))
    except SymbolsMissing as missing:
        raise FeedUnavailable(
            f"--symbols: there is no {missing} in the list of {len(offered)} instruments; "
            "--instruments FILE describes others"
        ) from None


def _rows() -> Iterator[str]:
    text = files(__package__).joinpath("spot_pairs.csv").read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    assert next(lines) == _COLUMNS
    return lines


def _listed(row: str) -> ListedInstrument:
    base, quote, *figures, month, _ = row.split(",")
    tick, step, min_notional, max_quantity, price, volume = map(Decimal, figures)
    instrument = Instrument(
        f"{base}/{quote}",
        base,
        quote,
        tick,
        step,
        min_price=tick,
        max_price=_highest(price),
        min_quantity=step,
        max_quantity=max_quantity,
        min_notional=min_notional,
    )
    begun = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    profile = SyntheticProfile(price, volume / price, int(begun.timestamp()) * 1000)
    return ListedInstrument(instrument, profile)


def _highest(price: Decimal) -> Decimal:
    """The venue's pattern: some thousand times the price, but no more than a million where that is
    still far away."""
    power = price.adjusted()
    return max(min(_power(power + 4), _PRICE_MAX), _power(power + 2))


def _power(exponent: int) -> Decimal:
    """Ten to the power of `exponent`, in plain digits."""
    return Decimal(10) ** exponent if exponent < 0 else Decimal(10**exponent)
