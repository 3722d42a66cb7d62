"""One drive: a fresh server that watches, the faults armed, the bot from its start to its end."""

import hmac
import json
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import httpx

from hypersim.cli.admin_client import AdminClient, AdminFailure
from hypersim.cli.drive.faults import Fault, arm
from hypersim.cli.run.exchange import Account, bot_account, started_server
from hypersim.cli.run.guard import Guard
from hypersim.cli.run.options import Wanted, usage
from hypersim.cli.run.session import NOT_EXECUTABLE, NOT_FOUND, Calm, run_bot
from hypersim.settings import Settings, SettingsError, environment_of_children, load_settings

START = "2024-01-01T00:00:00Z"
CALM_MS = 30_000
"""Without faults, for a bot whose time is over: enough to see what became of its last orders."""

FILLS_MAX = 10_000
REQUESTS_MAX = 10_000

_RECORDS = ("HYPERSIM_DATA_DIR", "HYPERSIM_DATABASE_URL", "DATABASE_URL", "DB_HOST")
"""Where a record would be that the next server finds again."""


class Ended(NamedTuple):
    """How a drive ended: the bot's exit status, and what the server says of each of its clients, as
    `GET /admin/clients` does."""

    status: int
    clients: list[dict[str, Any]]

    @property
    def broken(self) -> frozenset[str]:
        """The rules that some client broke."""
        rules = (rule for client in self.clients for rule in client["rules"])
        return frozenset(rule["rule"] for rule in rules if rule["verdict"] == "fail")

    @property
    def has_failed(self) -> bool:
        """Whether a rule was broken, or the bot ended badly."""
        return bool(self.broken or self.status)

    @property
    def never_began(self) -> bool:
        """Whether the bot could not even be started."""
        return self.status in (NOT_FOUND, NOT_EXECUTABLE) and not self.broken

    @property
    def exit_status(self) -> int:
        """Of the command: 1 where a rule was broken."""
        return 1 if self.broken else self.status

    def is_like(self, other: "Ended") -> bool:
        """Whether it failed as the other did: by one of the same rules, or none of both."""
        return self.has_failed and (bool(self.broken & other.broken) or not other.broken)


Look = Callable[[AdminClient, Account], None]
"""What is done before the server is stopped."""


def drive_once(wanted: Wanted, seed: int | None, faults: Sequence[Fault], look: Look) -> Ended:
    """Raises AdminFailure, ClockUnavailable and Stopped."""
    settings, environment = _settings(wanted, seed)
    with Guard() as guard, started_server(settings, environment, guard) as admin:
        account = bot_account(admin, wanted.balances)
        arm(admin, faults)
        calm = Calm(lambda: _clear(admin), CALM_MS)
        status = run_bot(admin, account, wanted, guard, calm)
        _clear(admin)
        clients = admin.get("/admin/clients").body["clients"]
        look(admin, account)
        return Ended(status, clients)


def _clear(admin: AdminClient) -> None:
    admin.delete("/admin/faults")


def look_no_further(_admin: AdminClient, _account: Account) -> None:
    """Where how it ended is all that matters."""


def what_was_sent(admin: AdminClient) -> list[dict[str, Any]]:
    """The bot's requests, those without a key too: nobody else is there. The first that was sent
    comes first. Raises AdminFailure."""
    answer = admin.get("/admin/requests", limit=str(REQUESTS_MAX)).body
    requests: list[dict[str, Any]] = answer["requests"]
    return requests


def what_was_filled(admin: AdminClient, account: Account) -> list[dict[str, Any]]:
    """The bot's fills, in their order. Raises AdminFailure."""
    target = f"/v1/myTrades?limit={FILLS_MAX}"
    stamp = str(time.time_ns() // 1_000_000)
    payload = f"{stamp}GET{target}".encode()
    signature = hmac.new(account.secret.encode(), payload, "sha256").hexdigest()
    headers = {"X-API-KEY": account.key, "X-API-TIMESTAMP": stamp, "X-API-SIGNATURE": signature}
    answer = httpx.get(admin.url + target, headers=headers, trust_env=False)
    if answer.is_error:
        raise AdminFailure(f"the bot's fills cannot be read: {answer.text[:200]}")
    # Numbers stay as they are written.
    fills: list[dict[str, Any]] = json.loads(answer.content, parse_float=str)
    return fills


def _settings(wanted: Wanted, seed: int | None) -> tuple[Settings, dict[str, str]]:
    """The server's, and its environment. A server that keeps nothing, whose market and chance
    follow from the seed alone."""
    whole = environment_of_children(is_whole=True)
    environment = {name: value for name, value in whole.items() if name not in _RECORDS}
    environment["HYPERSIM_REPRODUCIBLE"] = "true"
    environment.setdefault("HYPERSIM_LOG_LEVEL", "warning")
    if seed is not None:
        environment["HYPERSIM_SEED"] = str(seed)
    start = wanted.start or START
    flags = {"port": wanted.port, "speed": wanted.speed, "start": start, "watch": True}
    try:
        return load_settings(flags, environment=environment), environment
    except SettingsError as error:
        usage(str(error))
