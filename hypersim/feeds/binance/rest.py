"""GET requests to Binance's public REST interface, with manners.

One gate for all requests: while Binance has told us to wait (429, 418), or after failures in a
row, nothing is sent. Callers are never kept waiting: they get a `RestError` at once and ask
`wait_s` when to come back.
"""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TypeVar

import httpx
import msgspec
import structlog

from hypersim.feeds.backoff import Backoff
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.binance.wire import ErrorBody
from hypersim.feeds.garbage import Garbage
from hypersim.service.clock import Clock

BODY_BYTES_MAX = 32 * 2**20
"""The whole exchangeInfo is about a tenth of it."""

RETRY_AFTER_S_MAX = 3 * 24 * 3600.0
"""Binance's longest ban."""

_INVALID_SYMBOL = -1121
_log = structlog.get_logger()
Answer = TypeVar("Answer")


class RestError(Exception):
    """No usable answer; the message is one line."""


class UnreachableError(RestError):
    """No connection: a name that does not resolve, a closed port, no network."""


class RefusedError(RestError):
    """The request itself is refused, and will be again."""


class UnknownSymbolError(RefusedError):
    """Binance does not list one of the symbols asked for."""


class BinanceRest:
    """A polite client of `base_url` (scheme, host and perhaps a path before `/api/v3`)."""

    def __init__(self, base_url: str, timings: BinanceTimings, clock: Clock) -> None:
        self.trouble = ""
        self._timings = timings
        self._clock = clock
        self._http = httpx.AsyncClient(timeout=timings.request_s, follow_redirects=True)
        self._url = base_url.rstrip("/").removesuffix("/api/v3") + "/api/v3/"
        self._backoff = Backoff(timings.backoff_first_s, timings.backoff_cap_s)
        self._closed_until_s = 0.0
        self._garbage = Garbage("binance")

    def wait_s(self) -> float:
        """For how long nothing will be sent; 0 when the way is free."""
        return max(0.0, self._closed_until_s - asyncio.get_running_loop().time())

    async def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        answer: type[Answer],
        *,
        limit_s: float | None = None,
    ) -> Answer:
        """The decoded answer, within `limit_s` where it is a long one. Raises `RestError`."""
        limit_s = limit_s or self._timings.request_s
        if self.wait_s() > 0:
            raise RestError(self.trouble)
        try:
            async with asyncio.timeout(limit_s):
                response, body = await self._fetch(path, params)
        except TimeoutError as error:
            raise self._backed_off(f"no answer within {limit_s:g} s") from error
        except httpx.ConnectError as error:
            line = self._backed_off(f"cannot connect: {error}")
            raise UnreachableError(str(line)) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise self._backed_off(str(error) or type(error).__name__) from error
        if response.status_code >= 400:
            raise self._failure(path, response, body)
        try:
            decoded = msgspec.json.decode(body, type=answer)
        except ValueError as error:
            self._garbage.skip(path, error)
            raise RestError(f"{path} answered garbage") from error
        self._recovered()
        return decoded

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def _fetch(
        self, path: str, params: Mapping[str, str | int]
    ) -> tuple[httpx.Response, bytes]:
        body = bytearray()
        url = self._url + path
        async with self._http.stream("GET", url, params=dict(params)) as response:
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > BODY_BYTES_MAX:
                    raise httpx.DecodingError(f"{path} answered over {BODY_BYTES_MAX} bytes")
        return response, bytes(body)

    def _failure(self, path: str, response: httpx.Response, body: bytes) -> RestError:
        status = response.status_code
        told = response.headers.get("Retry-After")
        if status == 429:
            wait_s = _retry_after_s(told, self._timings.rate_limited_s)
            return self._held(wait_s, "is limiting our requests (HTTP 429)")
        if status == 418:
            wait_s = _retry_after_s(told, self._timings.banned_s)
            return self._held(wait_s, "has banned this address (HTTP 418)")
        if status >= 500:
            return self._backed_off(f"HTTP {status}")
        try:
            error = msgspec.json.decode(body, type=ErrorBody)
        except ValueError:
            error = ErrorBody(0, body[:120].decode(errors="replace").strip() or "no reason given")
        if error.code == _INVALID_SYMBOL:
            return UnknownSymbolError(f"{path}: {error.msg}")
        # 403 (firewall) and 451 (country) come here too; asking again at full pace would be rude.
        line = self._backed_off(f"HTTP {status}: {' '.join(error.msg.split())}")
        return RefusedError(str(line))

    def _backed_off(self, reason: str) -> RestError:
        """Requests that fail together count as one failure."""
        if self.wait_s() == 0:
            self._close_for(self._backoff.next_s(), f"Binance REST: {reason}")
        return RestError(f"Binance REST: {reason}")

    def _held(self, wait_s: float, verdict: str) -> RestError:
        until = datetime.fromtimestamp(self._clock.now_ms() / 1000 + wait_s, UTC)
        line = f"Binance {verdict}: no requests until {until:%Y-%m-%d %H:%M:%S} UTC"
        self._close_for(max(wait_s, self.wait_s()), line)
        return RestError(line)

    def _close_for(self, wait_s: float, line: str) -> None:
        self._closed_until_s = asyncio.get_running_loop().time() + wait_s
        if line != self.trouble:
            _log.warning(line, wait_s=round(wait_s, 3))
        self.trouble = line

    def _recovered(self) -> None:
        """An answer to what was sent before the last failure says nothing about it."""
        if self.wait_s() > 0:
            return
        self._backoff.reset()
        if self.trouble:
            _log.info("Binance REST answers again")
        self.trouble = ""


def _retry_after_s(told: str | None, default_s: float) -> float:
    if told is None or not (told.isascii() and told.isdigit()):
        return default_s
    return min(float(told), RETRY_AFTER_S_MAX)
