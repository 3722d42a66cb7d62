"""The instruments that are listed at the start: the packaged Binance pairs, or a user's file."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast

import msgspec

from hypersim.feeds.options import SyntheticProfile
from hypersim.market.instrument import Instrument, PriceBand, TradingStatus
from hypersim.market.kinds import of_its_kind
from hypersim.market.number import parse_decimal
from hypersim.trading import fees

Scalar = str | int | Decimal | TradingStatus | PriceBand | datetime | None
Entry = Mapping[str, object]

_REQUIRED = frozenset({"symbol", "tick_size", "step_size"})
_DECIMALS = frozenset(
    {
        "tick_size",
        "step_size",
        "min_price",
        "max_price",
        "min_quantity",
        "max_quantity",
        "min_notional",
        "max_notional",
        "market_max_quantity",
        "position_max",
        "maker_fee_rate",
        "taker_fee_rate",
        "synthetic_price",
        "synthetic_volume",
    }
)
_COUNTS = frozenset(
    {
        "open_orders_max",
        "algo_orders_max",
        "iceberg_parts_max",
        "iceberg_orders_max",
        "order_lists_max",
        "order_amends_max",
        "trailing_delta_min",
        "trailing_delta_max",
        "average_minutes",
        "base_places",
        "quote_places",
    }
)
_BAND = frozenset({"bid_down", "bid_up", "ask_down", "ask_up"})
_KNOWN = _REQUIRED | _DECIMALS | _COUNTS | {"price_band", "status", "fee_model", "listed_at"}

_PRICE_MAX = Decimal(1_000_000)
_QUANTITY_MAX = Decimal(9_000_000)


class InvalidListing(Exception):
    """The file of instruments cannot be used; the message is one line that names file and entry."""


class ListedInstrument(msgspec.Struct, frozen=True):
    """An instrument, and what the synthetic feed makes of it where the list says so."""

    instrument: Instrument
    profile: SyntheticProfile | None


def load_instruments(path: Path | None = None) -> tuple[ListedInstrument, ...]:
    """The instruments of the TOML file at `path`, or the packaged ones; the first matters most.

    Raises InvalidListing when the file cannot be read, is no TOML, or an entry is wrong.
    """
    return _packaged() if path is None else _load(path, str(path))


@cache
def _packaged() -> tuple[ListedInstrument, ...]:
    source = files(__package__).joinpath("instruments.toml")
    return _load(source, "the packaged instruments.toml")


def _load(source: Path | Traversable, name: str) -> tuple[ListedInstrument, ...]:
    entries = _entries(source, name)
    listed: dict[str, ListedInstrument] = {}
    for number, entry in enumerate(entries, 1):
        try:
            item = _listed(entry)
        except ValueError as error:
            label = entry.get("symbol") if isinstance(entry, dict) else None
            where = f"instrument {number}" + (f" ({label})" if label else "")
            raise InvalidListing(f"{name}: {where}: {error}") from None
        if item.instrument.symbol in listed:
            raise InvalidListing(f"{name}: {item.instrument.symbol} is there twice")
        listed[item.instrument.symbol] = item
    return tuple(listed.values())


def known_or_of_its_kind(symbol: str, known: Sequence[Instrument]) -> Instrument:
    """What takes the filters of a venue: the instrument that is known here, or one of its kind."""
    base, _, quote = symbol.partition("/")
    ours = next((one for one in known if one.symbol == symbol), None)
    return ours or of_its_kind(base, quote, known, {})


def _entries(source: Path | Traversable, name: str) -> list[object]:
    try:
        document = tomllib.loads(source.read_text(encoding="utf-8"))
    except OSError as error:
        raise InvalidListing(f"{name}: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidListing(f"{name}: not a TOML file: {error}") from None
    entries = document.get("instrument")
    if not isinstance(entries, list) or not entries:
        raise InvalidListing(f"{name}: expected at least one [[instrument]] table")
    if unknown := sorted(document.keys() - {"instrument"}):
        raise InvalidListing(f"{name}: unknown key {unknown[0]!r}; only [[instrument]] is known")
    return entries


def _listed(entry: object) -> ListedInstrument:
    if not isinstance(entry, dict):
        raise ValueError("expected a table")
    _check_keys(entry, _KNOWN, _REQUIRED)
    values: dict[str, Scalar] = {key: _value(key, entry[key]) for key in entry}
    price = cast(Decimal | None, values.pop("synthetic_price", None))
    volume = cast(Decimal | None, values.pop("synthetic_volume", None))
    listed_at = cast(datetime | None, values.pop("listed_at", None))
    return ListedInstrument(_instrument(values), _profile(price, volume, listed_at))


def _profile(
    price: Decimal | None, volume: Decimal | None, listed_at: datetime | None
) -> SyntheticProfile | None:
    if (price is None) != (volume is None):
        raise ValueError("synthetic_price and synthetic_volume are given together")
    if price is None or volume is None:
        if listed_at is not None:
            raise ValueError("listed_at is given together with synthetic_price")
        return None
    if price <= 0 or volume <= 0:
        raise ValueError("synthetic_price and synthetic_volume must be above zero")
    listed_ms = None if listed_at is None else int(listed_at.timestamp()) * 1000
    return SyntheticProfile(price, volume, listed_ms)


def _instrument(values: dict[str, Scalar]) -> Instrument:
    base, slash, quote = str(values["symbol"]).partition("/")
    if not (base and slash and quote) or "/" in quote:
        raise ValueError(f"symbol {values['symbol']!r}: expected BASE/QUOTE, such as BTC/USDT")
    defaults: dict[str, Scalar] = {
        "base": base,
        "quote": quote,
        "min_price": values["tick_size"],
        "max_price": _PRICE_MAX,
        "min_quantity": values["step_size"],
        "max_quantity": _QUANTITY_MAX,
        "min_notional": Decimal(0),
    }
    return msgspec.convert({**defaults, **values}, Instrument)


def _value(key: str, value: object) -> Scalar:
    if key in _DECIMALS:
        return _decimal(key, value)
    if key in _COUNTS:
        if type(value) is not int or value < 0:
            raise ValueError(f"{key}: expected a whole number, not {value!r}")
        return value
    if key == "price_band":
        return _band(value)
    if key == "listed_at":
        return _moment(value)
    if not isinstance(value, str):
        raise ValueError(f"{key}: expected text, not {value!r}")
    if key == "status":
        if value not in set(TradingStatus):
            raise ValueError(f"status: expected trading or halted, not {value!r}")
        return TradingStatus(value)
    if key == "fee_model" and value not in fees.names():
        raise ValueError(f"fee_model: expected {' or '.join(fees.names())}, not {value!r}")
    return value


def _moment(value: object) -> datetime:
    if not isinstance(value, datetime):
        raise ValueError(f"listed_at: expected a time such as 2017-08-17T04:00:00Z, not {value!r}")
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


def _band(value: object) -> PriceBand:
    if not isinstance(value, dict):
        raise ValueError(f"price_band: expected a table, not {value!r}")
    _check_keys(value, _BAND, frozenset())
    return PriceBand(**{key: _decimal(f"price_band.{key}", value[key]) for key in value})


def _decimal(key: str, value: object) -> Decimal:
    if type(value) is int and value >= 0:
        return Decimal(value)
    if isinstance(value, str):
        try:
            return parse_decimal(value)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    raise ValueError(f'{key}: expected a number in quotes such as "0.01", not {value!r}')


def _check_keys(entry: Entry, known: frozenset[str], required: frozenset[str]) -> None:
    if missing := sorted(required - entry.keys()):
        raise ValueError(f"{missing[0]} is missing")
    if unknown := sorted(entry.keys() - known):
        raise ValueError(f"unknown key {unknown[0]!r}; known are: {', '.join(sorted(known))}")
