"""Calls of a CCXT exchange, with the same manners as towards Binance: obey a limit, wait longer
after every failure in a row, skip what cannot be read."""

import asyncio
import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any

import ccxt.async_support as ccxt_async
import structlog

from hypersim.feeds.backoff import Backoff
from hypersim.feeds.garbage import Garbage
from hypersim.service.feed import FeedUnavailable

NAMED_MAX = 100
"""Symbols that a question names."""

_log = structlog.get_logger()


def named(symbols: Iterable[str]) -> list[str] | None:
    """How a question about these symbols names them: of more than a few, everything is asked."""
    names = list(symbols)
    return names if len(names) <= NAMED_MAX else None


class CallError(Exception):
    """No usable answer; the message is one line."""


class CcxtCalls:
    """The one way to the exchange. CCXT itself keeps the pace and the time limit of a request."""

    def __init__(
        self, exchange: Any, backoff_first_s: float, backoff_cap_s: float, rate_limited_s: float
    ) -> None:
        self.trouble = ""
        self.recoveries = 0
        self.garbage = Garbage(exchange.id)
        self._exchange = exchange
        self._backoff = Backoff(backoff_first_s, backoff_cap_s)
        self._rate_limited_s = rate_limited_s
        self._closed_until_s = 0.0

    def has(self, capability: str) -> bool:
        """Whether the exchange has it by itself (`fetchTickers`), not emulated by many calls."""
        return self._exchange.has.get(capability) is True

    @property
    def timeframes(self) -> Collection[str]:
        """The lengths of its bars."""
        return self._exchange.timeframes or ()

    @property
    def pause_ms(self) -> float:
        """What it wants to pass between two calls."""
        return float(self._exchange.rateLimit)

    def wait_s(self) -> float:
        """For how long nothing will be sent; 0 when the way is free."""
        return max(0.0, self._closed_until_s - asyncio.get_running_loop().time())

    async def call(self, method: str, *arguments: object) -> Any:
        """The unified answer of `method`. Raises `CallError`, at once while calls are paused."""
        if self.wait_s() > 0:
            raise CallError(self.trouble)
        try:
            answer = await getattr(self._exchange, method)(*arguments)
        except (ccxt_async.RateLimitExceeded, ccxt_async.DDoSProtection) as error:
            wait_s = self._told_to_wait_s()
            raise self._paused(wait_s, f"{self._exchange.id} limits our requests") from error
        except ccxt_async.BaseError as error:
            line = f"{self._exchange.id} {method}: {one_line(error)}"
            raise self._paused(self._next_wait_s(), line) from error
        except Exception as error:
            # CCXT's parsers raise anything on a body that they do not expect.
            self.garbage.skip(method, repr(error))
            raise CallError(f"{self._exchange.id} {method}: unreadable answer") from error
        if self.wait_s() == 0:
            self._recovered()
        return answer

    def _told_to_wait_s(self) -> float:
        headers = self._exchange.last_response_headers or {}
        told = next((text for name, text in headers.items() if name.lower() == "retry-after"), "")
        return float(told) if told.isascii() and told.isdigit() else self._rate_limited_s

    def _next_wait_s(self) -> float:
        """Calls that fail together count as one failure."""
        return self.wait_s() or self._backoff.next_s()

    def _paused(self, wait_s: float, line: str) -> CallError:
        self._closed_until_s = asyncio.get_running_loop().time() + wait_s
        if line != self.trouble:
            _log.warning(line, wait_s=round(wait_s, 3))
        self.trouble = line
        return CallError(line)

    def _recovered(self) -> None:
        self._backoff.reset()
        if self.trouble:
            _log.info("exchange answers again", exchange=self._exchange.id)
            self.recoveries += 1
        self.trouble = ""


def one_line(error: Exception) -> str:
    """An error's name and the beginning of its text, without line breaks: CCXT names a timeout by
    its class alone, and puts whole bodies into the text."""
    return " ".join([type(error).__name__, *str(error).split()])[:200]


def new_exchange(name: str, request_s: float, config: Mapping[str, object]) -> Any:
    """CCXT's object. Raises `FeedUnavailable` for an exchange that it does not know."""
    if name not in ccxt_async.exchanges:
        close = difflib.get_close_matches(name, ccxt_async.exchanges)
        hint = f"did you mean {' or '.join(close)}?" if close else "for example ccxt:kraken"
        raise FeedUnavailable(f"CCXT knows no exchange {name!r}; {hint}")
    ours: dict[str, object] = {
        "enableRateLimit": True,
        "timeout": int(request_s * 1000),
        # Numbers stay the texts that the exchange sent.
        "number": str,
        "options": {"defaultType": "spot"},
    }
    return getattr(ccxt_async, name)({**ours, **config})
