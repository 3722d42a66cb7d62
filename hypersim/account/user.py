"""Users and the API keys with which their programs sign."""

from decimal import Decimal
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any

import msgspec


class Secret(msgspec.Struct, frozen=True):
    """Text that must not be shown: its repr hides it, so that no log or error page can leak it."""

    value: str

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What tracebacks with local variables print; msgspec's own would show the value."""
        return [("value", "***")]


class Permission(StrEnum):
    """What a key may do."""

    __hash__ = str.__hash__

    READ = "read"
    TRADE = "trade"
    WITHDRAW = "withdraw"


class KeyKind(StrEnum):
    """How requests are signed: with a shared secret, or with the private half of a key pair."""

    HMAC = "hmac"
    ED25519 = "ed25519"
    RSA = "rsa"


class FeeRates(msgspec.Struct, frozen=True):
    """What an account pays instead of an instrument's default rates."""

    maker: Decimal
    taker: Decimal

    def __post_init__(self) -> None:
        for rate in (self.maker, self.taker):
            if not (rate.is_finite() and 0 <= rate < 1):
                raise ValueError(f"fee rate {rate} must be from 0 up to 1")


class User(msgspec.Struct, frozen=True):
    """An account and its holder. `wants_discount`: fees are paid in the exchange's own asset while
    the account has some, for less."""

    id: int
    email: str
    created_ms: int
    password_hash: Secret | None = None
    fee_rates: FeeRates | None = None
    wants_discount: bool = True


class ApiKey(msgspec.Struct, frozen=True):
    """A credential of one account.

    `secret` is the HMAC secret, or the PEM of the public key for the asymmetric kinds.
    `allowed_ips` are addresses or networks; none means from anywhere.
    """

    key: str
    account_id: int
    secret: Secret
    created_ms: int
    label: str = ""
    kind: KeyKind = KeyKind.HMAC
    passphrase: Secret | None = None
    permissions: frozenset[Permission] = frozenset(Permission)
    allowed_ips: tuple[str, ...] = ()
    revoked_ms: int | None = None

    @property
    def is_restricted(self) -> bool:
        """Whether its owner gave it less than everything."""
        return bool(self.allowed_ips) or self.permissions != frozenset(Permission)

    def allows_address(self, address: str) -> bool:
        """Whether requests may come from this IP address."""
        if not self.allowed_ips:
            return True
        try:
            source = ip_address(address)
        except ValueError:
            return False
        # How a socket that serves both protocols spells an IPv4 peer: ::ffff:192.0.2.1
        source = getattr(source, "ipv4_mapped", None) or source
        return any(source in ip_network(allowed, strict=False) for allowed in self.allowed_ips)
