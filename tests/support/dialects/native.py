"""How the cards speak the native dialect."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypersim.dialects.native import DIALECT
from hypersim.dialects.native.errors import refused
from hypersim.trading.rejections import Rejected
from tests.support.dialects.adapter import AnswersInFull
from tests.support.dialects.words import (
    SYMBOL,
    Answer,
    Book,
    Holdings,
    OrderSeen,
    Push,
    Refusal,
    Request,
    Signer,
    State,
    Told,
    Topic,
    Wanted,
)
from tests.support.native_client import signature_of

_CHANNELS = {Topic.TRADES: ("trades",), Topic.BOOK: ("depth",), Topic.ACCOUNT: ("orders", "fills")}
_BY_SYMBOL = {"symbol": SYMBOL}


class Native(AnswersInFull):
    """See `Adapter`."""

    dialect = DIALECT
    does_not_apply: Mapping[int, str] = {}
    refusals: Mapping[Refusal, Told] = {
        Refusal.WRONG_SIGNATURE: Told(401, "INVALID_SIGNATURE"),
        Refusal.UNKNOWN_KEY: Told(401, "INVALID_API_KEY"),
        Refusal.REVOKED_KEY: Told(401, "INVALID_API_KEY"),
        Refusal.MISSING_PERMISSION: Told(403, "PERMISSION_DENIED"),
        Refusal.FORBIDDEN_ADDRESS: Told(401, "INVALID_API_KEY"),
        Refusal.TOO_OLD: Told(401, "INVALID_SIGNATURE"),
        Refusal.TOO_EARLY: Told(401, "INVALID_SIGNATURE"),
        Refusal.BODY_TOO_LARGE: Told(413, "REQUEST_TOO_LARGE"),
        Refusal.UNKNOWN_PATH: Told(404, "NOT_FOUND"),
        Refusal.WRONG_METHOD: Told(405, "METHOD_NOT_ALLOWED"),
        Refusal.NO_SUCH_ORDER: Told(404, "ORDER_NOT_FOUND"),
        Refusal.NOTHING_TO_CANCEL: Told(404, "ORDER_NOT_FOUND"),
        Refusal.DUPLICATE_CLIENT_ID: Told(400, "DUPLICATE_CLIENT_ORDER_ID"),
        Refusal.TOO_MANY_REQUESTS: Told(429, "RATE_LIMIT_EXCEEDED"),
    }
    unknown_path = "/v1/nothing"
    requests_max = 5
    limits: Mapping[str, int] = {}
    time_units: Sequence[tuple[Mapping[str, str], int]] = (({}, 1),)

    def place(self, signer: Signer, order: Wanted) -> Request:
        body = {"symbol": SYMBOL, "side": order.side, "amount": order.quantity}
        body |= {"type": "limit", "price": order.price} if order.price else {"type": "market"}
        if order.client_id is not None:
            body["clientOrderId"] = order.client_id
        return _signed(signer, "POST", "/v1/order", json.dumps(body).encode())

    def cancel(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "DELETE", f"/v1/order/{order_id}")

    def query(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "GET", f"/v1/order/{order_id}")

    def balances(self, signer: Signer) -> Request:
        return _signed(signer, "GET", "/v1/balance")

    def book(self) -> Request:
        return Request("GET", f"/v1/depth/{SYMBOL}")

    def time(self) -> Request:
        return Request("GET", "/v1/time")

    def refused(self, rejected: Rejected) -> Sequence[tuple[int, object, str]]:
        error = refused(rejected)
        return [(error.status, error.code, error.message)]

    def told(self, answer: Answer) -> Told:
        return Told(answer.status, answer.body["error"]["code"])

    def wait_s(self, answer: Answer) -> int:
        wait_s = int(answer.headers["retry-after"])
        wait_ms = answer.body["error"]["details"]["retryAfterMs"]
        assert wait_s == -(-wait_ms // 1_000)
        return wait_s

    def order_of(self, answer: Answer) -> OrderSeen:
        return _order(answer.body)

    def holdings_of(self, answer: Answer) -> Holdings:
        return _holdings(answer.body)

    def book_of(self, answer: Answer) -> Book:
        return dict(answer.body["bids"]), dict(answer.body["asks"])

    def time_of(self, answer: Answer) -> int:
        time: int = answer.body["timestamp"]
        return time

    def path(self, topic: Topic) -> str:
        del topic
        return "/v1/ws"

    def subscribe(self, topic: Topic, signer: Signer) -> Sequence[object]:
        asked = [
            {"op": "subscribe", "channel": channel, **_BY_SYMBOL} for channel in _CHANNELS[topic]
        ]
        if topic is not Topic.ACCOUNT:
            return asked
        trader, stamp = signer.trader, str(signer.stamp_ms)
        signature = signature_of(trader.secret, f"{stamp}GET/v1/ws".encode())
        login = {"op": "login", "apiKey": trader.key, "timestamp": stamp, "signature": signature}
        return [login, *asked, {"op": "subscribe", "channel": "balances"}]

    def unsubscribe(self, topic: Topic) -> object:
        return {"op": "unsubscribe", "channel": _CHANNELS[topic][0], **_BY_SYMBOL}

    def ping(self, topic: Topic) -> object:
        del topic
        return {"op": "ping"}

    def is_answer(self, frame: Any) -> bool:
        return "op" in frame or "error" in frame

    def is_refusal(self, frame: Any) -> bool:
        return "error" in frame

    def push_of(self, frame: Any) -> Push:
        data = frame.get("data")
        match frame.get("channel"):
            case "orders":
                return Push(frame, order=_order(data))
            case "fills":
                fee = data["fee"]
                fees = {fee["currency"]: fee["cost"]}
                return Push(frame, fill_fees=fees)
            case "balances":
                return Push(frame, holdings=_holdings(data))
            case "trades":
                return Push(frame, trade_price=data["price"])
            case _:
                return Push(frame)

    def followed(self, snapshot: Answer, pushes: Sequence[Push]) -> Book:
        """Every push is the whole book."""
        del snapshot
        data = pushes[-1].frame["data"]
        return dict(data["bids"]), dict(data["asks"])


ADAPTER = Native()


def _signed(signer: Signer, method: str, target: str, body: bytes = b"") -> Request:
    trader, stamp = signer.trader, str(signer.stamp_ms)
    headers = {
        "X-API-KEY": trader.key,
        "X-API-TIMESTAMP": stamp,
        "X-API-SIGNATURE": signature_of(trader.secret, f"{stamp}{method}{target}".encode() + body),
        "Content-Type": "application/json",
    }
    return Request(method, target, headers, body)


def _order(body: Any) -> OrderSeen:
    fees: dict[str, Decimal] = {}
    for trade in body["trades"]:
        asset = trade["fee"]["currency"]
        fees[asset] = fees.get(asset, Decimal(0)) + trade["fee"]["cost"]
    state = State(body["status"])
    return OrderSeen(body["id"], state, Decimal(body["filled"]), body["timestamp"], fees)


def _holdings(body: Any) -> Holdings:
    return {
        asset: (Decimal(free), Decimal(body["used"][asset])) for asset, free in body["free"].items()
    }
