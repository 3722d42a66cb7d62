"""Binance's words for order lists."""

from typing import NamedTuple

from hypersim.trading.order_list import ListKind, ListStatus, ListStatusType, OrderList

STATUS_TYPE_WORDS = {
    ListStatusType.STARTED: "EXEC_STARTED",
    ListStatusType.UPDATED: "UPDATED",
    ListStatusType.DONE: "ALL_DONE",
}
STATUS_WORDS = {ListStatus.EXECUTING: "EXECUTING", ListStatus.DONE: "ALL_DONE"}


class Words(NamedTuple):
    """How an order list is called."""

    contingency: str
    status_type: str
    status: str
    name: str


def words_of(order_list: OrderList) -> Words:
    """Contingency, status type, status and client list id."""
    return Words(
        "OCO" if order_list.kind is ListKind.OCO else "OTO",
        STATUS_TYPE_WORDS[order_list.status_type],
        STATUS_WORDS[order_list.status],
        order_list.client_list_id or str(order_list.id),
    )
