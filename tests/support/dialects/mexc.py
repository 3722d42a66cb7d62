"""How the cards speak the MEXC dialect."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from hypersim.dialects.mexc import DIALECT
from hypersim.dialects.mexc.errors import refused
from hypersim.dialects.mexc.streams import messages
from hypersim.trading.rejections import Rejected
from tests.support.binance_client import signature_of
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

SYMBOL = "BTCUSDT"

_STATES = {
    "NEW": State.OPEN,
    "PARTIALLY_FILLED": State.OPEN,
    "FILLED": State.FILLED,
    "CANCELED": State.CANCELED,
    "PARTIALLY_CANCELED": State.CANCELED,
}


_STATES_OF_PUSHES = {
    1: State.OPEN,
    2: State.FILLED,
    3: State.OPEN,
    4: State.CANCELED,
    5: State.CANCELED,
}

_CHANNELS = {
    Topic.TRADES: [f"spot@public.aggre.deals.v3.api.pb@10ms@{SYMBOL}"],
    Topic.BOOK: [f"spot@public.aggre.depth.v3.api.pb@10ms@{SYMBOL}"],
    Topic.ACCOUNT: [f"spot@private.{name}.v3.api.pb" for name in ("orders", "deals", "account")],
}

_ONE_ASSET = "spot_v3_en.md, Spot Account Update: a message for each asset that changed"
_LISTEN_KEYS = "spot_v3_en.md, Websocket User Data Streams: who may hear is decided over REST"


class Mexc:
    """See `Adapter`."""

    dialect = DIALECT
    does_not_apply: Mapping[int, str] = {29: _ONE_ASSET, 32: _LISTEN_KEYS}
    refusals: Mapping[Refusal, Told] = {
        Refusal.WRONG_SIGNATURE: Told(400, 700002),
        Refusal.UNKNOWN_KEY: Told(400, 10072),
        Refusal.REVOKED_KEY: Told(400, 10072),
        Refusal.MISSING_PERMISSION: Told(400, 700007),
        Refusal.FORBIDDEN_ADDRESS: Told(400, 700006),
        Refusal.TOO_OLD: Told(400, 700003),
        Refusal.TOO_EARLY: Told(400, 700003),
        Refusal.BODY_TOO_LARGE: Told(413, 413),
        Refusal.UNKNOWN_PATH: Told(404, 404),
        Refusal.WRONG_METHOD: Told(405, 405),
        Refusal.NO_SUCH_ORDER: Told(400, -2013),
        Refusal.NOTHING_TO_CANCEL: Told(400, -2011),
        Refusal.DUPLICATE_CLIENT_ID: Told(400, 603),
        Refusal.TOO_MANY_REQUESTS: Told(429, 429),
    }
    unknown_path = "/api/v3/nothing"
    requests_max = 5
    limits: Mapping[str, int] = {"weight_10s": 5}
    time_units: Sequence[tuple[Mapping[str, str], int]] = (({}, 1),)

    def place(self, signer: Signer, order: Wanted) -> Request:
        params = {"symbol": SYMBOL, "side": order.side.upper(), "quantity": order.quantity}
        params["type"] = "LIMIT" if order.price else "MARKET"
        params |= {"price": order.price} if order.price else {}
        params |= {"newClientOrderId": order.client_id} if order.client_id else {}
        return _signed(signer, "POST", "/api/v3/order", **params)

    def after_placing(self, signer: Signer, order_id: str) -> Sequence[Request]:
        """The answer says neither what became of the order nor what it cost."""
        trades = _signed(signer, "GET", "/api/v3/myTrades", symbol=SYMBOL, orderId=order_id)
        return [self.query(signer, order_id), trades]

    def completed(self, answers: Sequence[Answer]) -> OrderSeen:
        order, trades = answers
        fees: dict[str, Decimal] = {}
        for trade in trades.body:
            asset = trade["commissionAsset"]
            fees[asset] = fees.get(asset, Decimal(0)) + Decimal(trade["commission"])
        return self.order_of(order)._replace(fees=fees)

    def cancel(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "DELETE", "/api/v3/order", symbol=SYMBOL, orderId=order_id)

    def query(self, signer: Signer, order_id: str) -> Request:
        return _signed(signer, "GET", "/api/v3/order", symbol=SYMBOL, orderId=order_id)

    def balances(self, signer: Signer) -> Request:
        return _signed(signer, "GET", "/api/v3/account")

    def book(self) -> Request:
        return Request("GET", f"/api/v3/depth?symbol={SYMBOL}&limit=5000")

    def time(self) -> Request:
        return Request("GET", "/api/v3/time")

    def refused(self, rejected: Rejected) -> Sequence[tuple[int, object, str]]:
        errors = [refused(rejected, is_cancel=is_cancel) for is_cancel in (False, True)]
        return [
            (error.status, *error.told(like_binance=is_like))
            for error in errors
            for is_like in (False, True)
        ]

    def told(self, answer: Answer) -> Told:
        return Told(answer.status, answer.body["code"])

    def wait_s(self, answer: Answer) -> int:
        return int(answer.headers["retry-after"])

    def order_of(self, answer: Answer) -> OrderSeen:
        """The answer to a new order only says that it was taken."""
        body = answer.body
        time = body["time"] if "time" in body else body["transactTime"]
        state = _STATES[body.get("status", "NEW")]
        return OrderSeen(body["orderId"], state, Decimal(body.get("executedQty", 0)), time)

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
        del topic
        return "/ws"

    def opening(self, topic: Topic, signer: Signer) -> Request | None:
        if topic is not Topic.ACCOUNT:
            return None
        return _signed(signer, "POST", "/api/v3/userDataStream")

    def query_of(self, answer: Answer) -> str:
        return f"listenKey={answer.body['listenKey']}"

    def subscribe(self, topic: Topic, signer: Signer) -> Sequence[object]:
        del signer
        return [{"method": "SUBSCRIPTION", "params": _CHANNELS[topic]}]

    def unsubscribe(self, topic: Topic) -> object:
        return {"method": "UNSUBSCRIPTION", "params": _CHANNELS[topic]}

    def ping(self, topic: Topic) -> object:
        del topic
        return {"method": "PING"}

    def is_answer(self, frame: Any) -> bool:
        return not isinstance(frame, bytes)

    def is_refusal(self, frame: Any) -> bool:
        return bool(frame["code"]) or str(frame["msg"]).startswith("Not Subscribed")

    def push_of(self, frame: Any) -> Push:
        wrapper = messages.read(frame)
        name = wrapper.WhichOneof("body")
        body = getattr(wrapper, name)
        match name:
            case "publicAggreDeals":
                return Push(body, trade_price=Decimal(body.deals[-1].price))
            case "privateOrders":
                filled = Decimal(body.cumulativeQuantity)
                state = _STATES_OF_PUSHES[body.status]
                return Push(body, order=OrderSeen(body.id, state, filled, body.createTime))
            case "privateDeals":
                return Push(body, fill_fees={body.feeCurrency: Decimal(body.feeAmount)})
            case "privateAccount":
                held = Decimal(body.balanceAmount), Decimal(body.frozenAmount)
                return Push(body, holdings={body.vcoinName: held})
            case _:
                return Push(body)

    def followed(self, snapshot: Answer, pushes: Sequence[Push]) -> Book:
        """Each difference begins where the one before ended."""
        bids, asks = self.book_of(snapshot)
        sides = dict(bids), dict(asks)
        last = snapshot.body["lastUpdateId"]
        for depths in (push.frame for push in pushes):
            if int(depths.toVersion) <= last:
                continue
            assert int(depths.fromVersion) <= last + 1, (depths, last)
            last = int(depths.toVersion)
            for side, rows in zip(sides, (depths.bids, depths.asks), strict=True):
                side |= {Decimal(row.price): Decimal(row.quantity) for row in rows}
                for price in [price for price, size in side.items() if not size]:
                    del side[price]
        return sides


ADAPTER = Mexc()


def _signed(signer: Signer, method: str, path: str, **params: Any) -> Request:
    query = urlencode({**params, "timestamp": signer.stamp_ms})
    signature = signature_of(signer.trader.secret, query)
    headers = {"X-MEXC-APIKEY": signer.trader.key}
    return Request(method, f"{path}?{query}&signature={signature}", headers)


def _levels(rows: Sequence[tuple[str, str]]) -> dict[Decimal, Decimal]:
    return {Decimal(price): Decimal(size) for price, size in rows}
