"""How the cards speak the Binance dialect: over REST, raw streams and the WebSocket API."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from hypersim.dialects.binance import DIALECT
from hypersim.dialects.binance.errors import general
from hypersim.trading.rejections import Rejected
from tests.support.binance_client import signature_of
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

_STREAMS = {Topic.TRADES: "btcusdt@trade", Topic.BOOK: "btcusdt@depth@100ms"}
_STATES = {
    "NEW": State.OPEN,
    "PARTIALLY_FILLED": State.OPEN,
    "FILLED": State.FILLED,
    "CANCELED": State.CANCELED,
    "EXPIRED": State.EXPIRED,
}


class Binance(AnswersInFull):
    """See `Adapter`."""

    dialect = DIALECT
    does_not_apply: Mapping[int, str] = {}
    refusals: Mapping[Refusal, Told] = {
        Refusal.WRONG_SIGNATURE: Told(400, -1022),
        Refusal.UNKNOWN_KEY: Told(401, -2015),
        Refusal.REVOKED_KEY: Told(401, -2015),
        Refusal.MISSING_PERMISSION: Told(401, -2015),
        Refusal.FORBIDDEN_ADDRESS: Told(401, -2015),
        Refusal.TOO_OLD: Told(400, -1021),
        Refusal.TOO_EARLY: Told(400, -1021),
        Refusal.BODY_TOO_LARGE: Told(413, "Payload Too Large"),
        Refusal.UNKNOWN_PATH: Told(404, "Not Found"),
        Refusal.WRONG_METHOD: Told(405, "Method Not Allowed"),
        Refusal.NO_SUCH_ORDER: Told(400, -2013),
        Refusal.NOTHING_TO_CANCEL: Told(400, -2011),
        Refusal.DUPLICATE_CLIENT_ID: Told(400, -2010),
        Refusal.TOO_MANY_REQUESTS: Told(429, -1003),
    }
    unknown_path = "/api/v3/nothing"
    requests_max = 5
    limits: Mapping[str, int] = {"weight_1m": 5}
    time_units: Sequence[tuple[Mapping[str, str], int]] = (
        ({}, 1),
        ({"X-MBX-TIME-UNIT": "MILLISECOND"}, 1),
        ({"X-MBX-TIME-UNIT": "MICROSECOND"}, 1_000),
    )

    def place(self, signer: Signer, order: Wanted) -> Request:
        params = {"symbol": "BTCUSDT", "side": order.side.upper(), "quantity": order.quantity}
        params["type"] = "LIMIT" if order.price else "MARKET"
        if order.price:
            params |= {"price": order.price, "timeInForce": "GTC"}
        if order.client_id is not None:
            params["newClientOrderId"] = order.client_id
        return _signed(signer, "POST", "/api/v3/order", **params)

    def cancel(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "DELETE", "/api/v3/order", symbol="BTCUSDT", orderId=order_id)

    def query(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "GET", "/api/v3/order", symbol="BTCUSDT", orderId=order_id)

    def balances(self, signer: Signer) -> Request:
        return _signed(signer, "GET", "/api/v3/account")

    def book(self) -> Request:
        return Request("GET", "/api/v3/depth?symbol=BTCUSDT&limit=5000")

    def time(self) -> Request:
        return Request("GET", "/api/v3/time")

    def refused(self, rejected: Rejected) -> Sequence[tuple[int, object, str]]:
        errors = [general.refused(rejected, asked) for asked in general.Request]
        return [(error.status, error.code, error.msg) for error in errors]

    def told(self, answer: Answer) -> Told:
        """What does not reach the API is answered by the gateway, which has no codes."""
        body = answer.body
        return Told(answer.status, body["code"] if "code" in body else body["error"])

    def wait_s(self, answer: Answer) -> int:
        return int(answer.headers["retry-after"])

    def order_of(self, answer: Answer) -> OrderSeen:
        body = answer.body
        fees: dict[str, Decimal] = {}
        for fill in body.get("fills", ()):
            asset = fill["commissionAsset"]
            fees[asset] = fees.get(asset, Decimal(0)) + Decimal(fill["commission"])
        time = body["time"] if "time" in body else body["transactTime"]
        filled = Decimal(body["executedQty"])
        return OrderSeen(str(body["orderId"]), _STATES[body["status"]], filled, time, fees)

    def holdings_of(self, answer: Answer) -> Holdings:
        return {
            row["asset"]: (Decimal(row["free"]), Decimal(row["locked"]))
            for row in answer.body["balances"]
        }

    def book_of(self, answer: Answer) -> Book:
        return _levels(answer.body["bids"]), _levels(answer.body["asks"])

    def time_of(self, answer: Answer) -> int:
        time: int = answer.body["serverTime"]
        return time

    def path(self, topic: Topic) -> str:
        return "/ws-api/v3" if topic is Topic.ACCOUNT else "/ws"

    def subscribe(self, topic: Topic, signer: Signer) -> Sequence[object]:
        if topic is not Topic.ACCOUNT:
            return [{"id": 1, "method": "SUBSCRIBE", "params": [_STREAMS[topic]]}]
        payload = f"apiKey={signer.trader.key}&timestamp={signer.stamp_ms}"
        params = {
            "apiKey": signer.trader.key,
            "timestamp": signer.stamp_ms,
            "signature": signature_of(signer.trader.secret, payload),
        }
        return [{"id": 1, "method": "userDataStream.subscribe.signature", "params": params}]

    def unsubscribe(self, topic: Topic) -> object:
        return {"id": 2, "method": "UNSUBSCRIBE", "params": [_STREAMS[topic]]}

    def ping(self, topic: Topic) -> object:
        return {"id": 3, "method": "ping" if topic is Topic.ACCOUNT else "LIST_SUBSCRIPTIONS"}

    def is_answer(self, frame: Any) -> bool:
        return "id" in frame

    def is_refusal(self, frame: Any) -> bool:
        return "error" in frame

    def push_of(self, frame: Any) -> Push:
        event = frame.get("event", frame)
        match event["e"]:
            case "executionReport":
                state, filled = _STATES[event["X"]], Decimal(event["z"])
                order = OrderSeen(str(event["i"]), state, filled, event["O"])
                fees = {event["N"]: Decimal(event["n"])} if event["x"] == "TRADE" else None
                return Push(frame, order=order, fill_fees=fees)
            case "outboundAccountPosition":
                holdings = {one["a"]: (Decimal(one["f"]), Decimal(one["l"])) for one in event["B"]}
                return Push(frame, holdings=holdings)
            case "trade":
                return Push(frame, trade_price=Decimal(event["p"]))
            case _:
                return Push(frame)

    def followed(self, snapshot: Answer, pushes: Sequence[Push]) -> Book:
        """As "How to manage a local order book correctly" says, in web-socket-streams.md."""
        bids, asks = self.book_of(snapshot)
        sides = dict(bids), dict(asks)
        last_id = snapshot.body["lastUpdateId"]
        for diff in (push.frame for push in pushes):
            if diff["u"] <= last_id:
                continue
            assert diff["U"] <= last_id + 1, (diff, last_id)
            last_id = diff["u"]
            for side, rows in zip(sides, (diff["b"], diff["a"]), strict=True):
                side |= _levels(rows)
                for price in [price for price, size in side.items() if not size]:
                    del side[price]
        return sides


ADAPTER = Binance()


def _signed(signer: Signer, method: str, path: str, **params: Any) -> Request:
    query = urlencode({**params, "timestamp": signer.stamp_ms})
    signature = signature_of(signer.trader.secret, query)
    headers = {"X-MBX-APIKEY": signer.trader.key}
    return Request(method, f"{path}?{query}&signature={signature}", headers)


def _levels(rows: Sequence[tuple[str, str]]) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(size) for price, size in rows}
