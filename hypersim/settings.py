"""Settings: read once, from flags, then the environment, then a file, then the defaults here.

Nobody else reads the environment.
"""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from platformdirs import user_data_dir

from hypersim.account.user import Secret
from hypersim.edge.limits import EdgeLimits
from hypersim.feeds.choice_of_symbols import Choice, choice_of
from hypersim.service.simulated_clock import check_speed
from hypersim.storage.growth.keeping import keeping_of

DURATION_UNITS_MS = {"ms": 1, "s": 1_000, "m": 60_000}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m)", re.ASCII)

ANY = "*"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s/?#,]+", re.ASCII | re.IGNORECASE)

LISTS = frozenset(
    ("listen", "account_limits", "trusted_proxies", "limit_exempt", "allow_origin", "allow_host")
)
"""Options of several values; in the environment these have commas between them."""

BY_ADMIN = "manual"
"""Withdrawals that do not end by themselves."""

ENVIRONMENT_NAMES = {
    "database_url": ("HYPERSIM_DATABASE_URL", "DATABASE_URL"),
    "port": ("HYPERSIM_PORT", "PORT"),
    "log_level": ("HYPERSIM_LOG_LEVEL", "LOG_LEVEL"),
    "binance_api_url": ("HYPERSIM_BINANCE_API_URL", "BINANCE_API_URL"),
    "market_update_interval": ("HYPERSIM_MARKET_UPDATE_INTERVAL", "MARKET_UPDATE_INTERVAL"),
}
"""Where an option's variable is not just HYPERSIM_<OPTION>."""


class SettingsError(Exception):
    """A setting that cannot be used; the message names it and what was expected."""


class UsageError(SettingsError):
    """What stands after an option is none of what it takes."""


class Settings(msgspec.Struct, frozen=True):
    """Everything that can be chosen. Each field is `--field-name`, `HYPERSIM_FIELD_NAME` and a key
    of the TOML file. `limits` is for the file alone: `[limits.DIALECT]` tables. `edge` is its table
    `[edge]`, and `HYPERSIM_EDGE_<LIMIT>`."""

    host: str = "127.0.0.1"
    port: int = 8080
    feed: str = "auto"
    seed: int | None = None
    speed: float = 1.0
    start: str | None = None
    clock: Literal["run", "step"] = "run"
    on_wait: Literal["advance", "hold"] = "advance"
    reproducible: bool = False
    fills: str | None = None
    fees: str = "received"
    fee_asset: str = "BNB"
    fee_discount: Decimal = Decimal("0.25")
    withdrawals: str = "10s"
    account_limits: tuple[str, ...] = ()
    matching: Literal["isolated", "shared"] = "isolated"
    durability: Literal["on", "relaxed"] = "on"
    keep_journal: str = "7d,4GB"
    projector: Literal["auto", "task", "process"] = "auto"
    data_dir: Path | None = None
    database_url: Secret | None = None
    demo: bool = False
    listen: tuple[str, ...] = ()
    ephemeral: bool = False
    rate_limits: Literal["on", "off"] = "on"
    requests_per_minute: int = 1_200_000
    trusted_proxies: tuple[str, ...] = ()
    limit_exempt: tuple[str, ...] = ()
    allow_origin: tuple[str, ...] = ()
    allow_host: tuple[str, ...] = ()
    limits: dict[str, dict[str, int]] = {}
    edge: EdgeLimits = EdgeLimits()
    instruments: Path | None = None
    symbols: str | None = None
    scenario: Path | None = None
    binance_api_url: str = "https://api.binance.com"
    market_update_interval: str = "1s"
    access_log: bool = False
    strict_signatures: bool = False
    mexc_errors: Literal["mexc", "binance"] = "mexc"
    socket_life: Literal["on", "off"] = "on"
    watch: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    master_key: Secret | None = None
    admin_token: Secret | None = None
    postgres_bin: Path | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65_535:
            raise SettingsError(f"port must be from 0 to 65535, not {self.port}")
        if self.requests_per_minute < 1:
            raise SettingsError("requests_per_minute must be 1 or more; --rate-limits off lifts it")
        if not 0 <= self.fee_discount <= 1:
            raise SettingsError(f"fee_discount is a share from 0 to 1, not {self.fee_discount}")
        if self.demo and self.host not in ("127.0.0.1", "localhost", "::1"):
            raise SettingsError(
                f"--demo has a published key, so it needs a loopback host, not {self.host}"
            )
        for name in ("trusted_proxies", "limit_exempt"):
            _check_networks(name, getattr(self, name))
        for origin in self.allow_origin:
            if origin != ANY and not _ORIGIN.fullmatch(origin):
                raise SettingsError(
                    f"allow_origin takes * or an origin such as https://app.example:8443, not "
                    f"{origin!r}"
                )
        _check_moment(self.start)
        _check_readable(check_speed, self.speed)
        _check_readable(choice_of, self.symbols)
        _check_readable(keeping_of, self.keep_journal)
        _check_duration("market_update_interval", self.market_update_interval)
        if self.withdrawals != BY_ADMIN:
            _check_duration("withdrawals", self.withdrawals, f", or {BY_ADMIN}")

    @property
    def choice(self) -> Choice | None:
        """Which symbols are listed; None where nothing was asked for."""
        return None if self.symbols is None else choice_of(self.symbols)

    @property
    def start_ms(self) -> int | None:
        """When the exchange's time begins; None leaves it to the feed."""
        if self.start is None:
            return None
        moment = datetime.fromisoformat(self.start)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)

    @property
    def market_update_interval_ms(self) -> int:
        """How often a polling feed asks."""
        return max(1, _milliseconds(self.market_update_interval))

    @property
    def withdrawal_ms(self) -> int | None:
        """How long a withdrawal takes; None where only the admin ends it."""
        return None if self.withdrawals == BY_ADMIN else _milliseconds(self.withdrawals)

    @property
    def data_root(self) -> Path:
        """Where the embedded database, the master key and the admin token live."""
        if self.data_dir is not None:
            return self.data_dir.expanduser()
        if os.name == "posix" and os.geteuid() == 0:
            return Path("/var/lib/hypersim")
        return Path(user_data_dir("hypersim", appauthor=False))

    @property
    def ports(self) -> dict[str, int]:
        """Extra ports by dialect."""
        ports: dict[str, int] = {}
        for entry in self.listen:
            name, _, port = entry.partition("=")
            if not port.isdigit() or not 0 <= int(port) <= 65_535:
                raise SettingsError(f"--listen takes DIALECT=PORT, not {entry!r}")
            ports[name] = int(port)
        return ports


