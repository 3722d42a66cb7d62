"""Where all that is drawn from chance and that a client can see comes from: the system, or a seed.

One source for the whole process, as the system's is. From a seed, the same is drawn in the same
order in each run: HMAC-SHA256(seed, purpose and number). The numbers are kept for it, and go on
after a restart.
"""

import hmac
import itertools
import secrets
import string
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from enum import IntEnum
from typing import Protocol

_ALPHABET = string.ascii_letters + string.digits
_EVEN = 256 - 256 % len(_ALPHABET)
"""Bytes below this fall on each letter equally often."""


class Purpose(IntEnum):
    """What is drawn. Each has numbers of its own, kept in this order: new ones come last."""

    KEY = 0
    PASSPHRASE = 1
    PASSWORD_SALT = 2
    ORDER_NAME = 3
    LISTEN_KEY = 4
    ANSWER = 5
    LOGIN_TOKENS = 6
    FAULT = 7


class Numbers(Protocol):
    """How often something was drawn, by purpose."""

    def __getitem__(self, purpose: int, /) -> int: ...

    def __setitem__(self, purpose: int, number: int, /) -> None: ...


class Chance(Protocol):
    """A source of chance."""

    batch: int
    """How many of a kind may be drawn before they are needed."""

    def draw(self, purpose: Purpose, size: int) -> bytes:
        """So many bytes, others each time."""
        ...

    def once(self, purpose: Purpose, size: int) -> bytes:
        """So many bytes for the whole run: from a seed the same after a restart."""
        ...

    def numbers(self, purpose: Purpose) -> Iterator[int]:
        """1, 2, 3 …: from a seed they go on after a restart."""
        ...


class SystemChance:
    """Nobody can tell what comes. See `Chance`."""

    batch = 256

    def draw(self, purpose: Purpose, size: int) -> bytes:
        """See `Chance`."""
        del purpose
        return secrets.token_bytes(size)

    once = draw

    def numbers(self, purpose: Purpose) -> Iterator[int]:
        """See `Chance`."""
        del purpose
        return itertools.count(1)


class SeededChance:
    """Whoever knows the seed knows what comes. See `Chance`."""

    batch = 1

    def __init__(self, seed: int, drawn: Numbers) -> None:
        self._seed = str(seed).encode()
        self._drawn = drawn

    def draw(self, purpose: Purpose, size: int) -> bytes:
        """See `Chance`."""
        self._drawn[purpose] += 1
        return self._bytes(f"{purpose.name} {self._drawn[purpose]}", size)

    def once(self, purpose: Purpose, size: int) -> bytes:
        """See `Chance`."""
        return self._bytes(purpose.name, size)

    def numbers(self, purpose: Purpose) -> Iterator[int]:
        """See `Chance`."""
        while True:
            self._drawn[purpose] += 1
            yield self._drawn[purpose]

    def _bytes(self, name: str, size: int) -> bytes:
        parts = range(-(-size // 32))
        digests = (hmac.digest(self._seed, f"{name} {part}".encode(), "sha256") for part in parts)
        return b"".join(digests)[:size]


_SYSTEM = SystemChance()
_source: list[Chance] = [_SYSTEM]


def use(chance: Chance | None) -> None:
    """Draw from this one from now on; None for the system's."""
    _source[0] = chance or _SYSTEM


def source() -> Chance:
    """Where everything is drawn."""
    return _source[0]


def letters(purpose: Purpose, length: int) -> str:
    """So many letters and digits, each as likely as the others."""
    text = ""
    while len(text) < length:
        drawn = source().draw(purpose, 2 * length)
        text += "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in drawn if byte < _EVEN)
    return text[:length]


def url_text(purpose: Purpose, size: int) -> str:
    """So many bytes as letters, digits, `-` and `_`."""
    return urlsafe_b64encode(source().draw(purpose, size)).rstrip(b"=").decode()
