"""The native WebSocket under `watch…`: subscribing, logging in, and sorting what is pushed."""

from typing import Any

from ccxt.base.errors import AuthenticationError, UnsubscribeError

from hypersim.client.parsing import Parsing
from hypersim.client.wire import STREAM_PATH, Data, Params

PRIVATE = ("orders", "fills", "balances")
LOGGED_IN = "logged in"


class StreamWire(Parsing):
    """The socket's side of the class with streams; the `take_…` methods are the subclass's."""

    async def listen(
        self,
        channel: str,
        symbols: list[str] | None,
        more: Data | None = None,
        params: Params = None,
    ) -> Any:
        """Subscribe where needed, and return what the next push on any of them leaves behind."""
        if channel in PRIVATE:
            await self._log_in()
        more = more or {}
        heard = self.client(self.stream_url()).subscriptions
        wanted: Data = {}
        if symbols:
            wanted["symbols"] = [s for s in symbols if _hash(channel, s, more) not in heard]
        hashes = _hashes(channel, symbols, more)
        return await self._subscribe(channel, hashes, {**wanted, **more, **(params or {})})

    async def listen_to_candles(self, wanted: list[tuple[str, str]], params: Params = None) -> Any:
        """Subscribe to several candles, each with a timeframe of its own."""
        client = self.client(self.stream_url())
        hashes = []
        for symbol, timeframe in wanted:
            interval = self.timeframes[timeframe]
            topic = _hash("candles", symbol, {"interval": interval})
            hashes.append(topic)
            if topic not in client.subscriptions:
                more = {"symbols": [symbol], "interval": interval, **(params or {})}
                # Its future is awaited below, together with the others.
                self._subscribe("candles", [topic], more)
        return await self._subscribe("candles", hashes, {})

    async def stop(
        self,
        channel: str,
        symbols: list[str] | None,
        more: Data | None = None,
        params: Params = None,
    ) -> Any:
        """Unsubscribe. Who still waits for one of these gets an UnsubscribeError."""
        hashes = _hashes(channel, symbols, more or {})
        url = self.stream_url()
        client = self.client(url)
        request: Data = {"id": self._next_id(), "op": "unsubscribe", "channel": channel}
        request |= {"symbols": symbols} if symbols else {}
        topic = f"unsubscribed:{request['id']}"
        request |= {**(more or {}), **(params or {})}
        answer = await self.watch(url, topic, request, topic, {"id": request["id"]})
        for name in hashes:
            client.subscriptions.pop(name, None)
            if name in client.futures:
                client.reject(UnsubscribeError(f"{self.id} {name}"), name)
        return answer

    def handle_message(self, client: Any, message: Any) -> None:
        """Everything that comes over the socket."""
        if "error" in message:
            self._handle_error(client, message)
        elif "op" in message:
            self._handle_answer(client, message)
        elif "channel" in message:
            self._handle_push(client, message)

    def _handle_push(self, client: Any, message: Data) -> None:
        channel, symbol, data = message["channel"], message.get("symbol"), message["data"]
        more: Data = {name: message[name] for name in ("limit", "interval") if name in message}
        match channel:
            case "ticker":
                result = self.take_ticker(symbol, data)
            case "depth":
                result = self.take_depth(symbol, data)
            case "trades":
                result = self.take_trade(symbol, data)
            case "candles":
                timeframe = self.find_timeframe(message["interval"])
                result = self.take_candle(symbol, timeframe, data)
            case "orders":
                result = self.take_order(data)
            case "fills":
                result = self.take_fill(data)
            case "balances":
                result = self.take_balance(data)
            case _:
                return
        for topic in {_hash(channel, symbol, more), _hash(channel, None, more)}:
            client.resolve(result, topic)

    def _handle_answer(self, client: Any, message: Data) -> None:
        if message["op"] == "logged_in" and LOGGED_IN in client.futures:
            # Left where it is: it stands for the socket's whole life.
            client.futures[LOGGED_IN].resolve(True)
        elif message["op"] == "unsubscribed":
            topic = f"unsubscribed:{message['id']}"
            client.subscriptions.pop(topic, None)
            client.resolve(True, topic)

    def _handle_error(self, client: Any, message: Data) -> None:
        """A refused request fails who waits for it. An error without a request is the end of all
        that is private: the key was revoked."""
        error = self.error_of(message["error"], self.json(message))
        request_id = message.get("id")
        if request_id is None:
            client.futures.pop(LOGGED_IN, None)
            names = [name for name in client.subscriptions if _is_private(name)]
        else:
            names = [
                name
                for name, subscription in client.subscriptions.items()
                if isinstance(subscription, dict) and subscription.get("id") == request_id
            ]
        for name in names:
            del client.subscriptions[name]
            if name in client.futures:
                client.reject(error, name)

    async def _log_in(self) -> None:
        self.check_required_credentials()
        url = self.stream_url()
        client = self.client(url)
        if LOGGED_IN not in client.subscriptions:
            timestamp = str(self.nonce())
            request = {
                "id": self._next_id(),
                "op": "login",
                "apiKey": self.apiKey,
                "timestamp": timestamp,
                "signature": self.signature(timestamp, "GET" + STREAM_PATH),
            }
            self.watch(url, LOGGED_IN, request, LOGGED_IN, {"id": request["id"]})
        if LOGGED_IN not in client.futures:
            raise AuthenticationError(f"{self.id} was logged out")
        await client.futures[LOGGED_IN]

    def _subscribe(self, channel: str, hashes: list[str], more: Data) -> Any:
        request: Data = {"id": self._next_id(), "op": "subscribe", "channel": channel, **more}
        return self.watch_multiple(
            self.stream_url(), hashes, request, hashes, {"id": request["id"]}
        )

    def _next_id(self) -> int:
        number: int = self.options.get("requestId", 0) + 1
        self.options["requestId"] = number
        return number


def _hash(channel: str, symbol: str | None, more: Data) -> str:
    return ":".join([channel, symbol or "*", *map(str, more.values())])


def _hashes(channel: str, symbols: list[str] | None, more: Data) -> list[str]:
    if not symbols:
        return [_hash(channel, None, more)]
    return [_hash(channel, symbol, more) for symbol in symbols]


def _is_private(name: str) -> bool:
    return name == LOGGED_IN or name.partition(":")[0] in PRIVATE
