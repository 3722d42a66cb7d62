"""How the cards speak the dialect of the tests."""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypersim.trading.rejections import Rejected
from tests.support.dialects.adapter import AnswersInFull
from tests.support.dialects.words import (
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
from tests.support.tiny_dialect import DIALECT
from tests.support.tiny_dialect.venue import refused

SYMBOL = "BTCUSDT"

_TOPICS = {Topic.TRADES: "trades:BTCUSDT", Topic.BOOK: "book:BTCUSDT", Topic.ACCOUNT: "account"}
_STATES = {"partially_filled": State.OPEN}


class Tiny(AnswersInFull):
    """See `Adapter`."""

    dialect = DIALECT
    does_not_apply: Mapping[int, str] = {}
    refusals: Mapping[Refusal, Told] = {
        Refusal.WRONG_SIGNATURE: Told(401, "wrong-signature"),
        Refusal.UNKNOWN_KEY: Told(401, "unknown-key"),
        Refusal.REVOKED_KEY: Told(401, "unknown-key"),
        Refusal.MISSING_PERMISSION: Told(401, "missing-permission"),
        Refusal.FORBIDDEN_ADDRESS: Told(401, "forbidden-address"),
        Refusal.TOO_OLD: Told(401, "stale-timestamp"),
        Refusal.TOO_EARLY: Told(401, "stale-timestamp"),
        Refusal.BODY_TOO_LARGE: Told(413, "http-413"),
        Refusal.UNKNOWN_PATH: Told(404, "http-404"),
        Refusal.WRONG_METHOD: Told(405, "http-405"),
        Refusal.NO_SUCH_ORDER: Told(404, "order-not-found"),
        Refusal.NOTHING_TO_CANCEL: Told(404, "order-not-found"),
        Refusal.DUPLICATE_CLIENT_ID: Told(400, "duplicate-client-order-id"),
        Refusal.TOO_MANY_REQUESTS: Told(429, "too-many-requests"),
    }
    unknown_path = "/t1/nothing"
    requests_max = 5
    limits: Mapping[str, int] = {}
    time_units: Sequence[tuple[Mapping[str, str], int]] = (({}, 1),)

    def place(self, signer: Signer, order: Wanted) -> Request:
        body = {"symbol": SYMBOL, "side": order.side, "size": order.quantity}
        body |= {"price": order.price} if order.price else {}
        body |= {"name": order.client_id} if order.client_id else {}
        return _signed(signer, "POST", "/t1/orders", json.dumps(body).encode())

    def cancel(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "DELETE", f"/t1/orders/{order_id}")

    def query(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "GET", f"/t1/orders/{order_id}")

    def balances(self, signer: Signer) -> Request:
        return _signed(signer, "GET", "/t1/balances")

    def book(self) -> Request:
        return Request("GET", f"/t1/book/{SYMBOL}")

    def time(self) -> Request:
        return Request("GET", "/t1/time")

    def refused(self, rejected: Rejected) -> Sequence[tuple[int, object, str]]:
        error = refused(rejected)
        return [(error.status, error.code, str(error))]

    def told(self, answer: Answer) -> Told:
        return Told(answer.status, answer.body["code"])

    def wait_s(self, answer: Answer) -> int:
        return int(answer.headers["retry-after"])

    def order_of(self, answer: Answer) -> OrderSeen:
        return _order(answer.body)

    def holdings_of(self, answer: Answer) -> Holdings:
        return _holdings(answer.body)

    def book_of(self, answer: Answer) -> Book:
        return _book(answer.body)

    def time_of(self, answer: Answer) -> int:
        time: int = answer.body["time"]
        return time

    def path(self, topic: Topic) -> str:
        del topic
        return "/t1/stream"

    def subscribe(self, topic: Topic, signer: Signer) -> Sequence[object]:
        asked: dict[str, object] = {"op": "follow", "topic": _TOPICS[topic]}
        if topic is Topic.ACCOUNT:
            trader, stamp = signer.trader, str(signer.stamp_ms)
            sign = signature_of(trader.secret, f"{stamp}account".encode())
            asked["by"] = (trader.key, stamp, sign)
        return [asked]

    def unsubscribe(self, topic: Topic) -> object:
        return {"op": "leave", "topic": _TOPICS[topic]}

    def ping(self, topic: Topic) -> object:
        del topic
        return {"op": "ping"}

    def is_answer(self, frame: Any) -> bool:
        return "done" in frame or "code" in frame

    def is_refusal(self, frame: Any) -> bool:
        return "code" in frame

    def push_of(self, frame: Any) -> Push:
        if "order" in frame:
            order = _order(frame["order"])
            return Push(frame, order=order, fill_fees=order.fees or None)
        if "balances" in frame:
            return Push(frame, holdings=_holdings(frame["balances"]))
        price = frame["data"].get("price")
        return Push(frame, trade_price=Decimal(price) if price else None)

    def followed(self, snapshot: Answer, pushes: Sequence[Push]) -> Book:
        """Every push is the whole book."""
        del snapshot
        return _book(pushes[-1].frame["data"])


ADAPTER = Tiny()


def _signed(signer: Signer, method: str, target: str, body: bytes = b"") -> Request:
    trader, stamp = signer.trader, str(signer.stamp_ms)
    signature = signature_of(trader.secret, f"{stamp}{method}{target}".encode() + body)
    headers = {"T-KEY": trader.key, "T-TIME": stamp, "T-SIGN": signature}
    return Request(method, target, headers, body)


def _order(body: Any) -> OrderSeen:
    state = _STATES.get(body["state"]) or State(body["state"])
    fees = {asset: Decimal(fee) for asset, fee in body["fees"].items()}
    return OrderSeen(body["id"], state, Decimal(body["filled"]), body["time"], fees)


def _holdings(body: Any) -> Holdings:
    return {asset: (Decimal(free), Decimal(locked)) for asset, (free, locked) in body.items()}


def _book(body: Any) -> Book:
    bids, asks = (
        {Decimal(price): Decimal(size) for price, size in body[side]} for side in ("bids", "asks")
    )
    return bids, asks
