"""A trader who remembers everything that the exchange has told it, and holds it to that."""

import itertools
import json
import random
import re
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx

from tests.support.journal import Answer, Body, Fate, Journal
from tests.support.native_client import AdminClient, NativeClient

SYMBOL = "BTC/USDT"


TICK, STEP = Decimal("0.01"), Decimal("0.00001")


PATIENCE_S = 90
"""An exchange without its database makes clients wait; that is no error."""


class TruthfulTrader:
    """Sends random orders, cancels, amendments and deposits; `dice` decides all of them."""

    def __init__(
        self,
        name: str,
        url: str,
        dice: random.Random,
        answered: Callable[[], None],
    ) -> None:
        self.name = name
        self.email = f"{name}@example.com"
        self.journal = Journal()
        self._admin = AdminClient(url)
        key, secret = self._admin.new_user(self.email, USDT="200000", BTC="4")
        self._client = NativeClient(url, key, secret)
        self._client.http.timeout = self._admin.http.timeout = httpx.Timeout(PATIENCE_S)
        self._dice = dice
        self._answered = answered
        self._numbers = itertools.count(1)
        self._price = Decimal(0)
        self._actions: list[tuple[float, Callable[[], None]]] = [
            (0.62, self._place),
            (0.77, self._cancel),
            (0.84, self._amend),
            (0.86, self._cancel_all),
            (0.90, self.get_gift),
            (0.95, self._ask_again),
            (0.98, self._look),
            (1.00, self._note_price),
        ]

    def move_to(self, url: str) -> None:
        """The exchange was started again elsewhere."""
        self._client.http.base_url = self._admin.http.base_url = httpx.URL(url)

    def close(self) -> None:
        """Hang up."""
        self._client.http.close()
        self._admin.http.close()

    def is_served(self) -> bool:
        """Whether the exchange answers it from memory and from the record."""
        answers = [self._client.get("/v1/balance"), self._client.get("/v1/ledger?limit=1")]
        return all(answer.status_code in (200, 401) for answer in answers)

    def is_known(self) -> bool:
        """Whether the exchange still knows its key."""
        response = self._client.get("/v1/balance")
        assert response.status_code in (200, 401), response.text
        return response.is_success

    def step(self) -> None:
        """One request."""
        if not self._price:
            self._note_price()
            return
        roll = self._dice.random()
        next(act for end, act in self._actions if roll < end)()

    def retry_unknown(self) -> None:
        """Send again what got no answer: about half of it; nobody will hear of the rest."""
        for name, fate in list(self.journal.fates.items()):
            if fate is Fate.UNKNOWN and self._dice.random() < 0.5:
                self._send_order(self.journal.requests[name])

    def ask_too_much(self) -> httpx.Response:
        """An order that nobody can pay; it changes nothing, whatever becomes of it."""
        order = {"symbol": SYMBOL, "side": "sell", "type": "limit"}
        return self._client.post("/v1/order", {**order, "amount": "9000", "price": "60000"})

    def read(self, target: str) -> Any:
        """An answer that must come, with exact numbers."""
        response = self._client.get(target)
        assert response.status_code == 200, (target, response.text)
        return json.loads(response.content, parse_float=Decimal)

    def _ask(self, method: str, target: str, body: Body | None = None) -> Answer:
        content = b"" if body is None else json.dumps(body).encode()
        try:
            response = self._client.send(method, target, content)
        except httpx.ConnectError:
            return Answer(Fate.TURNED_AWAY)
        except httpx.TransportError:
            return Answer(Fate.UNKNOWN)
        return self._judge(response)

    def _judge(self, response: httpx.Response) -> Answer:
        body = json.loads(response.content, parse_float=Decimal)
        if response.is_success:
            self._answered()
            return Answer(Fate.DONE, body)
        code = body["error"]["code"]
        if response.status_code == 503:
            assert code in ("SERVICE_UNAVAILABLE", "MARKET_DATA_STALE"), body
            is_certain = "Retry-After" in response.headers or code == "MARKET_DATA_STALE"
            return Answer(Fate.TURNED_AWAY if is_certain else Fate.UNKNOWN)
        assert response.status_code in (400, 404), (response.status_code, body)
        assert code != "DUPLICATE_CLIENT_ORDER_ID", body
        # An amendment may happen to change nothing, and a date may pass before a retry.
        is_known = re.search("are the old ones|Expiry", body["error"]["message"])
        assert code != "INVALID_REQUEST" or is_known, body
        self._answered()
        return Answer(Fate.REFUSED, body)

    def _place(self) -> None:
        order = self._some_order()
        if self._dice.random() < 0.7:
            order["clientOrderId"] = f"{self.name}-{next(self._numbers)}"
        self._send_order(order)

    def _send_order(self, order: Body) -> None:
        answer = self._ask("POST", "/v1/order", order)
        if answer.fate is Fate.DONE:
            self.journal.learn(answer.body)
        name = order.get("clientOrderId")
        if name is None:
            self.journal.nameless[answer.fate] += 1
            return
        earlier = self.journal.fates.get(name)
        if earlier in (Fate.DONE, Fate.UNKNOWN) and answer.body is None:
            return
        assert earlier is not Fate.DONE or answer.fate is Fate.DONE, (order, answer)
        self.journal.requests[name] = order
        self.journal.fates[name] = answer.fate

    def _ask_again(self) -> None:
        """A nervous client: the same request once more, though it was answered."""
        known = [order for order in self.journal.orders.values() if order["clientOrderId"]]
        if not known:
            return
        order = self._dice.choice(known)
        answer = self._ask("POST", "/v1/order", self.journal.requests[order["clientOrderId"]])
        if answer.body is not None:
            assert answer.body.get("id") == order["id"], (order, answer.body)
            self.journal.learn(answer.body)

    def _cancel(self) -> None:
        if not (rest := self.journal.open_ids()):
            return
        order_id = self._dice.choice(rest)
        self._change(order_id, self._ask("DELETE", f"/v1/order/{order_id}"))

    def _amend(self) -> None:
        if not (rest := self.journal.open_ids()):
            return
        order = self.journal.orders[self._dice.choice(rest)]
        wish = self._dice.choice(
            [{"price": str(self._resting_price(order["side"]))}, {"amount": str(self._amount())}]
        )
        self._change(order["id"], self._ask("PUT", f"/v1/order/{order['id']}", wish))

    def _change(self, order_id: str, answer: Answer) -> None:
        match answer.fate:
            case Fate.DONE:
                self.journal.learn(answer.body, is_changed=True)
            case Fate.UNKNOWN:
                self.journal.unsure.add(order_id)
            case Fate.REFUSED:
                self._see(order_id)
            case Fate.TURNED_AWAY:
                pass

    def _cancel_all(self) -> None:
        rest = self.journal.open_ids()
        answer = self._ask("DELETE", "/v1/orders/open")
        if answer.fate is Fate.DONE:
            self.journal.gone.update(rest)
            for order in answer.body:
                self.journal.learn(order)
        elif answer.fate is Fate.UNKNOWN:
            self.journal.unsure.update(rest)

    def get_gift(self) -> None:
        """A deposit by the admin."""
        reference = f"{self.name}-gift-{next(self._numbers)}"
        gift = {"user": self.email, "asset": "USDT", "amount": "7", "action": "deposit"}
        try:
            response = self._admin.http.post(
                "/admin/balances", json={**gift, "reference": reference}
            )
        except httpx.ConnectError:
            self.journal.gifts[reference] = Fate.TURNED_AWAY
        except httpx.TransportError:
            self.journal.gifts[reference] = Fate.UNKNOWN
        else:
            self.journal.gifts[reference] = self._judge(response).fate

    def _look(self) -> None:
        if self.journal.orders:
            self._see(self._dice.choice(list(self.journal.orders)))

    def _see(self, order_id: str) -> None:
        answer = self._ask("GET", f"/v1/order/{order_id}")
        if answer.body is not None:
            assert answer.fate is Fate.DONE, answer
            self.journal.learn(answer.body)

    def _note_price(self) -> None:
        answer = self._ask("GET", f"/v1/ticker/{SYMBOL}")
        if answer.body is not None and answer.body["last"]:
            self._price = Decimal(answer.body["last"])

    def _some_order(self) -> Body:
        side = self._dice.choice(["buy", "sell"])
        order: Body = {"symbol": SYMBOL, "side": side, "type": "limit"}
        kind = self._dice.choice(["rest"] * 5 + ["take", "market", "cost", "IOC", "FOK", "GTD"])
        if kind == "cost":
            return order | {"type": "market", "cost": str(self._dice.randint(20, 400))}
        order["amount"] = str(self._amount())
        if kind == "market":
            return order | {"type": "market"}
        if kind == "rest":
            is_maker = self._dice.random() < 0.2
            return order | {"price": str(self._resting_price(side)), "postOnly": is_maker}
        if kind == "GTD":
            end_ms = time.time_ns() // 1_000_000 + self._dice.randint(50, 3_000)
            order |= {"timeInForce": kind, "expiresAt": end_ms}
            return order | {"price": str(self._resting_price(side))}
        if kind in ("IOC", "FOK"):
            order["timeInForce"] = kind
        toward = Decimal("1.002") if side == "buy" else Decimal("0.998")
        return order | {"price": str((self._price * toward).quantize(TICK))}

    def _amount(self) -> Decimal:
        return self._dice.randint(20, 400) * STEP

    def _resting_price(self, side: str) -> Decimal:
        """Near enough that some of them fill."""
        away = Decimal(self._dice.randint(1, 200)) / 10_000
        return (self._price * (1 - away if side == "buy" else 1 + away)).quantize(TICK)
