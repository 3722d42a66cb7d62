"""The double-entry ledger: money moves between buckets, it never appears.

Every account has two buckets per asset, available and locked. House accounts stand on the other
side of deposits, trades and fees, so that each asset sums to zero over all buckets at every step.
"""

from collections.abc import Iterable
from decimal import Decimal

from hypersim.account.entries import (
    NO_BALANCE,
    Balance,
    BalanceKey,
    Bucket,
    EntryKind,
    LedgerEntry,
    Leg,
    Posting,
)

_ZERO = Decimal(0)
_HOLD, _RELEASE = EntryKind.HOLD, EntryKind.RELEASE
_NO_CHANGE = (_ZERO, _ZERO)


class Ledger:
    """What every account has of every asset. Changed by `post` only."""

    def __init__(self) -> None:
        self.balances: dict[BalanceKey, Balance] = {}
        """Of every account and asset that money ever moved of."""

    def post(self, postings: Iterable[Posting], moved: dict[BalanceKey, Balance]) -> None:
        """Move the money, and enter into `moved` what there is now of what moved. A user's bucket
        below zero is a bug, never a refusal."""
        balances = self.balances
        for posting in postings:
            source_id, asset, is_locked = posting.source
            target_id, _, gets_locked = posting.target
            amount = posting.amount
            assert amount > _ZERO, posting
            key = (source_id, asset)
            before = balances.get(key, NO_BALANCE)
            free, held = before.available, before.locked
            if is_locked:
                left = held = held - amount
            else:
                left = free = free - amount
            assert source_id < 0 or left >= _ZERO, (posting, left)
            # Most postings lock or release what stays with its account.
            if target_id != source_id:
                balances[key] = moved[key] = Balance(free, held)
                key = (target_id, asset)
                before = balances.get(key, NO_BALANCE)
                free, held = before.available, before.locked
            if gets_locked:
                held += amount
            else:
                free += amount
            balances[key] = moved[key] = Balance(free, held)

    def balance(self, account_id: int, asset: str) -> Balance:
        """What the account has."""
        return self.balances.get((account_id, asset), NO_BALANCE)

    def available(self, account_id: int, asset: str) -> Decimal:
        """What the account may use."""
        return self.balances.get((account_id, asset), NO_BALANCE).available

    def locked(self, account_id: int, asset: str) -> Decimal:
        """What the account's open orders hold."""
        return self.balances.get((account_id, asset), NO_BALANCE).locked

    def restore(self, account_id: int, asset: str, balance: Balance) -> None:
        """Put back a balance from the record, before any posting."""
        self.balances[account_id, asset] = balance


def available(account_id: int, asset: str) -> Bucket:
    """The bucket of what the account may use."""
    return (account_id, asset, False)


def locked(account_id: int, asset: str) -> Bucket:
    """The bucket of what the account's open orders hold."""
    return (account_id, asset, True)


def legs_of(entry: LedgerEntry) -> list[Leg]:
    """The entry as one line per account and asset; the lines of an asset sum to zero."""
    if entry.kind is _HOLD or entry.kind is _RELEASE:
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
