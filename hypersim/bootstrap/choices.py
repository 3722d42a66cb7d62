"""What the settings choose: rules, a feed, whom the edge trusts. Each name that is not there is one
clear line."""

import re
from collections.abc import Callable, Sequence
from decimal import Decimal

from hypersim import feeds
from hypersim.api.dialect import dialect_names
from hypersim.bootstrap.chance import check_reproducible, seed_of
from hypersim.edge.client import Clients, networks_of
from hypersim.feeds.listing import ListedInstrument, load_instruments
from hypersim.feeds.options import FeedOptions, FirstMinuteOf, Past
from hypersim.feeds.spot_pairs import spot_pairs
from hypersim.market.number import parse_decimal
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock
from hypersim.service.feed import Feed, FeedPosition
from hypersim.settings import Settings, SettingsError
from hypersim.trading import fees, fills
from hypersim.trading.rules import AccountLimits, FeeDiscount, Matching, Rules

DIALECTS = "hypersim.dialects"
"""The package of those that can be served."""

Say = Callable[[str], None]

_COUNTED = {
    "orders": "orders",
    "algo_orders": "conditional",
    "iceberg_orders": "icebergs",
    "order_lists": "lists",
}
_ASSET = re.compile(r"[A-Z0-9]{1,20}", re.ASCII)


def check_names(settings: Settings) -> None:
    """Before anything that takes time. Raises SettingsError."""
    try:
        feeds.has_depth(settings.feed)
    except LookupError as error:
        raise SettingsError(str(error)) from None
    if feeds.is_live(settings.feed):
        _check_wall(settings)
    known = dialect_names(DIALECTS)
    for name in settings.ports:
        if name not in known:
            raise SettingsError(f"--listen: no dialect {name!r}; there are: {', '.join(known)}")
    check_reproducible(settings)
    rules_of(settings)


def _check_wall(settings: Settings) -> None:
    """The prices of a live feed are of now."""
    asked = {
        "--start": settings.start is not None,
        "--speed": settings.speed != 1,
        "--clock step": settings.clock == "step",
    }
    for option in (name for name, is_asked in asked.items() if is_asked):
        raise SettingsError(
            f"{option}: the prices of the feed {settings.feed!r} are of now, and time is the "
            "wall's; replay:PATH, synthetic and manual can start at any time and run at any speed"
        )


def rules_of(settings: Settings) -> Rules:
    """How the exchange works. Raises SettingsError."""
    name = settings.fills or ("depth" if feeds.has_depth(settings.feed) else "touch")
    discount = None
    if settings.fee_asset:
        discount = FeeDiscount(settings.fee_asset, settings.fee_discount)
    try:
        fee_model = fees.load(settings.fees)
        return Rules(
            fills.load(name),
            fee_model,
            Matching(settings.matching),
            discount,
            settings.withdrawal_ms,
            account_limits_of(settings.account_limits),
        )
    except LookupError as error:
        raise SettingsError(str(error)) from None


def account_limits_of(texts: Sequence[str]) -> AccountLimits:
    """What `NAME=NUMBER` limit: orders in small letters, or an asset. Raises SettingsError."""
    counts: dict[str, int] = {}
    assets: dict[str, Decimal] = {}
    for text in texts:
        name, _, figure = text.partition("=")
        try:
            if name in _COUNTED:
                counts[_COUNTED[name]] = _count(figure)
            elif _ASSET.fullmatch(name):
                assets[name] = parse_decimal(figure)
            else:
                raise ValueError(name)
        except ValueError:
            raise SettingsError(
                f"--account-limits takes NAME=NUMBER, where NAME is an asset or one of "
                f"{', '.join(_COUNTED)}, not {text!r}"
            ) from None
    return AccountLimits(**counts, assets=assets)


def _count(figure: str) -> int:
    if not (figure.isascii() and figure.isdigit()):
        raise ValueError(figure)
    return int(figure)


def clients_of(settings: Settings) -> Clients:
    """Whom the edge takes for one client. Raises SettingsError."""
    return Clients(networks_of(settings.trusted_proxies), networks_of(settings.limit_exempt))


def feed_of(
    settings: Settings,
    clock: Clock,
    position: FeedPosition,
    first_minute: FirstMinuteOf,
    say: Say,
    books: BookDemand,
    given: Past | None = None,
) -> Feed:
    """Where prices come from. Raises SettingsError, and what the feed cannot do without."""
    listed = _listed(settings)
    options = FeedOptions(
        clock,
        say,
        seed=seed_of(settings),
        instruments=tuple(entry.instrument for entry in listed),
        binance_api_url=settings.binance_api_url,
        update_interval_ms=settings.market_update_interval_ms,
        position=max(position, FeedPosition(settings.start_ms or 0)),
        first_minute=first_minute,
        profiles={
            entry.instrument.symbol: entry.profile for entry in listed if entry.profile is not None
        },
        choice=settings.choice,
        books=books,
        given=given,
    )
    try:
        return feeds.build(settings.feed, options)
    except LookupError as error:
        raise SettingsError(str(error)) from None


def _listed(settings: Settings) -> Sequence[ListedInstrument]:
    """What there is to choose from. Raises InvalidListing."""
    if settings.symbols is not None and settings.instruments is None:
        return spot_pairs()
    return load_instruments(settings.instruments)
