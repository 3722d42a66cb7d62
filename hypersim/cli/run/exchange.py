"""The exchange that a bot runs against: one that is started for it, or one that runs already."""

import contextlib
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hypersim.account.user import Secret
from hypersim.cli.admin_client import AdminClient, AdminFailure, FoundToken
from hypersim.cli.run.guard import Guard
from hypersim.settings import Settings

BOT_EMAIL = "bot@hypersim.local"
READY_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 20.0
SAMPLES = 7
"""The clock is asked so often; the quickest answer is the most exact one."""

_READY = re.compile(r"hypersim ready on (http://\S+)")


class Moment(NamedTuple):
    """What the exchange's clock said, at which moment of the machine's."""

    monotonic_ns: int
    exchange_ms: float
    mode: str
    speed: float


class Account(NamedTuple):
    """The bot's credentials."""

    key: str
    secret: str


@contextlib.contextmanager
def started_server(
    settings: Settings, environment: Mapping[str, str], guard: Guard
) -> Iterator[AdminClient]:
    """A server for the length of a block. Raises AdminFailure where it does not start."""
    token = settings.admin_token or Secret(secrets.token_urlsafe(32))
    given = {**environment, "HYPERSIM_ADMIN_TOKEN": token.value}
    process = subprocess.Popen(
        [sys.executable, "-m", "hypersim", "serve", *_options(settings)],
        env=given,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    guard.ends_server(process.pid)
    try:
        url = _ready_url(process)
        found = FoundToken(token, f"{url} does not know its own admin token")
        with contextlib.closing(AdminClient(url, found)) as admin:
            yield admin
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _options(settings: Settings) -> list[str]:
    options = ["--port", str(settings.port), "--speed", f"{settings.speed:g}"]
    if settings.watch:
        options += ["--watch"]
    if settings.start is not None:
        options += ["--start", settings.start]
    is_simulated = settings.speed != 1 or settings.start is not None
    if settings.feed == "auto" and is_simulated:
        options += ["--feed", "synthetic"]
    if settings.data_dir is None and settings.database_url is None:
        options += ["--ephemeral"]
    return options


def _ready_url(process: subprocess.Popen[str]) -> str:
    """Read its output to the end, in a thread of its own: a full pipe would stop the server."""
    found: list[str] = []
    is_known = threading.Event()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            if match := _READY.search(line):
                found.append(match[1])
                is_known.set()
        is_known.set()

    threading.Thread(target=read, daemon=True).start()
    is_known.wait(READY_TIMEOUT_S)
    if not found:
        raise AdminFailure("the server did not start; what it says is above")
    return found[0]


def bot_account(admin: AdminClient, balances: Mapping[str, str]) -> Account:
    """The bot's user, opened where there is none yet, with a new key and these balances."""
    try:
        issued = admin.post("/admin/users", {"email": BOT_EMAIL, "label": "run"}).body
    except AdminFailure as failure:
        if failure.code != "EMAIL_TAKEN":
            raise
        issued = admin.post("/admin/keys", {"user": BOT_EMAIL, "label": "run"}).body
    for asset, amount in balances.items():
        wish = {"user": BOT_EMAIL, "asset": asset, "amount": amount, "action": "set"}
        admin.post("/admin/balances", wish)
    return Account(issued["apiKey"], issued["apiSecret"])


def moment_of(admin: AdminClient) -> Moment:
    """What time it is there, as exactly as can be told from here."""
    return min((_asked(admin) for _ in range(SAMPLES)), key=lambda asked: asked[0])[1]


def _asked(admin: AdminClient) -> tuple[int, Moment]:
    before_ns = time.monotonic_ns()
    clock: dict[str, Any] = admin.get("/admin/clock").body
    took_ns = time.monotonic_ns() - before_ns
    # It is cut to the millisecond: on average half of one is missing.
    exchange_ms = clock["nowMs"] + 0.5
    between_ns = before_ns + took_ns // 2
    return took_ns, Moment(between_ns, exchange_ms, clock["mode"], float(clock["speed"]))
