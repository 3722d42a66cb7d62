"""Unified methods for an account's money and its past. Each is a `Flow`."""

from collections.abc import Callable
from typing import Any

from hypersim.client.market_methods import MarketMethods
from hypersim.client.steps import Flow, LoadMarkets, given, signed
from hypersim.client.wire import Data, Params

PAGE_ROWS = 1_000
"""Orders per request while looking for those with a certain status."""


class AccountMethods(MarketMethods):
    """What the owner may read."""

    def fetch_balance(self, params: Params = None) -> Flow[Data]:
        """What the account has."""
        yield LoadMarkets()
        answer = yield signed("GET", "balance", dict(params or {}))
        return self.parse_balance(answer)

    def fetch_ledger(
        self,
        code: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """Every change of a total, oldest first. What an order locks changes none."""
        yield LoadMarkets()
        currency = None if code is None else self.currency(code)
        wanted = given(currency=currency and currency["id"], since=since)
        # Holds and releases are left out, so the server cannot count for us.
        answer = yield signed("GET", "ledger", {**wanted, **(params or {})})
        changes = [row for row in answer if self.parse_to_numeric(row["amount"]) != 0]
        entries: list[Data] = self.parse_ledger(changes, currency, since, limit)
        return entries

    def fetch_trading_fees(self, params: Params = None) -> Flow[Data]:
        """The account's rates by symbol."""
        yield LoadMarkets()
        answer = yield signed("GET", "fees", dict(params or {}))
        return {symbol: self.parse_trading_fee(fee) for symbol, fee in answer.items()}

    def fetch_trading_fee(self, symbol: str, params: Params = None) -> Flow[Data]:
        """The account's rates for one market."""
        yield LoadMarkets()
        market = self.market(symbol)
        answer = yield signed("GET", "fees", dict(params or {}))
        return self.parse_trading_fee(answer[market["symbol"]], market)

    def fetch_order(
        self, id: str | None, symbol: str | None = None, params: Params = None
    ) -> Flow[Data]:
        """One order, by its id or by `params["clientOrderId"]`."""
        yield LoadMarkets()
        client_order_id, rest = _split(params, "clientOrderId")
        if client_order_id is not None:
            return (yield from self._by_client_id(client_order_id, symbol, only_open=False))
        answer = yield signed("GET", "order/{id}", {"id": id, **rest})
        return self.parse_order(answer)

    def fetch_orders(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """All orders, oldest first."""
        return (yield from self._page("orders", self.parse_orders, symbol, since, limit, params))

    def fetch_open_orders(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """Open orders, oldest first."""
        return (
            yield from self._page("orders/open", self.parse_orders, symbol, since, limit, params)
        )

    def fetch_closed_orders(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """Filled orders, oldest first."""
        return (yield from self._ended("closed", symbol, since, limit, params))

    def fetch_canceled_orders(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """Canceled orders, oldest first."""
        return (yield from self._ended("canceled", symbol, since, limit, params))

    def fetch_canceled_and_closed_orders(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """All orders that ended, however, oldest first."""
        return (
            yield from self._page("orders/closed", self.parse_orders, symbol, since, limit, params)
        )

    def fetch_my_trades(
        self,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """The account's trades, oldest first."""
        return (yield from self._page("myTrades", self.parse_trades, symbol, since, limit, params))

    def fetch_order_trades(
        self,
        id: str,
        symbol: str | None = None,
        since: int | None = None,
        limit: int | None = None,
        params: Params = None,
    ) -> Flow[list[Data]]:
        """One order's trades, oldest first."""
        params = {"orderId": id, **(params or {})}
        return (yield from self._page("myTrades", self.parse_trades, symbol, since, limit, params))

    def _page(
        self,
        path: str,
        parse: Callable[..., Any],
        symbol: str | None,
        since: int | None,
        limit: int | None,
        params: Params,
    ) -> Flow[list[Data]]:
        yield LoadMarkets()
        market = None if symbol is None else self.market(symbol)
        wanted = given(symbol=market and market["id"], since=since, limit=limit)
        answer = yield signed("GET", path, {**wanted, **(params or {})})
        parsed: list[Data] = parse(answer, market, since, limit)
        return parsed

    def _ended(
        self,
        status: str,
        symbol: str | None,
        since: int | None,
        limit: int | None,
        params: Params,
    ) -> Flow[list[Data]]:
        """Orders that ended with this status: the server's pages, until there are `limit`."""
        page_params = dict(params or {})
        found: dict[str, Data] = {}
        seen: set[str] = set()
        while True:
            page = yield from self._page(
                "orders/closed",
                self.parse_orders,
                symbol,
                page_params.pop("since", since),
                None if limit is None else PAGE_ROWS,
                page_params,
            )
            fresh = [order for order in page if order["id"] not in seen]
            seen.update(order["id"] for order in fresh)
            found.update((order["id"], order) for order in fresh if order["status"] == status)
            is_enough = limit is None or len(found) >= limit
            if is_enough or not fresh or len(page) < PAGE_ROWS:
                break
            # Forwards from `since`, else backwards from now, as the server does.
            if since is None:
                page_params["until"] = page[0]["timestamp"]
            else:
                page_params["since"] = page[-1]["timestamp"]
        orders: list[Data] = self.sort_by(list(found.values()), "timestamp")
        kept: list[Data] = self.filter_by_since_limit(orders, since, limit)
        return kept

    def _by_client_id(
        self, client_order_id: str, symbol: str | None, *, only_open: bool
    ) -> Flow[Data]:
        """The order under the client's own id; open ones are looked through first."""
        for path in ("orders/open",) if only_open else ("orders/open", "orders"):
            orders = yield from self._page(path, self.parse_orders, symbol, None, None, None)
            for order in orders:
                if order["clientOrderId"] == client_order_id:
                    return order
        code = {"code": "ORDER_NOT_FOUND"}
        raise self.error_of(code, f"has no order with clientOrderId {client_order_id}")


def _split(params: Params, name: str) -> tuple[Any, Data]:
    rest = dict(params or {})
    return rest.pop(name, None), rest
