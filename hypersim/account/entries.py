"""What the ledger is made of: accounts, buckets, entries and their postings."""

from decimal import Decimal
from enum import StrEnum

import msgspec

_ZERO = Decimal(0)


EXTERNAL_ACCOUNT = -1
"""Where deposits come from and withdrawals go; its balance is minus what the users own."""


MARKET_ACCOUNT = -2
"""The counterparty of every fill: the reference market, and the clearing house between users."""


FEE_ACCOUNT = -3
"""What the exchange has earned."""


TRANSIT_ACCOUNT = -4
"""What is on its way out: withdrawals that were asked for and have not ended."""


HOUSE_ACCOUNTS = (EXTERNAL_ACCOUNT, MARKET_ACCOUNT, FEE_ACCOUNT, TRANSIT_ACCOUNT)


_FUNDING_ACCOUNTS = 1 << 40


def funding_account(account_id: int) -> int:
    """The ledger's account of a user's funding wallet, with which nothing can be traded. User ids
    are far below its numbers."""
    return _FUNDING_ACCOUNTS + account_id


def owner_of(account_id: int) -> int:
    """The user whose account or funding wallet it is; a house account itself."""
    return account_id - _FUNDING_ACCOUNTS if account_id > _FUNDING_ACCOUNTS else account_id


Bucket = tuple[int, str, bool]
"""One place where money can be: (account id, asset, whether it is locked). What is not locked the
account may use."""


BalanceKey = tuple[int, str]
"""(account id, asset)"""


class Posting(msgspec.Struct, frozen=True, gc=False):
    """`amount` (above zero) of the buckets' common asset moves from `source` to `target`."""

    source: Bucket
    target: Bucket
    amount: Decimal


class EntryKind(StrEnum):
    """Why money moved. An account sends a withdrawal, which is sent in the end or returned."""

    DEPOSIT = "deposit"
    WITHDRAW = "withdraw"
    HOLD = "hold"
    RELEASE = "release"
    TRADE = "trade"
    ADJUST = "adjust"
    TO_FUNDING = "to_funding"
    TO_SPOT = "to_spot"
    SEND = "send"
    SENT = "sent"
    RETURN = "return"


class LedgerEntry(msgspec.Struct, frozen=True, gc=False):
    """Postings that belong together. `seq` counts up without a gap; `reference` names the order,
    the trade or the request that caused them."""

    seq: int
    kind: EntryKind
    reference: str
    time_ms: int
    postings: tuple[Posting, ...]


class Leg(msgspec.Struct, frozen=True, gc=False):
    """What one entry changes in one account's holdings of one asset."""

    account_id: int
    asset: str
    available: Decimal
    locked: Decimal


class Balance(msgspec.Struct, frozen=True, gc=False):
    """What an account has of an asset."""

    available: Decimal
    locked: Decimal

    @property
    def total(self) -> Decimal:
        """Available and locked together."""
        return self.available + self.locked


NO_BALANCE = Balance(_ZERO, _ZERO)
"""Of an asset that the account never had. What has come to nothing is another one."""
