"""The double-entry ledger: money moves between buckets, it never appears.

Every account has two buckets per asset, available and locked. House accounts stand on the other
side of deposits, trades and fees, so that each asset sums to zero over all buckets at every step.
"""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from hypersim.account.entries import (
    Balance,
    BalanceKey,
    Bucket,
    EntryKind,
    LedgerEntry,
    Leg,
    Posting,
)

BUCKETS_CACHED_MAX = 65_536
"""Names of buckets that are kept rather than made again."""

_ZERO = Decimal(0)
_NO_CHANGE = (_ZERO, _ZERO)


class Ledger:
    """The balances of all buckets. Changed by `post` only."""

    def __init__(self) -> None:
        self.amounts: dict[tuple[int, str, bool], Decimal] = {}
        """Of every bucket that was ever touched. A bucket equals the tuple of what it says, which
        is made faster than a bucket is found."""

    def post(self, posting: Posting) -> None:
        """Move the money. A user's bucket below zero is a bug, never a refusal."""
        source, target, amount = posting.source, posting.target, posting.amount
        amounts = self.amounts
        left = amounts.get(source, _ZERO) - amount
        assert amount > 0, posting
        assert left >= 0 or source[0] < 0, (posting, left)
        amounts[source] = left
        amounts[target] = amounts.get(target, _ZERO) + amount

    def available(self, account_id: int, asset: str) -> Decimal:
        """What the account may use."""
        return self.amounts.get((account_id, asset, False), _ZERO)

    def locked(self, account_id: int, asset: str) -> Decimal:
        """What the account's open orders hold."""
        return self.amounts.get((account_id, asset, True), _ZERO)

    def balances(self, keys: Iterable[BalanceKey]) -> dict[BalanceKey, Balance]:
        """What these accounts have of these assets."""
        amount_in = self.amounts.get
        return {
            (account_id, asset): Balance(
                amount_in((account_id, asset, False), _ZERO),
                amount_in((account_id, asset, True), _ZERO),
            )
            for account_id, asset in keys
        }

    def restore(self, account_id: int, asset: str, balance: Balance) -> None:
        """Put back a balance from the record, before any posting."""
        self.amounts[Bucket(account_id, asset, False)] = balance.available
        if balance.locked or account_id > 0:
            self.amounts[Bucket(account_id, asset, True)] = balance.locked


@lru_cache(maxsize=BUCKETS_CACHED_MAX)
def available(account_id: int, asset: str) -> Bucket:
    """The bucket of what the account may use."""
    return Bucket(account_id, asset, False)


@lru_cache(maxsize=BUCKETS_CACHED_MAX)
def locked(account_id: int, asset: str) -> Bucket:
    """The bucket of what the account's open orders hold."""
    return Bucket(account_id, asset, True)


def legs_of(entry: LedgerEntry) -> list[Leg]:
    """The entry as one line per account and asset; the lines of an asset sum to zero."""
    if entry.kind is EntryKind.HOLD or entry.kind is EntryKind.RELEASE:
        # Most entries: an account locks or releases what it has.
        (posting,) = entry.postings
        (account_id, asset, is_locked), amount = posting.target, posting.amount
        free = -amount if is_locked else amount
        return [Leg(account_id, asset, free, -free)]
    changes: dict[tuple[int, str], tuple[Decimal, Decimal]] = {}
    for posting in entry.postings:
        amount = posting.amount
        for (account_id, asset, is_locked), change in (
            (posting.source, -amount),
            (posting.target, amount),
        ):
            key = (account_id, asset)
            free, held = changes.get(key, _NO_CHANGE)
            changes[key] = (free, held + change) if is_locked else (free + change, held)
    return [Leg(account, asset, *change) for (account, asset), change in changes.items()]
