"""A fake Binance Spot on 127.0.0.1, written from its public documents (rest-api.md,
web-socket-streams.md, filters.md): the public market data over REST and combined streams, with
failures that tests switch on.

It differs from the documents in this: every REST answer closes its connection; streams push when a
test moves a market (and tickers each `heartbeat_s`), not on a schedule; a bookTicker follows every
depth update; there are no 24 h disconnects unless a test drops the sockets.
"""

import asyncio
import contextlib
import json
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import cast
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from hypersim.market.candle import Interval
from tests.support.fake_binance_answers import Answer, Asked, VenueError, response, weight_of
from tests.support.fake_binance_filters import Json
from tests.support.fake_binance_market import FakeMarket, now_ms

CONTROL_MESSAGES_PER_S = 5
STREAMS_MAX = 1_024
ALL_TICKERS = "!miniTicker@arr"


class FakeBinance:
    """Use `running()`."""

    def __init__(self, *markets: FakeMarket, heartbeat_s: float = 0.05) -> None:
        self.markets = {market.id: market for market in markets}
        self.url = ""
        self.asked: list[Asked] = []
        self.is_silent = False
        self.refuses_sockets = False
        self.sockets: dict[ServerConnection, set[str]] = {}
        self.sockets_opened = 0
        self.control_messages: list[Json] = []
        self._scripts: dict[str, list[Answer]] = defaultdict(list)
        self._standing: dict[str, Answer] = {}
        self._released = asyncio.Event()
        self._heartbeat_s = heartbeat_s
        self._endpoints: dict[str, Callable[[dict[str, str]], object]] = {
            "ping": lambda _: {},
            "time": lambda _: {"serverTime": now_ms()},
            "exchangeInfo": self._exchange_info,
            "depth": lambda p: self._market(p).depth(min(5_000, int(p.get("limit", "100")))),
            "klines": self._klines,
            "aggTrades": lambda p: self._market(p).aggregates_of(p),
            "historicalTrades": lambda p: self._market(p).old_trades(p),
            "ticker/bookTicker": lambda p: self._tickers(p, _book_ticker_row),
            "ticker/24hr": lambda p: self._tickers(p, _day_row_of(p)),
        }

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["FakeBinance"]:
        """Serve on a free port of 127.0.0.1."""
        async with serve(
            self._streams, "127.0.0.1", 0, process_request=self._process, open_timeout=None
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"http://127.0.0.1:{port}"
            heart = asyncio.create_task(self._beat())
            try:
                yield self
            finally:
                heart.cancel()
                self._released.set()
                # Also who connected and never asked: nothing here ends such a connection.
                for connection in list(server.all_connections):
                    connection.transport.abort()

    # What tests do to it

    def next_answers(self, path: str, *answers: Answer) -> None:
        """The next requests to `path` get these."""
        self._scripts[path].extend(answers)

    def always(self, answer: Answer, *paths: str) -> None:
        """From now on `paths` (all, without any) answer so."""
        for path in paths or self._endpoints:
            self._standing[path] = answer

    def heal(self) -> None:
        """Tell the truth again."""
        self._standing.clear()
        self._scripts.clear()
        self.is_silent = self.refuses_sockets = False

    def move(self, id_: str, price: str) -> None:
        """A new book: a diff, then the best prices."""
        market = self.markets[id_]
        self.push(id_, "depth@100ms", market.move(Decimal(price)))
        self.push(id_, "bookTicker", market.book_ticker())

    def lose_update(self, id_: str, price: str) -> None:
        """The book changes, and nobody is told."""
        self.markets[id_].move(Decimal(price))

    def trade(self, id_: str, price: str, *quantities: str, buyer_is_maker: bool = False) -> None:
        for event in self.markets[id_].trade(
            Decimal(price), *map(Decimal, quantities), buyer_is_maker=buyer_is_maker
        ):
            self.push(id_, "trade", event)

    def close_minute(self, id_: str, open_ms: int) -> None:
        self.push(id_, "kline_1m", self.markets[id_].kline_event(open_ms, is_closed=True))

    def push(self, id_: str, kind: str, data: Json) -> None:
        """Send `data` to whoever subscribed to this stream."""
        stream = f"{id_.lower()}@{kind}"
        self.push_raw(stream, json.dumps({"stream": stream, "data": data}))

    def push_raw(self, stream: str, message: str) -> None:
        if not self.is_silent:
            broadcast([s for s, names in self.sockets.items() if stream in names], message)

    def announce_shutdown(self) -> None:
        event = {"e": "serverShutdown", "E": now_ms()}
        broadcast(list(self.sockets), json.dumps({"stream": "!serverShutdown", "data": event}))

    def drop_sockets(self) -> None:
        """Cut every stream connection without a word."""
        for socket in list(self.sockets):
            socket.transport.abort()

    def times_asked(self, path: str) -> list[float]:
        """When `path` was asked for, in seconds."""
        return [asked.at_s for asked in self.asked if asked.path == path]

    def subscribed(self) -> set[str]:
        """The streams that anybody listens to."""
        return set().union(*self.sockets.values())

    def weight(self) -> int:
        """What all that was asked costs, as rest-api.md says."""
        return sum(map(weight_of, self.asked))

    # REST

    async def _process(self, socket: ServerConnection, request: Request) -> Response | None:
        del socket
        parts = urlsplit(request.path)
        if parts.path in {"/stream", "/ws"} or parts.path.startswith("/ws/"):
            return response(503, "busy", {}) if self.refuses_sockets else None
        path = parts.path.removeprefix("/api/v3/")
        params = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        self.asked.append(Asked(path, params, time.monotonic()))
        script = self._scripts[path].pop(0) if self._scripts[path] else self._standing.get(path)
        if script is not None and script.delay_s:
            await asyncio.sleep(script.delay_s)
        elif script is not None:
            return await self._scripted(script)
        return self._truth(path, params)

    async def _scripted(self, answer: Answer) -> Response:
        if answer.is_hanging:
            await self._released.wait()
        made = response(answer.status, answer.body, answer.headers)
        if answer.is_truncated:
            made.body = made.body[: len(made.body) // 2]
        return made

    def _truth(self, path: str, params: dict[str, str]) -> Response:
        if path not in self._endpoints:
            return response(404, "<html>Not found</html>", {})
        try:
            return response(200, json.dumps(self._endpoints[path](params)), {})
        except VenueError as error:
            return response(400, json.dumps({"code": error.code, "msg": error.message}), {})

    def _market(self, params: dict[str, str]) -> FakeMarket:
        if "symbol" not in params:
            raise VenueError(-1102, "Mandatory parameter 'symbol' was not sent, was empty/null.")
        return self._markets([params["symbol"]])[0]

    def _markets(self, ids: list[str]) -> list[FakeMarket]:
        if not set(ids) <= self.markets.keys():
            raise VenueError(-1121, "Invalid symbol.")
        return [self.markets[id_] for id_ in ids]

    def _chosen(self, params: dict[str, str]) -> list[FakeMarket]:
        if "symbol" in params and "symbols" in params:
            raise VenueError(-1128, "Combination of optional parameters invalid.")
        if "symbol" in params:
            return [self._market(params)]
        return self._markets(json.loads(params.get("symbols", json.dumps(list(self.markets)))))

    def _exchange_info(self, params: dict[str, str]) -> object:
        return {
            "timezone": "UTC",
            "serverTime": now_ms(),
            "rateLimits": [
                {
                    "rateLimitType": "REQUEST_WEIGHT",
                    "interval": "MINUTE",
                    "intervalNum": 1,
                    "limit": 6_000,
                }
            ],
            "exchangeFilters": [],
            "symbols": [market.info() for market in self._chosen(params)],
        }

    def _klines(self, params: dict[str, str]) -> object:
        start, end = params.get("startTime"), params.get("endTime")
        return self._market(params).klines(
            Interval(params["interval"]),
            int(start) if start is not None else None,
            int(end) if end is not None else None,
            min(1_000, int(params.get("limit", "500"))),
        )

    def _tickers(self, params: dict[str, str], row: Callable[[FakeMarket], Json]) -> object:
        rows = [row(market) for market in self._chosen(params)]
        return rows[0] if "symbol" in params else rows

    # Streams

    async def _streams(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        query = parse_qs(urlsplit(socket.request.path).query)
        self.sockets[socket] = set(query.get("streams", [""])[0].split("/")) - {""}
        self.sockets_opened += 1
        arrivals: list[float] = []
        try:
            async for message in socket:
                arrivals = [at for at in arrivals if time.monotonic() - at < 1]
                arrivals.append(time.monotonic())
                if len(arrivals) > CONTROL_MESSAGES_PER_S:
                    return
                await socket.send(self._controlled(socket, json.loads(message)))
                if len(self.sockets[socket]) > STREAMS_MAX:
                    return
        except ConnectionClosed:
            pass
        finally:
            del self.sockets[socket]

    def _controlled(self, socket: ServerConnection, message: Json) -> str:
        self.control_messages.append(message)
        names = self.sockets[socket]
        params = cast(list[str], message.get("params", []))
        result: object = None
        match message.get("method"):
            case "SUBSCRIBE":
                names.update(params)
            case "UNSUBSCRIBE":
                names.difference_update(params)
            case "LIST_SUBSCRIPTIONS":
                result = sorted(names)
            case other:
                error = {"code": 2, "msg": f"Invalid request: unknown variant {other}"}
                return json.dumps({"error": error, "id": message.get("id")})
        return json.dumps({"result": result, "id": message.get("id")})

    async def _beat(self) -> None:
        """The tickers, which Binance sends each second however quiet a market is."""
        while True:
            for market in self.markets.values():
                self.push(market.id, "ticker", market.ticker())
            minis = [market.mini_ticker() for market in self.markets.values()]
            message = json.dumps({"stream": ALL_TICKERS, "data": minis})
            self.push_raw(ALL_TICKERS, message)
            await asyncio.sleep(self._heartbeat_s)


def _book_ticker_row(market: FakeMarket) -> Json:
    best = market.book_ticker()
    return {
        "symbol": market.id,
        "bidPrice": best["b"],
        "bidQty": best["B"],
        "askPrice": best["a"],
        "askQty": best["A"],
    }


_MINI = (
    *("symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume"),
    *("openTime", "closeTime", "firstId", "lastId", "count"),
)


def _day_row_of(params: dict[str, str]) -> Callable[[FakeMarket], Json]:
    if params.get("type", "FULL") == "FULL":
        return FakeMarket.day
    return lambda market: {key: market.day()[key] for key in _MINI}
