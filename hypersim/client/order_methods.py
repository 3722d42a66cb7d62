"""Unified methods that trade. Each is a `Flow`."""

from typing import Any

from ccxt.base.errors import ArgumentsRequired, InvalidOrder, NotSupported

from hypersim.client.account_methods import AccountMethods
from hypersim.client.steps import Flow, LoadMarkets, given, signed
from hypersim.client.wire import Data, Params

UNSUPPORTED = (
    *("triggerPrice", "stopPrice", "stopLossPrice", "takeProfitPrice", "stopLoss", "takeProfit"),
    *("trailingAmount", "trailingPercent", "trailingTriggerPrice", "reduceOnly", "marginMode"),
)
"""Parameters that change what an order means, and that the exchange does not have."""


class OrderMethods(AccountMethods):
    """What the owner may do."""

    def create_order(
        self,
        symbol: str,
        type: str,
        side: str,
        amount: Any,
        price: Any = None,
        params: Params = None,
    ) -> Flow[Data]:
        """Place an order.

        `params`: `cost` (in quote, for a market order instead of an amount), `timeInForce` (GTC,
        IOC, FOK, GTD, PO), `postOnly`, `clientOrderId` (makes a retry safe), `expiresAt` (ms).
        """
        return (yield from self._create(symbol, type, side, amount, price, dict(params or {})))

    def create_market_order_with_cost(
        self, symbol: str, side: str, cost: Any, params: Params = None
    ) -> Flow[Data]:
        """Spend, or bring in, that much of the quote currency."""
        params = {**(params or {}), "cost": cost}
        return (yield from self._create(symbol, "market", side, None, None, params))

    def create_market_buy_order_with_cost(
        self, symbol: str, cost: Any, params: Params = None
    ) -> Flow[Data]:
        """Buy for that much of the quote currency."""
        params = {**(params or {}), "cost": cost}
        return (yield from self._create(symbol, "market", "buy", None, None, params))

    def create_market_sell_order_with_cost(
        self, symbol: str, cost: Any, params: Params = None
    ) -> Flow[Data]:
        """Sell for that much of the quote currency."""
        params = {**(params or {}), "cost": cost}
        return (yield from self._create(symbol, "market", "sell", None, None, params))

    def edit_order(
        self,
        id: str | None,
        symbol: str,
        type: str | None = None,
        side: str | None = None,
        amount: Any = None,
        price: Any = None,
        params: Params = None,
    ) -> Flow[Data]:
        """Change an open order's total amount, its price, or both. It stays the same order, so
        `type` and `side` say nothing."""
        del type, side
        yield LoadMarkets()
        market = self.market(symbol)
        rest = dict(params or {})
        id = yield from self._id_of_open(id, symbol, rest)
        changes: Data = {"id": id}
        if amount is not None:
            changes["amount"] = self.amount_to_precision(symbol, amount)
        if price is not None:
            changes["price"] = self.price_to_precision(symbol, price)
        answer = yield signed("PUT", "order/{id}", {**changes, **rest})
        return self.parse_order(answer, market)

    def cancel_order(
        self, id: str | None, symbol: str | None = None, params: Params = None
    ) -> Flow[Data]:
        """Cancel an order, by its id or by `params["clientOrderId"]`."""
        yield LoadMarkets()
        rest = dict(params or {})
        id = yield from self._id_of_open(id, symbol, rest)
        answer = yield signed("DELETE", "order/{id}", {"id": id, **rest})
        return self.parse_order(answer)

    def cancel_all_orders(
        self, symbol: str | None = None, params: Params = None
    ) -> Flow[list[Data]]:
        """Cancel all open orders, or those of one market."""
        yield LoadMarkets()
        wanted: Data = {} if symbol is None else {"symbol": self.market_id(symbol)}
        answer = yield signed("DELETE", "orders/open", {**wanted, **(params or {})})
        orders: list[Data] = self.parse_orders(answer)
        return orders

    def _create(
        self, symbol: str, type: str, side: str, amount: Any, price: Any, params: Data
    ) -> Flow[Data]:
        yield LoadMarkets()
        market = self.market(symbol)
        for name in UNSUPPORTED:
            if params.get(name):
                raise NotSupported(f"{self.id} createOrder() has no {name}")
        wanted: Data = {"symbol": market["id"], "side": side, "type": type}
        cost = params.pop("cost", None)
        if cost is not None:
            wanted["cost"] = self.number_to_string(cost)
        else:
            wanted["amount"] = self.amount_to_precision(symbol, amount)
        if type == "limit":
            if price is None:
                raise ArgumentsRequired(f"{self.id} createOrder() needs a price for a limit order")
            wanted["price"] = self.price_to_precision(symbol, price)
        elif type != "market":
            raise InvalidOrder(f"{self.id} createOrder() knows market and limit, not {type}")
        resting, others = self._time_in_force(type, params)
        answer = yield signed("POST", "order", {**wanted, **resting, **others})
        return self.parse_order(answer, market)

    def _time_in_force(self, type: str, params: Data) -> tuple[Data, Data]:
        """(how long it may rest, the other parameters)"""
        is_post_only, others = self.handle_post_only(type == "market", False, params)
        rest = dict(others)
        word = rest.pop("timeInForce", None)
        rest.pop("postOnly", None)
        if is_post_only:
            return {"postOnly": True}, rest
        if word is None and rest.get("expiresAt") is not None:
            word = "GTD"
        return given(timeInForce=word and word.upper()), rest

    def _id_of_open(self, id: str | None, symbol: str | None, params: Data) -> Flow[str | None]:
        client_order_id = params.pop("clientOrderId", None)
        if client_order_id is None:
            return id
        order = yield from self._by_client_id(client_order_id, symbol, only_open=True)
        return str(order["id"])
