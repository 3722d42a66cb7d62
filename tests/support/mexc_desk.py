"""A MEXC client of an exchange in memory: it signs as it is told, and reads what comes."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlencode

from tests.support.binance_client import signature_of
from tests.support.dialects.mexc import ADAPTER
from tests.support.dialects.stand import ALICE, Stand, stand_of
from tests.support.dialects.words import Request, Trader

Signing = Callable[[str, str, Mapping[str, str], Trader], Request]
"""Of a method, a path and parameters."""


def in_query(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """As stock CCXT: everything in the query, signed as it stands there."""
    query = urlencode(params)
    signature = signature_of(trader.secret, query)
    return _request(method, f"{path}?{query}&signature={signature}", trader)


def in_form(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """As the documents' second example: everything in the body."""
    form = urlencode(params)
    body = f"{form}&signature={signature_of(trader.secret, form)}"
    return _request(method, path, trader, body)


def in_both(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """As their third: some in the query and some in the body, with nothing between them."""
    pairs = list(params.items())
    query, form = urlencode(pairs[:2]), urlencode(pairs[2:])
    body = f"{form}&signature={signature_of(trader.secret, query + form)}"
    return _request(method, f"{path}?{query}", trader, body)


def sorted_by_key(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """As the rebalance guide's client: signed in another order than it is sent, and not encoded."""
    text = "&".join(f"{name}={value}" for name, value in sorted(params.items()))
    signature = signature_of(trader.secret, text)
    return _request(method, f"{path}?{urlencode(params)}&signature={signature}", trader)


def encoded_whole(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """As pymexc: sorted, with %20 for a blank."""
    text = urlencode(dict(sorted(params.items())), quote_via=quote)
    signature = signature_of(trader.secret, text)
    return _request(method, f"{path}?{text}&signature={signature}", trader)


def in_json(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """Its values signed as they stand in the text, numbers too."""
    text = "&".join(f"{name}={value}" for name, value in params.items())
    fields = {**params, "signature": signature_of(trader.secret, text)}
    body = "{" + ", ".join(f'"{name}": {_json(value)}' for name, value in fields.items()) + "}"
    return _request(method, path, trader, body)


def over_json(method: str, path: str, params: Mapping[str, str], trader: Trader) -> Request:
    """The JSON text itself is signed, and the signature stands in the query."""
    body = json.dumps(dict(params))
    return _request(method, f"{path}?signature={signature_of(trader.secret, body)}", trader, body)


class Desk:
    """Alice at her client."""

    def __init__(self, stand: Stand) -> None:
        self.stand = stand

    async def ask(
        self,
        method: str,
        path: str,
        *,
        trader: Trader = ALICE,
        signing: Signing = in_query,
        **params: Any,
    ) -> Any:
        """The status and the body of a signed request."""
        texts = {name: str(value) for name, value in params.items()}
        texts["timestamp"] = str(self.stand.clock.now_ms())
        answer = await self.stand.ask(signing(method, f"/api/v3/{path}", texts, trader))
        return answer.status, answer.body

    async def done(self, method: str, path: str, **params: Any) -> Any:
        """The body of what must not be refused."""
        status, body = await self.ask(method, path, **params)
        assert status == 200, body
        return body

    async def code(self, method: str, path: str, **params: Any) -> Any:
        """Of what must be refused."""
        status, body = await self.ask(method, path, **params)
        assert status >= 400, body
        return body["code"]

    async def order(self, kind: str, side: str = "BUY", **terms: Any) -> Any:
        """A new order as it stands after it was placed."""
        placed = await self.done("POST", "order", symbol="BTCUSDT", side=side, type=kind, **terms)
        return await self.done("GET", "order", symbol="BTCUSDT", orderId=placed["orderId"])


@asynccontextmanager
async def desk_of(*, errors_like: str = "mexc", is_limited: bool = False) -> AsyncIterator[Desk]:
    """For the length of a block."""
    async with stand_of(ADAPTER, is_limited=is_limited, errors_like=errors_like) as stand:
        yield Desk(stand)


def _json(value: str) -> str:
    return value if value.replace(".", "").isdigit() else json.dumps(value)


def _request(method: str, target: str, trader: Trader, body: str = "") -> Request:
    headers = {"X-MEXC-APIKEY": trader.key, "Content-Type": "application/json"}
    return Request(method, target, headers, body.encode())
