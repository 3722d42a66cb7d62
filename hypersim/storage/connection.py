"""How to reach a PostgreSQL server, and the error for when it cannot be reached."""

import os
import pwd
from typing import Any, NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

import msgspec

DEFAULT_PORT = 5432
_SCHEMES = frozenset({"postgres", "postgresql", "postgresql+asyncpg"})
_SSL_MODES = frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"})
_PARAMETERS = frozenset({"host", "port", "sslmode", "ssl"})


class DatabaseUnavailable(Exception):
    """There is no database to work with.

    The message is one line for the person at the terminal: what was wrong, what was expected,
    what to do.
    """


class ConnectionSettings(msgspec.Struct, frozen=True, gc=False):
    """One database on one server. A `host` that begins with "/" is the directory of a unix socket.

    The password stays out of `repr`, of rich's rendering and of every error.
    """

    host: str
    port: int
    user: str
    database: str
    password: str | None = None
    ssl_mode: str | None = None

    @classmethod
    def from_url(cls, url: str) -> "ConnectionSettings":
        """Reads `postgres://`, `postgresql://` and `postgresql+asyncpg://` URLs.

        User, password, host and database are percent-decoded. As in libpq, the user defaults to
        the one of this process, the database to the user, and `?host=` may name a socket directory.

        Raises DatabaseUnavailable; the message never repeats the URL, which may hold a password.
        """
        parts = _split(url)
        parameters = _parameters(parts.query)
        credentials, _, address = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        host, port = _host_and_port(address)
        user = unquote(user) or _user_of_this_process()
        return cls(
            host=parameters.get("host") or host or "localhost",
            port=_port_number(parameters.get("port") or port),
            user=user,
            database=unquote(parts.path.removeprefix("/")) or user,
            password=unquote(password) or None,
            ssl_mode=_ssl_mode(parameters),
        )

    @property
    def is_socket(self) -> bool:
        """Whether the server is reached over a unix socket rather than over TCP."""
        return self.host.startswith("/")

    def asyncpg_kwargs(self) -> dict[str, Any]:
        """Keyword arguments for `asyncpg.connect` and `asyncpg.create_pool`."""
        kwargs: dict[str, Any] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "database": self.database,
        }
        if self.password is not None:
            kwargs["password"] = self.password
        if self.ssl_mode is not None:
            kwargs["ssl"] = self.ssl_mode
        return kwargs

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"ConnectionSettings({shown})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        # msgspec gives every struct one that shows all fields, and rich prefers it to repr.
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        if self.password is not None:
            fields["password"] = "***"
        return list(fields.items())


def _refuse(problem: str) -> NoReturn:
    raise DatabaseUnavailable(
        f"the database URL {problem}; expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE, "
        "with special characters percent-encoded"
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        parts = None
    # The ValueError quotes the URL, so it must not become the context of ours.
    if parts is None or parts.fragment:
        _refuse("cannot be read")
    if parts.scheme not in _SCHEMES:
        _refuse("does not begin with postgresql://")
    return parts


def _parameters(query: str) -> dict[str, str]:
    parameters = dict(parse_qsl(query))
    unknown = sorted(parameters.keys() - _PARAMETERS)
    if unknown:
        _refuse(f"has the parameter {unknown[0]!r}, but only host, port and sslmode are supported")
    return parameters


def _host_and_port(address: str) -> tuple[str, str]:
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, rest.removeprefix(":")
    if "," in address:
        _refuse("names several hosts, but one is supported")
    host, _, port = address.partition(":")
    return unquote(host), port


def _port_number(text: str) -> int:
    if not text:
        return DEFAULT_PORT
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 65536):
        # Not quoted: after an unescaped "/" in a password, this would be a piece of it.
        _refuse("has a port that is no number between 1 and 65535")
    return int(text)


def _ssl_mode(parameters: dict[str, str]) -> str | None:
    mode = parameters.get("sslmode") or parameters.get("ssl")
    if mode is not None and mode not in _SSL_MODES:
        _refuse(f"has an unknown sslmode (known: {', '.join(sorted(_SSL_MODES))})")
    return mode


def _user_of_this_process() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        _refuse("names no user")
