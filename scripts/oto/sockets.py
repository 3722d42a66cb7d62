"""A user's two sockets: prices, and user data over the WebSocket API. Each comes back by itself."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from decimal import Decimal
from ipaddress import ip_address
from typing import Any, Literal
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from scripts.oto.rest import Account
from scripts.oto.terms import Quote

OPEN_TIMEOUT_S = 20
ANSWER_TIMEOUT_S = 10
FIRST_DELAY_S, LONGEST_DELAY_S = 0.2, 10.0
SUBSCRIPTION = "userDataStream.subscribe.signature"

Greeting = Callable[[ClientConnection], Awaitable[None]]
Hearing = Callable[[Any], None]
StateHearing = Callable[[bool, str], None]


class SubscriptionRefused(Exception):
    """The exchange does not tell this user anything."""


class SubscriptionEnded(Exception):
    """The socket is open, and tells nothing any more."""


FAILURES = (OSError, TimeoutError, WebSocketException, SubscriptionRefused, SubscriptionEnded)
"""After these the socket is opened again."""


async def follow(
    url: str, *, greet: Greeting | None, hear: Hearing, tell_state: StateHearing
) -> None:
    """Stay connected until canceled. `tell_state` learns of every connection and its end."""
    delay_s = FIRST_DELAY_S
    clock = asyncio.get_running_loop().time
    while True:
        started = clock()
        why = "the exchange closed the socket"
        try:
            await _listen(url, greet, hear, tell_state)
        except FAILURES as error:
            why = f"{type(error).__name__}: {error}"
        tell_state(False, why)
        if clock() - started > LONGEST_DELAY_S:
            # It worked for a while: this is the first failure of a new row.
            delay_s = FIRST_DELAY_S
        # Not all users at the same moment.
        await asyncio.sleep(delay_s * random.uniform(0.5, 1.5))
        delay_s = min(2 * delay_s, LONGEST_DELAY_S)


async def _listen(
    url: str, greet: Greeting | None, hear: Hearing, tell_state: StateHearing
) -> None:
    """One connection, until it ends."""
    proxy: Literal[True] | None = None if is_local(url) else True
    async with connect(url, proxy=proxy, open_timeout=OPEN_TIMEOUT_S) as socket:
        if greet is not None:
            await greet(socket)
        tell_state(True, "")
        async for message in socket:
            hear(json.loads(message))


def price_url(stream_url: str, symbol: str) -> str:
    """Where the best prices of a symbol are told."""
    return f"{stream_url}/ws/{symbol.lower()}@bookTicker"


def quote_of(message: Any) -> Quote | None:
    """The best prices that a message tells of; an empty side is no price."""
    if not isinstance(message, dict) or "b" not in message or "a" not in message:
        return None
    bid, ask = Decimal(message["b"]), Decimal(message["a"])
    return Quote(bid, ask) if bid > 0 and ask > 0 else None


def subscribe_to(account: Account) -> Greeting:
    """A greeting that asks for an account's events."""

    async def greet(socket: ClientConnection) -> None:
        request = {"id": 1, "method": SUBSCRIPTION, "params": account.signed_params()}
        await socket.send(json.dumps(request))
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            answer = json.loads(await socket.recv())
        if answer.get("status") != 200:
            error = answer.get("error", {})
            raise SubscriptionRefused(f"{error.get('code')} {error.get('msg')}")

    return greet


def event_of(message: Any) -> dict[str, Any] | None:
    """What a message of the WebSocket API tells of the account. Raises `SubscriptionEnded`."""
    event: dict[str, Any] | None = message.get("event")
    if event is not None and event.get("e") in ("eventStreamTerminated", "serverShutdown"):
        raise SubscriptionEnded(event["e"])
    return event


def is_local(url: str) -> bool:
    """Whether a URL leads to this computer, where no proxy is needed."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
