"""What stock CCXT sent is sent again as it was, to another server of the same seed, which answers
with the same bytes."""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import ccxt.async_support

from tests.conformance.time.byte_session import Session, difference
from tests.support.ccxt_binance import binance_config
from tests.support.server import DEMO_KEY, DEMO_SECRET

SYMBOL = "BTC/USDT"


class Tapped(ccxt.async_support.binance):  # type: ignore[misc]
    """Sends through a session, at the exchange's time."""

    def __init__(self, session: Session) -> None:
        options = {"fetchMarkets": {"types": ["spot"]}, "fetchCurrencies": False}
        keys = {"apiKey": DEMO_KEY, "secret": DEMO_SECRET}
        url = session.server.url
        super().__init__(binance_config(url, enableRateLimit=False, options=options, **keys))
        self.through = session
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self._turn = asyncio.Lock()
        """CCXT asks for several things at once; they are sent one after the other."""

    def milliseconds(self) -> int:
        return self.through.now_ms

    async def fetch(
        self, url: str, method: str = "GET", headers: Any = None, body: Any = None
    ) -> Any:
        headers = {name: value for name, value in (headers or {}).items() if value is not None}
        more = {"headers": headers, "content": body or b""}
        target = url.removeprefix(self.through.server.url)
        async with self._turn:
            self.sent.append((method, target, more))
            answer = await self.through.send(method, target, **more)
        text = answer.body.decode()
        told = self.parse_json(text)
        told_headers = dict(answer.headers)
        self.handle_errors(answer.status, "", url, method, told_headers, text, told, headers, body)
        return told


async def traded(exchange: Tapped) -> None:
    """Orders with names of their own, reads and refusals, as a bot would."""
    await exchange.load_markets()
    for number in range(8):
        name = {"clientOrderId": f"bot-{number}"}
        await exchange.create_order(SYMBOL, "market", "buy", 0.002, None, name)
        resting = {"clientOrderId": f"bot-rests-{number}"}
        order = await exchange.create_order(SYMBOL, "limit", "buy", 0.001, 45_000, resting)
        await exchange.fetch_order(order["id"], SYMBOL)
        if number % 2:
            await exchange.cancel_order(order["id"], SYMBOL)
        with contextlib.suppress(ccxt.InsufficientFunds):
            await exchange.create_order(SYMBOL, "market", "sell", 50, None, name)
        await exchange.fetch_balance()
        await exchange.fetch_my_trades(SYMBOL)
        await exchange.fetch_open_orders(SYMBOL)
        await exchange.fetch_ticker(SYMBOL)
        await exchange.fetch_order_book(SYMBOL, 20)
        await exchange.fetch_ohlcv(SYMBOL, "1m", limit=5)
        exchange.sent.append(("", "", {}))
        await exchange.through.advance()


async def test_what_ccxt_sent_gets_the_same_bytes_again(tmp_path: Path) -> None:
    one, other = Session(tmp_path / "one"), Session(tmp_path / "other")
    await one.begin()
    exchange = Tapped(one)
    try:
        await traded(exchange)
    finally:
        await exchange.close()
        await one.end(is_kill=True)
    await other.begin()
    for method, target, more in exchange.sent:
        if method:
            await other.send(method, target, **more)
        else:
            await other.advance()
    await other.end(is_kill=True)
    assert len(one.answers) > 90
    assert not difference(one, other)
