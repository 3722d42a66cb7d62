"""Whether a password is tried, and checking it: no guessing, no starving, nothing to learn.

Passwords are hashed one after the other in a thread of their own, and few may wait for it. Wrong
ones are counted by account and by address, before it is known whether there is such an account,
and an account that is not there is checked for as long as one that is.
"""

import asyncio
import math
from collections import Counter, OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import StrEnum
from ipaddress import ip_address, ip_network
from time import monotonic
from typing import Final, TypeVar

import msgspec

from hypersim.account.user import Secret
from hypersim.service.credentials import (
    PASSWORD_LENGTH_MAX,
    hash_password,
    is_password,
    nobodys_hash,
)

WRONG_PER_ACCOUNT: Final = 5
WRONG_PER_ADDRESS: Final = 20
WRONG_PER_LOOPBACK: Final = 400
"""Wrong passwords that are forgiven. All programs of one machine share its loopback address."""

LOCK_FIRST_S: Final = 30.0
LOCK_MAX_S: Final = 900.0
"""The first lock; each wrong password after it doubles the next."""

FORGET_AFTER_S: Final = 3_600.0
"""Without a further wrong password, what was counted is forgotten."""

COUNTED_MAX: Final = 10_000
"""Accounts, and addresses, that are counted at a time; the ones longest quiet are forgotten."""

HASHES_WAITING_MAX: Final = 32
"""Passwords that wait for the one thread that hashes, at about 50 ms each."""

EMAIL_LENGTH_MAX: Final = 320

_IPV6_PREFIX: Final = 64

_T = TypeVar("_T")


class LoginOutcome(StrEnum):
    """What became of a login, as it is counted."""

    RIGHT = "right"
    WRONG = "wrong"
    LOCKED = "locked"
    BUSY = "busy"


class TooManyLogins(Exception):
    """No password is looked at just now. `wait_s` says when to come back, `is_lock` whether that
    is for wrong passwords, or because too many wait."""

    def __init__(self, message: str, wait_s: float, *, is_lock: bool) -> None:
        super().__init__(message)
        self.wait_s = max(1, math.ceil(wait_s))
        self.is_lock = is_lock


class _Suspect(msgspec.Struct):
    """Wrong passwords of one account or address; `pending` are being looked at."""

    wrong: int = 0
    pending: int = 0
    seen_s: float = 0.0
    locked_until_s: float = 0.0


class _Suspects:
    """A bounded table of them."""

    def __init__(self) -> None:
        self._by_name: OrderedDict[str, _Suspect] = OrderedDict()

    def __len__(self) -> int:
        return len(self._by_name)

    def wait_s(self, name: str, forgiven: int, now_s: float) -> float:
        """How long this one is locked; 0 when it may try."""
        suspect = self._by_name.get(name)
        if suspect is None:
            return 0.0
        if now_s - suspect.seen_s > FORGET_AFTER_S and not suspect.pending:
            del self._by_name[name]
            return 0.0
        if now_s < suspect.locked_until_s:
            return suspect.locked_until_s - now_s
        # Those under way may all turn out wrong.
        is_tried = suspect.pending and suspect.wrong + suspect.pending >= forgiven
        return 1.0 if is_tried else 0.0

    def begin(self, name: str, now_s: float) -> None:
        """One more is looked at."""
        suspect = self._by_name.setdefault(name, _Suspect())
        self._by_name.move_to_end(name)
        suspect.pending += 1
        suspect.seen_s = now_s
        if len(self._by_name) > COUNTED_MAX:
            self._by_name.popitem(last=False)

    def end(self, name: str, forgiven: int, now_s: float, *, is_right: bool) -> None:
        """It was looked at."""
        suspect = self._by_name.get(name)
        if suspect is None:
            return
        suspect.pending -= 1
        if is_right:
            return
        suspect.wrong += 1
        if (beyond := suspect.wrong - forgiven) >= 0:
            suspect.locked_until_s = now_s + min(LOCK_FIRST_S * 2.0 ** min(beyond, 60), LOCK_MAX_S)

    def forgive(self, name: str) -> None:
        """Its owner knows the password."""
        self._by_name.pop(name, None)


class Passwords:
    """Hashes and checks passwords. `now_s` is the wall's time, as locks are for people."""

    def __init__(self, now_s: Callable[[], float] = monotonic) -> None:
        self.outcomes: Counter[LoginOutcome] = Counter()
        self._now_s = now_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="passwords")
        self._waiting = 0
        self._accounts = _Suspects()
        self._addresses = _Suspects()
        self._nobodys = nobodys_hash()

    async def hash(self, password: str) -> Secret:
        """What may be stored. Raises TooManyLogins when too many wait."""
        return await self._in_turn(hash_password, password)

    async def is_right(
        self, email: str, address: str, password: str, stored: Secret | None
    ) -> bool:
        """Whether `stored` is of this password; None is of none. Raises TooManyLogins."""
        account = email.lower()[:EMAIL_LENGTH_MAX]
        source, forgiven = _source_of(address)
        now_s = self._now_s()
        wait_s = max(
            self._accounts.wait_s(account, WRONG_PER_ACCOUNT, now_s),
            self._addresses.wait_s(source, forgiven, now_s),
        )
        if wait_s:
            self.outcomes[LoginOutcome.LOCKED] += 1
            raise TooManyLogins(
                "Too many wrong passwords for this account or from this address",
                wait_s,
                is_lock=True,
            )
        self._accounts.begin(account, now_s)
        self._addresses.begin(source, now_s)
        is_right = True
        try:
            is_right = await self._in_turn(self._check, password[:PASSWORD_LENGTH_MAX], stored)
        finally:
            now_s = self._now_s()
            self._accounts.end(account, WRONG_PER_ACCOUNT, now_s, is_right=is_right)
            self._addresses.end(source, forgiven, now_s, is_right=is_right)
        if is_right:
            self._accounts.forgive(account)
        self.outcomes[LoginOutcome.RIGHT if is_right else LoginOutcome.WRONG] += 1
        return is_right

    async def _in_turn(self, work: Callable[..., _T], *arguments: object) -> _T:
        if self._waiting >= HASHES_WAITING_MAX:
            self.outcomes[LoginOutcome.BUSY] += 1
            raise TooManyLogins("Too many people log in or register at once", 1, is_lock=False)
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, work, *arguments)
        finally:
            self._waiting -= 1

    def _check(self, password: str, stored: Secret | None) -> bool:
        """Takes as long for an account that is not there, or has no password."""
        is_same = is_password(password, self._nobodys if stored is None else stored)
        return is_same and stored is not None


def _source_of(address: str) -> tuple[str, int]:
    """Who counts as one address, and how many wrong passwords are forgiven there. A network of
    IPv6 is one customer's; a peer without an address shares the loopback's."""
    try:
        source = ip_address(address)
    except ValueError:
        return "", WRONG_PER_LOOPBACK
    source = getattr(source, "ipv4_mapped", None) or source
    if source.is_loopback:
        return "loopback", WRONG_PER_LOOPBACK
    if source.version == 6:
        return str(ip_network((int(source), _IPV6_PREFIX), strict=False)), WRONG_PER_ADDRESS
    return str(source), WRONG_PER_ADDRESS
