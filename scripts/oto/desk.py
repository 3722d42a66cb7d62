"""A user's requests: carries out what the state machine asks for, and reads what REST shows."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, assert_never

from scripts.oto.history import ListState
from scripts.oto.messages import (
    Action,
    Answer,
    CancelExit,
    CancelPair,
    Done,
    PlaceExit,
    PlacePair,
    Reconcile,
    Refused,
    Standing,
    Unclear,
)
from scripts.oto.orders import Leg, Names, OrderSeen, Pair
from scripts.oto.rest import Account, ApiRefusal, OutcomeUnclear
from scripts.oto.sockets import quote_of
from scripts.oto.terms import Rules, plain

PAGE = 1_000
ORDER = "/api/v3/order"
ACCOUNT = "/api/v3/account"
LISTS = "/api/v3/orderList"

NO_SUCH_ORDER = -2013
UNKNOWN_ORDER = -2011


class Desk:
    """One user's."""

    def __init__(self, account: Account, rules: Rules) -> None:
        self._account = account
        self._rules = rules
        self._symbol = rules.symbol

    async def perform(self, action: Action) -> Answer:
        """Do it; whatever happens is an answer."""
        try:
            return await self._perform(action)
        except ApiRefusal as refusal:
            return Refused(refusal.code, refusal.message)
        except OutcomeUnclear as unclear:
            return Unclear(str(unclear))

    async def _perform(self, action: Action) -> Answer:
        match action:
            case Reconcile(names):
                return await self._standing(names)
            case PlacePair(pair):
                return await self._place(pair)
            case CancelPair(list_name):
                body = await self._account.call(
                    "DELETE", LISTS, symbol=self._symbol, listClientOrderId=list_name
                )
                return Done([OrderSeen.of_body(one) for one in body["orderReports"]])
            case PlaceExit(leg):
                return await self._place_exit(leg)
            case CancelExit(name):
                body = await self._account.call(
                    "DELETE", ORDER, symbol=self._symbol, origClientOrderId=name
                )
                return Done([OrderSeen.of_body(body)])
            case _:
                assert_never(action)

    async def _place(self, pair: Pair) -> Answer:
        terms = pair.terms
        body = await self._account.call(
            "POST",
            f"{LISTS}/oto",
            symbol=self._symbol,
            listClientOrderId=pair.list_name,
            newOrderRespType="RESULT",
            workingType="LIMIT",
            workingSide="BUY",
            workingClientOrderId=pair.working.name,
            workingPrice=plain(terms.buy_price),
            workingQuantity=plain(terms.buy_quantity),
            workingTimeInForce="GTC",
            pendingType="LIMIT",
            pendingSide="SELL",
            pendingClientOrderId=pair.pending.name,
            pendingPrice=plain(terms.sell_price),
            pendingQuantity=plain(terms.sell_quantity),
            pendingTimeInForce="GTC",
        )
        return Done([OrderSeen.of_body(one) for one in body["orderReports"]])

    async def _place_exit(self, leg: Leg) -> Answer:
        body = await self._account.call(
            "POST",
            ORDER,
            symbol=self._symbol,
            side="SELL",
            type="LIMIT",
            timeInForce="GTC",
            quantity=plain(leg.quantity),
            price=plain(leg.price),
            newClientOrderId=leg.name,
            newOrderRespType="RESULT",
        )
        return Done([OrderSeen.of_body(body)])

    async def _standing(self, names: Sequence[str]) -> Answer:
        await self._cancel_leftovers(frozenset(names))
        account = await self._account.call("GET", ACCOUNT)
        rates = account["commissionRates"]
        prices = await self._account.exchange.get("/api/v3/ticker/bookTicker", symbol=self._symbol)
        quote = quote_of({"b": prices["bidPrice"], "a": prices["askPrice"]})
        if quote is None:
            return Unclear("the market has no prices")
        return Standing(
            await self.orders(names),
            _free(account),
            quote,
            max(Decimal(rates["maker"]), Decimal(rates["taker"])),
        )

    async def _cancel_leftovers(self, kept: frozenset[str]) -> None:
        """An earlier run, or a request whose answer never came, may have left orders."""
        found = await self._account.call("GET", "/api/v3/openOrders", symbol=self._symbol)
        for body in found:
            name = body["clientOrderId"]
            if not name.startswith(Names.BOT) or name in kept:
                continue
            try:
                await self._account.call(
                    "DELETE", ORDER, symbol=self._symbol, orderId=body["orderId"]
                )
            except ApiRefusal as refusal:
                # Its list was canceled with another one of them.
                if refusal.code != UNKNOWN_ORDER:
                    raise

    async def orders(self, names: Iterable[str]) -> list[OrderSeen]:
        """Those of these orders that exist. Raises `ApiRefusal` and `OutcomeUnclear`."""
        found = []
        for name in names:
            try:
                body = await self._account.call(
                    "GET", ORDER, symbol=self._symbol, origClientOrderId=name
                )
            except ApiRefusal as refusal:
                if refusal.code != NO_SUCH_ORDER:
                    raise
                continue
            found.append(OrderSeen.of_body(body))
        return found

    async def balances(self) -> dict[str, Decimal]:
        """What is free, by asset. Raises as `orders`."""
        return _free(await self._account.call("GET", ACCOUNT))

    async def all_orders(self) -> list[OrderSeen]:
        """Every order of the account in this symbol. Raises as `orders`."""
        path = "/api/v3/allOrders"
        return [
            OrderSeen.of_body(body)
            async for body in self._pages(path, "orderId", "orderId", symbol=self._symbol)
        ]

    async def all_lists(self) -> dict[str, ListState]:
        """Every order list of the account. Raises as `orders`."""
        path = "/api/v3/allOrderList"
        return {
            body["listClientOrderId"]: ListState(body["listStatusType"], body["listOrderStatus"])
            async for body in self._pages(path, "fromId", "orderListId")
        }

    async def all_trades(self) -> dict[int, int]:
        """The order id of every trade of the account in this symbol. Raises as `orders`."""
        path = "/api/v3/myTrades"
        return {
            body["id"]: body["orderId"]
            async for body in self._pages(path, "fromId", "id", symbol=self._symbol)
        }

    async def _pages(
        self, path: str, parameter: str, name: str, **params: str
    ) -> AsyncIterator[Mapping[str, Any]]:
        start = 0
        while True:
            rows = await self._account.call("GET", path, limit=PAGE, **{parameter: start}, **params)
            for row in rows:
                yield row
            if len(rows) < PAGE:
                return
            start = rows[-1][name] + 1


def _free(account: Mapping[str, Any]) -> dict[str, Decimal]:
    return {one["asset"]: Decimal(one["free"]) for one in account["balances"]}
