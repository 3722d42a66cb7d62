"""Which web pages may use the exchange, as any page may talk to a server on its visitor's machine.

A browser says in `Origin` which page sends a request, and in `Host` what name led here. On
loopback, a page of another site, and a name that was made to point here (DNS rebinding), get
public market data and nothing else. Clients that are no browsers send no `Origin`.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple

from hypersim.edge.asgi import Scope, headers_of

PAGES_KEPT = 256
SHOWN_LENGTH_MAX = 80
ANY = "*"


class Page(NamedTuple):
    """The page that sends a request, if one says so, and what is foreign about the request, with
    what would allow it."""

    origin: bytes | None
    problem: str | None


class Origins:
    """`bound_host` is where the server listens. On other than loopback addresses, hosts and origins
    are only looked at when some are given."""

    def __init__(
        self,
        bound_host: str,
        allow_origins: Iterable[str] = (),
        allow_hosts: Iterable[str] = (),
    ) -> None:
        self._allowed_origins = frozenset(origin.lower() for origin in allow_origins)
        self._allowed_hosts = frozenset(host.lower() for host in allow_hosts)
        self._bound = bound_host.lower()
        is_loopback = is_loopback_name(self._bound)
        self._checks_hosts = is_loopback or bool(self._allowed_hosts)
        self._checks_origins = is_loopback or bool(self._allowed_origins)
        self._page = lru_cache(PAGES_KEPT)(self._look)

    def page(self, scope: Scope) -> Page:
        """Which page sends the request, and whether it is foreign."""
        headers = headers_of(scope)
        if len(headers) == len(scope["headers"]):
            return self._page(headers.get(b"host"), headers.get(b"origin"))
        return self._page(_all_of(b"host", scope), _all_of(b"origin", scope))

    def _look(self, host: bytes | None, origin: bytes | None) -> Page:
        if host is not None and self._checks_hosts:
            name = host.decode("latin-1")
            if not self._is_own_host(name):
                problem = f"Host {_shown(name)} is not this server's; --allow-host NAME allows it"
                return Page(origin, problem)
        if origin is not None and self._checks_origins:
            page = origin.decode("latin-1")
            if not self._is_own_origin(page, host):
                problem = f"Origin {_shown(page)} may not do this; --allow-origin ORIGIN allows it"
                return Page(origin, problem)
        return Page(origin, None)

    def _is_own_host(self, host: str) -> bool:
        name = host_name(host)
        if name is None:
            return False
        if ANY in self._allowed_hosts or name in self._allowed_hosts:
            return True
        return name == self._bound or (is_loopback_name(self._bound) and is_loopback_name(name))

    def _is_own_origin(self, origin: str, host: bytes | None) -> bool:
        """Of this machine, of the very host that was asked, or allowed."""
        page = origin.lower()
        if ANY in self._allowed_origins or page in self._allowed_origins:
            return True
        scheme, separator, place = page.partition("://")
        if scheme not in ("http", "https") or not separator:
            return False
        if self._checks_hosts:
            return self._is_own_host(place)
        return host is not None and place == host.decode("latin-1").lower()


def _all_of(wanted: bytes, scope: Scope) -> bytes | None:
    """Two of them are no browser's, and no host's name has a space."""
    values = [value for name, value in scope["headers"] if name == wanted]
    return b" ".join(values) if values else None


def host_name(host: str) -> str | None:
    """Of `name`, `name:port` or `[address]:port`, in small letters; None if it is none of them."""
    text = host.lower()
    if text.startswith("["):
        name, bracket, port = text[1:].partition("]")
        if not bracket or (port and not port.startswith(":")):
            return None
        port = port[1:]
    else:
        name, _, port = text.partition(":")
    is_port = port.isascii() and (port.isdigit() or not port)
    return name if name and is_port and " " not in name else None


def is_loopback_name(name: str) -> bool:
    """Whether it can only mean the machine itself."""
    if name == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _shown(text: str) -> str:
    return ascii(text[:SHOWN_LENGTH_MAX])
