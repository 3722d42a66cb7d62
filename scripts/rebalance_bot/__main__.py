#!/usr/bin/env python3
"""Keep half of an account's value in one coin, on MEXC's spot API or on what answers like it.

    python scripts/rebalance_bot --once --base-url http://127.0.0.1:8080/mexc --symbol QRL/USDT

SIGTERM and Ctrl-C cancel no order: the next start finds the one that is open, and finishes it.
"""

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

# Run as a folder, Python looks inside it only; and nothing here needs hypersim installed.
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from scripts.rebalance_bot.application.clock import WallClock
from scripts.rebalance_bot.application.errors import BadKey
from scripts.rebalance_bot.bot import GOOD, KEY, USAGE, Bot, bot_of
from scripts.rebalance_bot.cli import credentials_of, environment, parse
from scripts.rebalance_bot.infrastructure.mexc.client import Credentials


async def run(options: argparse.Namespace, credentials: Credentials) -> int:
    """The exit code. Raises `OSError` if metrics cannot be told where they are wanted."""
    async with bot_of(
        options, credentials, WallClock(), lambda line: print(line, flush=True)
    ) as bot:
        if options.metrics_port is not None:
            bot.meters.serve(options.metrics_port)
        code = await until_stopped(bot, options)
        if options.metrics_file is not None:
            bot.meters.write(options.metrics_file)
        return code


async def until_stopped(bot: Bot, options: argparse.Namespace) -> int:
    """The exit code; 0 if somebody stopped the bot."""
    work = asyncio.ensure_future(way(bot, options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, work.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        return await work
    bot.telling.event("stopped")
    return GOOD


async def way(bot: Bot, options: argparse.Namespace) -> int:
    """The exit code of what was asked for."""
    if options.dry_run:
        return await bot.dry_run()
    if options.once:
        return await bot.once()
    return await bot.every(options.interval)


def main() -> int:
    """Exit code."""
    options = parse(sys.argv[1:])
    try:
        return asyncio.run(run(options, credentials_of(environment())))
    except BadKey as error:
        print(f"rebalance_bot: {error.message}", file=sys.stderr)
        return KEY
    except OSError as error:
        print(f"rebalance_bot: {error}", file=sys.stderr)
        return USAGE


if __name__ == "__main__":
    sys.exit(main())
