"""Order lists: orders that depend on each other, as one frozen value."""

from decimal import Decimal
from enum import StrEnum

import msgspec

from hypersim.market.number import ZERO
from hypersim.trading.rejections import Rejection


class ListKind(StrEnum):
    """How the orders of a list depend on each other.

    OCO, one cancels the other: a pair, of which one goes as soon as the other starts. OTO, one
    triggers the other: the second is placed once the first, the working order, is filled whole.
    OTOCO: the first one places such a pair. OPO and OPOCO, one pays the other: the same, but what
    the first one bought is kept for the others and is their quantity.
    """

    OCO = "oco"
    OTO = "oto"
    OTOCO = "otoco"
    OPO = "opo"
    OPOCO = "opoco"

    @property
    def is_pair_only(self) -> bool:
        """No order waits for another one to fill."""
        return self is ListKind.OCO

    @property
    def pays(self) -> bool:
        """What the working order buys is what the others sell."""
        return self in (ListKind.OPO, ListKind.OPOCO)

    @property
    def size(self) -> int:
        """How many orders it has."""
        return 3 if self in (ListKind.OTOCO, ListKind.OPOCO) else 2


class ListStatusType(StrEnum):
    """What the latest news of a list was: an order of it was placed or moved on, one changed its
    client order id, or it is over."""

    STARTED = "started"
    UPDATED = "updated"
    DONE = "done"


class ListStatus(StrEnum):
    """Whether orders of the list still depend on each other."""

    EXECUTING = "executing"
    DONE = "done"


class OrderList(msgspec.Struct, frozen=True, gc=False):
    """Orders that belong together.

    `order_ids` are as they were asked for; where one triggers the others, it is the first. `hold`
    is what the working order of a list that pays has brought so far, in base: locked for the
    others. `activated_ms` is when the waiting orders were placed; `refusal` says why they could not
    be when their turn came.
    """

    id: int
    account_id: int
    symbol: str
    kind: ListKind
    order_ids: tuple[int, ...]
    created_ms: int
    updated_ms: int
    client_list_id: str | None = None
    status_type: ListStatusType = ListStatusType.STARTED
    status: ListStatus = ListStatus.EXECUTING
    activated_ms: int | None = None
    hold: Decimal = ZERO
    refusal: Rejection | None = None

    @property
    def is_open(self) -> bool:
        """More can come of it."""
        return self.status is ListStatus.EXECUTING

    @property
    def working_id(self) -> int | None:
        """The order on which the others wait."""
        return None if self.kind.is_pair_only else self.order_ids[0]

    @property
    def waiting_ids(self) -> tuple[int, ...]:
        """The orders that are placed once the working one is filled."""
        return () if self.kind.is_pair_only else self.order_ids[1:]

    @property
    def pair_ids(self) -> tuple[int, ...]:
        """The two of which one cancels the other."""
        if self.kind.is_pair_only:
            return self.order_ids
        return self.order_ids[1:] if self.kind.size == 3 else ()
