"""Money on its way out of the exchange: asked for by the account, ended by time or by the admin."""

from decimal import Decimal
from enum import StrEnum

import msgspec


class WithdrawalStatus(StrEnum):
    """Where it stands. A rejected one has given everything back."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    REJECTED = "rejected"


class Withdrawal(msgspec.Struct, frozen=True, gc=False):
    """`amount` left the account, `fee` of it is the exchange's; both in `asset`. It completes by
    itself at `due_ms`, where that is not None."""

    id: int
    account_id: int
    asset: str
    amount: Decimal
    fee: Decimal
    network: str
    address: str
    tag: str
    client_id: str | None
    requested_ms: int
    due_ms: int | None
    status: WithdrawalStatus = WithdrawalStatus.PROCESSING
    ended_ms: int | None = None
