"""One bot at one exchange, from its start to its end."""

import contextlib
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from hypersim.cli.admin_client import AdminClient, AdminFailure
from hypersim.cli.run.bot import Bot
from hypersim.cli.run.exchange import Account, Moment, moment_of
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.lent_clock import ClockUnavailable, LentClock, preload_library
from hypersim.cli.run.loan import RENEW_S, Loan, borrowed
from hypersim.cli.run.options import Wanted
from hypersim.settings import environment_of_children

NOT_FOUND, NOT_EXECUTABLE = 127, 126
SAME_MS = 1_000
"""A clock that runs at the wall's speed, and is no further from it, is the wall's."""


class Stopped(Exception):
    """By a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Calm(NamedTuple):
    """What a bot has after its time, before it is ended: this begins it, and it lasts for so many
    ms of the exchange's time."""

    begin: Callable[[], None]
    ms: int


def status_of(work: Callable[[], int]) -> int:
    """The command's exit status: that of the work, unless it fails or is stopped by a signal."""
    try:
        with _signals_raise():
            return work()
    except (AdminFailure, ClockUnavailable) as failure:
        print(f"hypersim: {failure}", file=sys.stderr)
        return 1
    except Stopped as stopped:
        return 128 + stopped.number


def run_bot(
    admin: AdminClient, account: Account, wanted: Wanted, guard: Guard, calm: Calm | None = None
) -> int:
    """Its exit status, 0 where its time was over. Raises AdminFailure, ClockUnavailable and
    Stopped."""
    told = _told(admin, account)
    command = [_filled(part, told) for part in wanted.command]
    environment = environment_of_children(is_whole=True) | told
    with borrowed(admin) as loan:
        moment = moment_of(admin)
        clock = _clock(moment)
        try:
            bot = Bot(command, environment, clock, guard)
        except OSError as error:
            print(f"hypersim: {command[0]}: {error.strerror}", file=sys.stderr)
            return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
        for_s = None if wanted.for_ms is None else wanted.for_ms / 1000 / moment.speed
        try:
            status = _outcome(bot, loan, for_s)
            if status is None and calm is not None:
                calm.begin()
                status = _outcome(bot, loan, calm.ms / 1000 / moment.speed)
            return status or 0
        finally:
            bot.end()


def _outcome(bot: Bot, loan: Loan, for_s: float | None) -> int | None:
    """Its status, or None where its time is over."""
    began_s = time.monotonic()
    while True:
        left_s = None if for_s is None else for_s - (time.monotonic() - began_s)
        if left_s is not None and left_s <= 0:
            return None
        status = bot.wait(RENEW_S if left_s is None else min(RENEW_S, left_s))
        if status is not None:
            return status
        loan.renew()


def _clock(moment: Moment) -> LentClock | None:
    """None where the exchange runs by the wall's clock, as the bot does anyway."""
    if moment.mode != "running" or not moment.speed:
        raise AdminFailure(
            f"the exchange's time does not pass evenly ({moment.mode}, speed {moment.speed:g}), "
            f"so no program can run by it; see `hypersim clock`"
        )
    since_ms = (time.monotonic_ns() - moment.monotonic_ns) / 1_000_000
    ahead_ms = moment.exchange_ms + since_ms - time.time() * 1000
    if moment.speed == 1 and abs(ahead_ms) < SAME_MS:
        return None
    return LentClock(moment.speed, moment.monotonic_ns, moment.exchange_ms, preload_library())


def _told(admin: AdminClient, account: Account) -> dict[str, str]:
    told = {
        "HYPERSIM_URL": admin.url,
        "HYPERSIM_WS_URL": admin.url.replace("http", "ws", 1),
        "HYPERSIM_API_KEY": account.key,
        "HYPERSIM_API_SECRET": account.secret,
    }
    return told | ({"HYPERSIM_ADMIN_TOKEN": admin.token.value} if admin.token else {})


def _filled(part: str, told: Mapping[str, str]) -> str:
    names = {"url": "URL", "wsUrl": "WS_URL", "key": "API_KEY", "secret": "API_SECRET"}
    for name, variable in names.items():
        part = part.replace(f"{{{name}}}", told[f"HYPERSIM_{variable}"])
    return part


@contextlib.contextmanager
def _signals_raise() -> Iterator[None]:
    def stop(number: int, _: Any) -> NoReturn:
        raise Stopped(number)

    before = {
        number: signal.signal(number, stop)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
