"""`hypersim run`: any program as a bot, with its clock slaved to the exchange's."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hypersim.cli.admin_client import AdminClient, DataDir, Token, open_client
from hypersim.cli.run.exchange import bot_account, moment_of, started_server
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.options import (
    Balance,
    Command,
    For,
    Port,
    Speed,
    Start,
    Wanted,
    option,
    usage,
    wanted_of,
)
from hypersim.cli.run.session import run_bot, status_of
from hypersim.settings import SettingsError, environment_of_children, load_settings

Server = Annotated[
    str | None, option("Use this server, rather than start one", "--url", metavar="URL")
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
    wanted = wanted_of(command, speed=speed, start=start, for_=for_, balance=balance, port=port)

    def work() -> int:
        with Guard() as guard, _exchange(wanted, url, token, data_dir, guard) as admin:
            return run_bot(admin, bot_account(admin, wanted.balances), wanted, guard)

    raise typer.Exit(status_of(work))


@contextlib.contextmanager
def _exchange(
    wanted: Wanted, url: str | None, token: str | None, data_dir: Path | None, guard: Guard
) -> Iterator[AdminClient]:
    if url is not None:
        if wanted.start is not None or wanted.port:
            usage("--start and --port are for a server that is started; leave out --url")
        with contextlib.closing(open_client(url, token, data_dir)) as admin:
            if wanted.speed is not None and wanted.speed != moment_of(admin).speed:
                admin.post("/admin/clock", {"speed": wanted.speed})
            yield admin
        return
    flags = {"port": wanted.port, "speed": wanted.speed, "start": wanted.start, "watch": True}
    try:
        settings = load_settings({**flags, "admin_token": token, "data_dir": data_dir})
    except SettingsError as error:
        usage(str(error))
    with started_server(settings, environment_of_children(is_whole=True), guard) as admin:
        yield admin
