"""The command line: `python scripts/rebalance_bot --help`."""

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

from scripts.rebalance_bot.application.rebalancing import Wishes
from scripts.rebalance_bot.domain.position import BadTiers, parse_tiers
from scripts.rebalance_bot.infrastructure.mexc.client import Credentials

DEFAULT_URL = "http://127.0.0.1:8080/mexc"
UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}
EPILOG = """keys: MEXC_API_KEY and MEXC_API_SECRET, else HYPERSIM_API_KEY and HYPERSIM_API_SECRET
exit code: 0 done or nothing to do, 2 usage, 3 key or signature, 4 rejected, 5 unreachable,
6 timed out"""


class Pair(NamedTuple):
    """QRL/USDT."""

    coin: str
    money: str


def number(text: str) -> Decimal:
    """A number that is not below zero."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None
    if not value.is_finite() or value < 0:
        raise argparse.ArgumentTypeError(f"{text} is not a number from zero on")
    return value


def duration(text: str) -> float:
    """Seconds of 30s, 15m, 4h or 1d."""
    found = re.fullmatch(r"([1-9]\d{0,5})([smhd])", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text} is no duration such as 15m")
    return int(found[1]) * UNITS_S[found[2]]


def pair(text: str) -> Pair:
    """QRL/USDT, in capitals or not."""
    coin, slash, money = text.upper().partition("/")
    if not slash or not coin.isalnum() or not money.isalnum():
        raise argparse.ArgumentTypeError(f"{text} is no pair such as QRL/USDT")
    return Pair(coin, money)


def tiers(text: str) -> dict[str, Decimal]:
    """core=0.7,swing=0.2,active=0.1."""
    try:
        return parse_tiers(text)
    except BadTiers as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        prog="rebalance_bot",
        description="Keep half of an account's value in one coin, on MEXC's spot API.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    how = made.add_mutually_exclusive_group(required=True)
    how.add_argument("--dry-run", action="store_true", help="tell the plan, send nothing")
    how.add_argument("--once", action="store_true", help="rebalance once")
    how.add_argument("--interval", type=duration, metavar="15m", help="rebalance so often")
    add = made.add_argument
    add("--base-url", default=DEFAULT_URL, help=f"the exchange ({DEFAULT_URL})")
    add("--symbol", type=pair, default=Pair("QRL", "USDT"), help="the pair (QRL/USDT)")
    add("--candles", default="15m", help="candles of the averages (15m)")
    add("--threshold", type=number, default=Decimal("0.01"), help="least deviation (0.01)")
    add("--tiers", type=tiers, default="core=0.7,swing=0.2,active=0.1", help="parts of the coin")
    add("--min-notional", type=number, default=Decimal(5), help="least order in quote (5)")
    add("--average-cost", type=number, help="of the coin there is, at the first start")
    add("--order-timeout", type=number, default=Decimal(50), metavar="SECONDS", help="(50)")
    add("--store", type=Path, default=Path("rebalance.sqlite"), help="(rebalance.sqlite)")
    add("--metrics-port", type=int, help="serve metrics for Prometheus")
    add("--metrics-file", type=Path, help="write metrics when done")
    return made


def wishes_of(options: argparse.Namespace) -> Wishes:
    """What is to be done."""
    return Wishes(
        threshold=options.threshold,
        tiers=options.tiers,
        min_notional=options.min_notional,
        candles=options.candles,
        first_cost=options.average_cost,
    )


def credentials_of(environment: Mapping[str, str]) -> Credentials:
    """The exchange's own names come first. Raises `BadKey` if there are none."""
    for prefix in ("MEXC", "HYPERSIM"):
        key, secret = (environment.get(f"{prefix}_API_{word}", "") for word in ("KEY", "SECRET"))
        if key.strip() and secret.strip():
            return Credentials.cleaned(key, secret)
    return Credentials.cleaned("", "")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Ends the program with 2 if they are wrong."""
    return parser().parse_args(arguments)


def environment() -> Mapping[str, str]:
    """Where the keys are."""
    return os.environ
