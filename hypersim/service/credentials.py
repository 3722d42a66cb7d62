"""Passwords, login tokens and fresh API keys."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from ipaddress import ip_network

from hypersim.account.user import Secret, User
from hypersim.service.chance import Purpose, letters, source

TOKEN_LIFETIME_MS = 24 * 60 * 60 * 1000
PASSWORD_LENGTH_MIN = 8
PASSWORD_LENGTH_MAX = 256

_SCRYPT_COST, _SCRYPT_BLOCK, _SALT_BYTES, _DIGEST_BYTES = 2**14, 8, 16, 64


NATIVE_KEY_LENGTH = 32
"""Section 4.4.1 of the source design."""

VENUE_KEY_LENGTH = 64
"""What Binance's own keys have, and clients look for."""

SECRET_LENGTH = 64
_TOKEN = re.compile(
    r"(?P<claim>(?P<account>\d{1,19})\.(?P<expires>\d{1,19}))\.(?P<signature>[0-9a-f]{64})",
    re.ASCII,
)


def new_key(length: int) -> tuple[str, Secret]:
    """A public name of so many letters and digits, and a secret."""
    return letters(Purpose.KEY, length), Secret(letters(Purpose.KEY, SECRET_LENGTH))


def is_network(text: str) -> bool:
    """Whether it is an IP address, or a network such as 10.0.0.0/8."""
    try:
        ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def hash_password(password: str) -> Secret:
    """A salted scrypt hash; takes about 50 ms, so call it in a thread."""
    salt = source().draw(Purpose.PASSWORD_SALT, _SALT_BYTES)
    return Secret(f"scrypt${salt.hex()}${_scrypt(password, salt).hex()}")


def is_password(password: str, stored: Secret) -> bool:
    """Whether the hash is of this password."""
    _, salt, digest = stored.value.split("$")
    return hmac.compare_digest(_scrypt(password, bytes.fromhex(salt)).hex(), digest)


def nobodys_hash() -> Secret:
    """A hash that no password has; made at once."""
    return Secret(f"scrypt${os.urandom(_SALT_BYTES).hex()}${os.urandom(_DIGEST_BYTES).hex()}")


class LoginTokens:
    """Signed tokens that name an account and an end; nothing is stored for them.

    A token is signed for one account, not for its number, which another has after a reset or in an
    older copy of the record: the hash of its password has a salt that was drawn for it alone.
    """

    def __init__(self, key: bytes) -> None:
        self._key = hashlib.sha256(b"login token" + key).digest()

    def issue(self, user: User, now_ms: int) -> tuple[str, int]:
        """(token, when it ends in ms) for a user who has a password."""
        expires_ms = now_ms + TOKEN_LIFETIME_MS
        claim = f"{user.id}.{expires_ms}"
        return f"{claim}.{self._sign(claim, user)}", expires_ms

    def account_id(self, token: str, users: Mapping[int, User], now_ms: int) -> int | None:
        """Whose token it is; None when it is forged or over, or that user is gone."""
        matched = _TOKEN.fullmatch(token)
        user = None if matched is None else users.get(int(matched["account"]))
        if matched is None or user is None:
            return None
        is_genuine = hmac.compare_digest(self._sign(matched["claim"], user), matched["signature"])
        return user.id if is_genuine and now_ms < int(matched["expires"]) else None

    def _sign(self, claim: str, user: User) -> str:
        password_hash = "" if user.password_hash is None else user.password_hash.value
        signed = f"{claim}\n{user.email}\n{user.created_ms}\n{password_hash}"
        return hmac.digest(self._key, signed.encode(), "sha256").hex()


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(
        password.encode(), salt=salt, n=_SCRYPT_COST, r=_SCRYPT_BLOCK, p=1, maxmem=64 * 2**20
    )