def _check_readable(read: Callable[[Any], Any], text: object) -> None:
    try:
        if text is not None:
            read(text)
    except ValueError as error:
        raise UsageError(str(error)) from None


def _check_moment(start: str | None) -> None:
    if start is None:
        return
    try:
        is_known = 1970 < datetime.fromisoformat(start).year < 2100
    except ValueError:
        is_known = False
    if not is_known:
        raise SettingsError(
            f"start must be a time such as 2024-02-29T12:00:00Z, from 1971 to 2099, not {start!r}"
        )


def environment_of_children(*, is_whole: bool = False) -> dict[str, str]:
    """What a process of the server's may need of its own: places, and how to reach PostgreSQL; or
    all that there is, for a program of the user's."""
    if is_whole:
        return dict(os.environ)
    places = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "LD_LIBRARY_PATH")
    return {n: v for n, v in os.environ.items() if n in places or n.startswith("PG")}


def load_settings(
    flags: Mapping[str, Any],
    file: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Settings:
    """The settings in force; a flag that is None was not given. The environment is the process's
    own unless another is given. Raises `SettingsError`."""
    environment = os.environ if environment is None else environment
    known = {field.name for field in msgspec.structs.fields(Settings)}
    values = {} if file is None else _from_file(file, known)
    values.update(_from_environment(environment, known - {"limits", "edge"}))
    if edge := _edge_from_environment(environment):
        values["edge"] = {**values.get("edge", {}), **edge}
    values.update({name: value for name, value in flags.items() if value is not None})
    for name in ("database_url", "master_key", "admin_token"):
        if isinstance(values.get(name), str):
            values[name] = Secret(values[name])
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_convert)
    except msgspec.ValidationError as error:
        raise SettingsError(f"invalid setting: {error}") from None


def _from_file(file: Path, known: set[str]) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"cannot read the settings file {file}: {error}") from None
    if unknown := values.keys() - known:
        raise SettingsError(f"{file}: unknown settings {', '.join(sorted(unknown))}")
    return values


def _from_environment(environment: Mapping[str, str], known: set[str]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in known:
        for variable in ENVIRONMENT_NAMES.get(name, (f"HYPERSIM_{name.upper()}",)):
            if environment.get(variable):
                values[name] = environment[variable]
                break
    for name in LISTS & values.keys():
        values[name] = tuple(filter(None, map(str.strip, values[name].split(","))))
    values |= {"log_level": values["log_level"].lower()} if "log_level" in values else {}
    if "database_url" not in values and environment.get("DB_HOST"):
        values["database_url"] = _database_url(environment)
    return values


def _edge_from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    names = EdgeLimits.__struct_fields__
    given = {name: environment.get(f"HYPERSIM_EDGE_{name.upper()}") for name in names}
    return {name: value for name, value in given.items() if value}


def _database_url(environment: Mapping[str, str]) -> str:
    """From the source design's DB_* variables."""
    user = quote(environment.get("DB_USER", "postgres"), safe="")
    password = quote(environment.get("DB_PASS", ""), safe="")
    host, port = environment["DB_HOST"], environment.get("DB_PORT", "5432")
    name = quote(environment.get("DB_NAME", "hypersim"), safe="")
    return f"postgresql://{user}:{password}@{host}:{port}/{name}"


def _check_networks(name: str, texts: tuple[str, ...]) -> None:
    for text in texts:
        try:
            ip_network(text)
        except ValueError as error:
            expected = f"{name} takes networks such as 10.0.0.0/8"
            raise SettingsError(f"{expected}, not {text!r}: {error}") from None


def _check_duration(name: str, text: str, otherwise: str = "") -> None:
    if not _DURATION.fullmatch(text):
        raise SettingsError(
            f"{name} must be a duration such as 1s or 500ms{otherwise}, not {text!r}"
        )


def _milliseconds(duration: str) -> int:
    match = _DURATION.fullmatch(duration)
    assert match is not None
    return int(float(match[1]) * DURATION_UNITS_MS[match[2]])


def _convert(wanted: type, value: Any) -> Any:
    if wanted is Path:
        return Path(value)
    raise NotImplementedError(wanted)
