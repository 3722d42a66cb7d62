"""`hypersim run`: any program as a bot, with its clock slaved to the exchange's."""

import contextlib
import signal
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn

import typer

from hypersim.cli.admin_client import AdminClient, AdminFailure, DataDir, Token, open_client
from hypersim.cli.duration import FORM, milliseconds
from hypersim.cli.run.bot import Bot
from hypersim.cli.run.exchange import Account, Moment, bot_account, moment_of, started_server
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.lent_clock import ClockUnavailable, LentClock, preload_library
from hypersim.cli.run.loan import RENEW_S, Loan, borrowed
from hypersim.settings import SettingsError, environment_of_children, load_settings

NOT_FOUND, NOT_EXECUTABLE = 127, 126
SAME_MS = 1_000
"""A clock that runs at the wall's speed, and is no further from it, is the wall's."""

DEFAULT_BALANCES = {"USDT": "10000"}


class Stopped(Exception):
    """By a signal."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


class Wanted(NamedTuple):
    """What was asked for. `for_ms` is of the exchange's time; None is until the bot ends."""

    command: list[str]
    speed: float | None
    start: str | None
    for_ms: int | None
    balances: Mapping[str, str]
    port: int


def _option(help_text: str, *names: str, metavar: str | None = None) -> Any:
    return typer.Option(*names, metavar=metavar, help=help_text, show_default=False)


Command = Annotated[
    list[str],
    typer.Argument(
        metavar="-- COMMAND...",
        help="The bot; {url}, {wsUrl}, {key} and {secret} are replaced in it.",
        show_default=False,
    ),
]
Speed = Annotated[float | None, _option("Speed of time, for both (1)")]
Start = Annotated[str | None, _option("When time begins", metavar="TIME")]
For = Annotated[
    str | None,
    _option("End the bot after so much of the exchange's time: 4h", "--for", metavar="DURATION"),
]
Balance = Annotated[
    list[str] | None,
    _option("What the bot owns; repeatable (USDT=10000)", metavar="ASSET=AMOUNT"),
]
Port = Annotated[int, _option("Of the server that is started, 0 for any free one (0)")]
Server = Annotated[
    str | None, _option("Use this server, rather than start one", "--url", metavar="URL")
]


def run(
    command: Command,
    speed: Speed = None,
    start: Start = None,
    for_: For = None,
    balance: Balance = None,
    port: Port = 0,
    url: Server = None,
    token: Token = None,
    data_dir: DataDir = None,
) -> None:
    """Run a bot against an exchange, by the exchange's clock.

    It is told HYPERSIM_URL, HYPERSIM_WS_URL, HYPERSIM_API_KEY, HYPERSIM_API_SECRET and
    HYPERSIM_ADMIN_TOKEN. Ends with its status.
    """
    for_ms = None if for_ is None else milliseconds(for_)
    if for_ is not None and not for_ms:
        _usage(f"--for must be {FORM}, not {for_[:40]!r}")
    if speed is not None and not speed > 0:
        _usage(f"--speed must be above 0, not {speed:g}: a bot cannot run as fast as possible")
    wanted = Wanted(command, speed, start, for_ms, _balances(balance), port)
    try:
        with (
            _signals_raise(),
            Guard() as guard,
            _exchange(wanted, url, token, data_dir, guard) as a,
        ):
            status = _run(a, wanted, guard)
    except (AdminFailure, ClockUnavailable) as failure:
        print(f"hypersim: {failure}", file=sys.stderr)
        status = 1
    except Stopped as stopped:
        status = 128 + stopped.number
    raise typer.Exit(status)


@contextlib.contextmanager
def _exchange(
    wanted: Wanted, url: str | None, token: str | None, data_dir: Path | None, guard: Guard
) -> Iterator[AdminClient]:
    if url is not None:
        if wanted.start is not None or wanted.port:
            _usage("--start and --port are for a server that is started; leave out --url")
        with contextlib.closing(open_client(url, token, data_dir)) as admin:
            if wanted.speed is not None and wanted.speed != moment_of(admin).speed:
                admin.post("/admin/clock", {"speed": wanted.speed})
            yield admin
        return
    flags = {"port": wanted.port, "speed": wanted.speed, "start": wanted.start}
    try:
        settings = load_settings({**flags, "admin_token": token, "data_dir": data_dir})
    except SettingsError as error:
        _usage(str(error))
    with started_server(settings, environment_of_children(is_whole=True), guard) as admin:
        yield admin


def _run(admin: AdminClient, wanted: Wanted, guard: Guard) -> int:
    """The exit status. Raises AdminFailure, ClockUnavailable and Stopped."""
    account = bot_account(admin, wanted.balances)
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
            return _outcome(bot, loan, for_s)
        finally:
            bot.end()


def _outcome(bot: Bot, loan: Loan, for_s: float | None) -> int:
    """Its status, or 0 where its time is over."""
    began_s = time.monotonic()
    while True:
        left_s = None if for_s is None else for_s - (time.monotonic() - began_s)
        if left_s is not None and left_s <= 0:
            return 0
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


def _balances(given: list[str] | None) -> Mapping[str, str]:
    if not given:
        return DEFAULT_BALANCES
    balances = {}
    for text in given:
        asset, _, amount = text.partition("=")
        if not asset or not amount:
            _usage(f"--balance must be ASSET=AMOUNT such as USDT=10000, not {text[:40]!r}")
        balances[asset.upper()] = amount
    return balances


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


def _usage(message: str) -> NoReturn:
    print(f"hypersim: {message}", file=sys.stderr)
    raise typer.Exit(2)
