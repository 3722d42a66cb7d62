"""The ways over which a fault can come to a client, and the cells of the table that cannot be."""

from enum import StrEnum

from tests.support.dialects.binance import Binance
from tests.support.dialects.listener import Listener
from tests.support.dialects.stand import ALICE, Stand
from tests.support.dialects.words import Request, Signer, Topic


class Road(StrEnum):
    """A column of the table."""

    REST = "REST"
    WEBSOCKET_API = "WebSocket API"
    STREAM = "stream"


NO_WEBSOCKET_API = dict.fromkeys(("native", "mexc"), "its WebSocket has streams only")
NO_MARKET_PUSHES = "the WebSocket API tells of accounts only"
NO_DIFFERENCES = {"native": "each push of a book is all of it"}
NO_PUSHES = "nothing is pushed over HTTP"
NO_WITHDRAWALS = {"native": "its operator pays out, and nobody asks it to"}
NO_WITHDRAWALS_THERE = "the wallet has no WebSocket API"
NO_LISTEN_KEYS = "who signs in listens under no other name"
NO_LISTEN_KEYS_THERE = "nobody listens there under a listen key"
NO_REQUESTS = "what a stream is asked is done at once, and is no request of the API"
"""Why a cell cannot exist."""


class ByListenKey(Binance):
    """Binance, where an account is followed under a listen key."""

    def __init__(self, listen_key: str) -> None:
        self._listen_key = listen_key

    def path(self, topic: Topic) -> str:
        del topic
        return f"/ws/{self._listen_key}"

    def subscribe(self, topic: Topic, signer: Signer) -> list[object]:
        del signer
        return [self.ping(topic)]

    def ping(self, topic: Topic) -> object:
        del topic
        return {"id": 3, "method": "LIST_SUBSCRIPTIONS"}


async def account_listener(stand: Stand, road: Road) -> Listener:
    """Somebody who hears of Alice's account that way."""
    name = stand.adapter.dialect.name
    if name != "binance" or road is Road.WEBSOCKET_API:
        return await stand.follow(Topic.ACCOUNT)
    headers = {"X-MBX-APIKEY": ALICE.key}
    answer = await stand.done(Request("POST", "/api/v3/userDataStream", headers))
    adapter = ByListenKey(answer.body["listenKey"])
    listener = Listener(stand.mounted.app, adapter, Topic.ACCOUNT)
    await listener.follow(stand.signer(ALICE))
    return listener
