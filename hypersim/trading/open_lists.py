"""The order lists that are not over."""

from collections.abc import Iterator, Mapping

from hypersim.trading.order_list import OrderList


class OpenLists(Mapping[int, OrderList]):
    """Open order lists by id, in the order in which they were placed."""

    def __init__(self) -> None:
        self._lists: dict[int, OrderList] = {}
        self._names: dict[tuple[int, str], int] = {}

    def put(self, order_list: OrderList) -> None:
        """Enter a list or its next version; one that is over is forgotten."""
        name = order_list.client_list_id
        if order_list.is_open:
            self._lists[order_list.id] = order_list
            if name is not None:
                self._names[order_list.account_id, name] = order_list.id
            return
        del self._lists[order_list.id]
        if name is not None:
            self._names.pop((order_list.account_id, name), None)

    def named(self, account_id: int, client_list_id: str) -> int | None:
        """Which list the account's client list id stands for."""
        return self._names.get((account_id, client_list_id))

    def __getitem__(self, list_id: int) -> OrderList:
        return self._lists[list_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._lists)

    def __len__(self) -> int:
        return len(self._lists)
