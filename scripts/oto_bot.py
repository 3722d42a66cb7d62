#!/usr/bin/env python3
"""Trade a token with many accounts at once, by one-triggers-the-other orders.

Every user buys at a limit near the market and sells at an offset above, one pair after the other,
until a target volume is reached. Each has two sockets, for prices and for user data; when one
breaks, the user pauses, asks REST how things stand, and goes on. At the end, and now and then on
the way, what the stream told is held against REST.

    python scripts/seed_balances.py users.csv --out keys.json
    python scripts/oto_bot.py --users keys.json --token BTC --target-volume 10000

The users' file is what seed_balances.py writes, or a CSV with email, apiKey and apiSecret.
Ends with 0 when nobody failed and stream and REST agree, else with 1.
"""

import argparse
import asyncio
import logging
import signal
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

# Run as a file, Python looks beside it only; and nothing here needs hypersim installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts.oto.fleet import Fleet, fleet
from scripts.oto.rest import ApiRefusal, Credentials, OutcomeUnclear
from scripts.oto.summary import summarize
from scripts.oto.terms import Plan, Unworkable
from scripts.oto.user import Urls
from scripts.oto.users_file import BadUsersFile, read_users

DEFAULT_URL = "http://127.0.0.1:8080"


def amount(text: str) -> Decimal:
    """A number above zero."""
    number = _decimal(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"{text} is not above zero")
    return number


def fraction(text: str) -> Decimal:
    """0.001, or the same as 0.1%."""
    number = _decimal(text.removesuffix("%"))
    return number / 100 if text.endswith("%") else number


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None
    if not number.is_finite():
        raise argparse.ArgumentTypeError(f"{text} is no number")
    return number


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(
        description="Trade a token with many accounts at once, by OTO orders."
    )
    add = made.add_argument
    add("--users", type=Path, required=True, metavar="FILE", help="keys, as JSON or CSV")
    add("--token", default="BTC", help="what is traded (BTC)")
    add("--quote", default="USDT", help="what it is paid with (USDT)")
    add("--target-volume", type=amount, required=True, help="per user, buys and sells together")
    add("--order-size", type=amount, default=Decimal(100), help="of one buy, in quote (100)")
    add("--price-offset", type=fraction, default="0.02%", help="sell above buy (0.02%%)")
    add("--entry-offset", type=fraction, default="0", help="buy below the best bid (0)")
    add("--move-max", type=fraction, default="0.5%", help="give a pair up beyond it (0.5%%)")
    add("--calm", type=float, default=1.0, metavar="SECONDS", help="pause after giving up (1)")
    add("--no-resume", action="store_true", help="a user stops when a socket breaks")
    add("--seconds", type=float, help="end after this time, whatever the volume")
    add("--url", default=DEFAULT_URL, help=f"the exchange ({DEFAULT_URL})")
    add("--stream-url", help="market streams, if they are elsewhere: wss://...:9443")
    add("--ws-api-url", help="the WebSocket API, if it is elsewhere: wss://.../ws-api/v3")
    add("--quiet", action="store_true", help="warnings and the summary only")
    return made


def plan_of(options: argparse.Namespace) -> Plan:
    """What every user is to do."""
    return Plan(
        symbol=f"{options.token}{options.quote}".upper(),
        target_volume=options.target_volume,
        order_size=options.order_size,
        price_offset=options.price_offset,
        entry_offset=options.entry_offset,
        move_max=options.move_max,
        calm_ms=int(options.calm * 1000),
        resumes=not options.no_resume,
    )


def urls_of(options: argparse.Namespace) -> Urls:
    """Where everything is."""
    urls = Urls.below(options.url)
    return urls._replace(
        streams=(options.stream_url or urls.streams).rstrip("/"),
        ws_api=options.ws_api_url or urls.ws_api,
    )


async def trade(options: argparse.Namespace, users: list[Credentials]) -> bool:
    """Run to the end, print the summary; tells whether all is well. Raises as `fleet`."""
    async with fleet(urls_of(options), plan_of(options), users) as bots:
        stopping = asyncio.create_task(_stop_in_time(bots, options.seconds))
        try:
            await bots.run()
        finally:
            stopping.cancel()
            await asyncio.gather(stopping, return_exceptions=True)
        total = summarize(bots.users)
        print("\n".join(total.lines(options.quote.upper())))
        return total.is_good


async def _stop_in_time(bots: Fleet, seconds: float | None) -> None:
    """At the end of the time, on Ctrl-C and on SIGTERM."""
    asked = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, asked.set)
    why = "stopped"
    try:
        async with asyncio.timeout(seconds):
            await asked.wait()
    except TimeoutError:
        why = "the time is up"
    await bots.stop(why)


def main() -> int:
    """Exit code."""
    options = parser().parse_args()
    level = logging.WARNING if options.quiet else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    try:
        users = read_users(options.users)
        return 0 if asyncio.run(trade(options, users)) else 1
    except (BadUsersFile, Unworkable, ApiRefusal, OutcomeUnclear) as error:
        print(f"oto_bot: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
