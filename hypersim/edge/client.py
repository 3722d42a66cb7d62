"""Who a request comes from, and against whose limits it counts: found once, for HTTP and WebSocket
alike, and left in the scope.

All bots of one machine share its loopback address, and all behind a proxy or Docker's gateway share
that. What is counted by address is counted there by API key where a request has one, and is
wider where it has none: no bot shuts another out.
"""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import NamedTuple

import msgspec

from hypersim.account.user import ApiKey
from hypersim.edge.asgi import Scope
from hypersim.edge.forwarded import Address, forwarded_client, plain_address

Network = IPv4Network | IPv6Network

SHARED_WIDTH = 20
"""How many times as wide a limit is for an address that many clients share."""

UNLIMITED_WIDTH = 0
IPV6_PREFIX = 64
"""Who has one IPv6 address has the whole network: it counts as one."""

PEERS_KEPT = 4_096
_SCOPE_NAME = "hypersim.client"


class Counted(msgspec.Struct, frozen=True, gc=False):
    """Against what a request counts: an address, or a key (its account and its name). A limit is
    `width` times as wide; 0 means not limited."""

    name: str | tuple[int, str]
    width: int = 1

    @property
    def label(self) -> str:
        """For logs. A key is not named, only whose it is."""
        return self.name if isinstance(self.name, str) else f"a key of account {self.name[0]}"

    @property
    def account_id(self) -> int | None:
        """Whose key it is; None for an address."""
        return None if isinstance(self.name, str) else self.name[0]

    def is_over(self, used: int, limit: int) -> bool:
        """Whether so much is more than a limit allows."""
        return used > limit * self.width and self.width != UNLIMITED_WIDTH


NOBODY = Counted("", UNLIMITED_WIDTH)
"""What comes over no network."""


class Client(NamedTuple):
    """`address` is whose requests a key may be tied to; `counted` is what they count against where
    no API key says more."""

    address: str
    counted: Counted

    def counted_by(self, keys: dict[str, ApiKey], name: str | None) -> Counted:
        """What a request that names this API key counts against. Only a key that may be used from
        here is one: a made-up name is no way around a limit."""
        counted = self.counted
        if counted.width == 1 or not name:
            return counted
        key = keys.get(name)
        if key is None or key.revoked_ms is not None:
            return counted
        if key.allowed_ips and not key.allows_address(self.address):
            return counted
        return Counted((key.account_id, name))


class Clients:
    """The client of each request. `trusted_proxies` may say whom they speak for;
    `limit_exempt` are not limited by their address."""

    def __init__(
        self, trusted_proxies: Iterable[Network] = (), limit_exempt: Iterable[Network] = ()
    ) -> None:
        self._proxies = tuple(trusted_proxies)
        self._exempt = tuple(limit_exempt)
        self.of_peer = lru_cache(PEERS_KEPT)(self._unforwarded)
        """By a peer's IP address: whoever is connected, for himself or for others."""

    def of(self, scope: Scope) -> Client:
        """Whose request it is, from now on also in the scope. Raises `forwarded.Contradiction`."""
        peer = scope["client"]
        client = self.of_peer(peer[0] if peer else "")
        if self._proxies:
            client = self._forwarded(client, scope)
        scope[_SCOPE_NAME] = client
        return client

    def _unforwarded(self, peer: str) -> Client:
        """A peer without an IP address sits on this machine: a Unix socket, or a test."""
        try:
            return self._client(plain_address(peer))
        except ValueError:
            return Client(peer, Counted(peer, SHARED_WIDTH))

    def _forwarded(self, client: Client, scope: Scope) -> Client:
        try:
            peer = plain_address(client.address)
        except ValueError:
            return client
        if not _is_in(peer, self._proxies):
            return client
        named = forwarded_client(peer, scope["headers"], lambda hop: _is_in(hop, self._proxies))
        return client if named == peer else self.of_peer(str(named))

    def _client(self, address: Address) -> Client:
        text = str(address)
        if _is_in(address, self._exempt):
            return Client(text, Counted(text, UNLIMITED_WIDTH))
        # A proxy that does not say whom it speaks for speaks for many.
        if address.is_loopback or _is_in(address, self._proxies):
            return Client(text, Counted(text, SHARED_WIDTH))
        return Client(text, Counted(_counted_name(address)))


def client_of(scope: Scope) -> Client:
    """Whose request it is, as `Clients` found."""
    found = scope.get(_SCOPE_NAME)
    return found if isinstance(found, Client) else _NO_PROXIES.of(scope)


def networks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Networks as settings write them: 10.0.0.0/8, or an address alone. Raises ValueError."""
    return tuple(ip_network(text.strip()) for text in texts)


def _counted_name(address: Address) -> str:
    if address.version == 4:
        return str(address)
    return str(ip_network((int(address), IPV6_PREFIX), strict=False))


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks)


_NO_PROXIES = Clients()
