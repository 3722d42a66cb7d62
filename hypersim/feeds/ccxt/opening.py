"""What is listed at the start: the configured instruments, or those chosen of the exchange's."""

import asyncio
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from hypersim.feeds.ccxt.calls import CallError, CcxtCalls, named
from hypersim.feeds.ccxt.timings import CcxtTimings
from hypersim.feeds.ccxt.wire import Unified, instrument_from, number, quote
from hypersim.feeds.choice_of_symbols import (
    Choice,
    Largest,
    Named,
    SymbolsMissing,
    is_symbol,
    pick,
)
from hypersim.feeds.listing import known_or_of_its_kind
from hypersim.feeds.options import FeedOptions
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedUnavailable, NotOffered


class Opening:
    """Asks the exchange what it lists. Raises FeedUnavailable with one clear line."""

    def __init__(
        self,
        name: str,
        exchange: Any,
        calls: CcxtCalls,
        options: FeedOptions,
        timings: CcxtTimings,
    ) -> None:
        self._name = name
        self._exchange = exchange
        self._calls = calls
        self._options = options
        self._timings = timings

    async def instruments(self) -> tuple[Instrument, ...]:
        """With the exchange's filters, the most important first."""
        await self._answered("load_markets", True, nothing="it lists no markets")
        choice = self._options.choice
        wanted = self._options.instruments if choice is None else await self._chosen(choice)
        listed = tuple(one for ours in wanted if (one := self._instrument(ours)) is not None)
        if not listed:
            raise FeedUnavailable(f"{self._name} cannot serve: it lists none of the instruments")
        return listed

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed.offer`. What the exchange has listed since the start is asked for."""
        if self._market(wanted.symbol) is None:
            try:
                await self._calls.call("load_markets", True)
            except CallError as error:
                raise FeedUnavailable(f"{self._name} cannot be asked now: {error}") from None
        market = self._market(wanted.symbol)
        if market is None:
            raise NotOffered(f"{wanted.symbol}: {self._name} does not list it")
        try:
            return instrument_from(market, wanted, self._exchange.precisionMode)
        except ValueError as error:
            raise NotOffered(f"{wanted.symbol}: its filters cannot be used ({error})") from None

    async def tells_all_prices(self, listed: Sequence[Instrument]) -> bool:
        """Whether one question tells the best prices of all markets, which serves many of them
        better; an exchange whose tickers have none is asked market by market. Asked at every start,
        as markets may be added to a few."""
        if not self._calls.has("fetchTickers"):
            return False
        symbols = named(one.symbol for one in listed)
        if len(listed) > self._timings.books_kept_max:
            tickers = await self._answered("fetch_tickers", symbols, nothing="it tells no prices")
        else:
            try:
                tickers = await self._calls.call("fetch_tickers", symbols)
            except CallError:
                # A few can be asked about one by one.
                return False
        return isinstance(tickers, dict) and any(map(_has_quote, tickers.values()))

    async def _answered(self, method: str, *arguments: object, nothing: str) -> Any:
        """The answer to one of a few tries."""
        attempt = 1
        while True:
            try:
                if answer := await self._calls.call(method, *arguments):
                    return answer
                reason = nothing
            except CallError as error:
                reason = str(error)
            wait_s = self._calls.wait_s()
            if attempt >= self._timings.open_attempts or wait_s > self._timings.open_wait_s:
                raise FeedUnavailable(f"{self._name} cannot serve: {reason}")
            attempt += 1
            await asyncio.sleep(wait_s)

    async def _chosen(self, choice: Choice) -> list[Instrument]:
        markets = {
            symbol: one for symbol in self._exchange.markets if (one := self._market(symbol))
        }
        offered = markets if isinstance(choice, Named) else _open(markets)
        volumes = await self._volumes() if isinstance(choice, Largest) else {}
        try:
            picked = pick(choice, tuple(offered), lambda one: volumes.get(one, Decimal(0)))
        except SymbolsMissing as missing:
            raise NotOffered(f"--symbols: {self._name} does not list {missing}") from None
        return [known_or_of_its_kind(one, self._options.instruments) for one in picked]

    async def _volumes(self) -> dict[str, Decimal]:
        """How much of its quote each symbol trades in a day."""
        if not self._calls.has("fetchTickers"):
            raise FeedUnavailable(
                f"--symbols: {self._name} does not tell volumes; name the symbols"
            )
        tickers = await self._answered("fetch_tickers", nothing="it tells no volumes")
        return {symbol: _volume_of(ticker) for symbol, ticker in tickers.items()}

    def _market(self, symbol: str) -> Unified | None:
        """The exchange's spot market of this symbol."""
        market = (self._exchange.markets or {}).get(symbol)
        return market if isinstance(market, dict) and market.get("spot") is not False else None

    def _instrument(self, ours: Instrument) -> Instrument | None:
        market = self._market(ours.symbol)
        if market is None:
            self._options.say(f"{ours.symbol} is left out: {self._name} does not list it")
            return None
        try:
            return instrument_from(market, ours, self._exchange.precisionMode)
        except ValueError as error:
            self._options.say(f"{ours.symbol} is left out: its filters cannot be used ({error})")
            return None


def _open(markets: Mapping[str, Unified]) -> dict[str, Unified]:
    """Those that trade now, as BASE/QUOTE."""
    return {
        symbol: market
        for symbol, market in markets.items()
        if market.get("active") is not False and is_symbol(symbol)
    }


def _has_quote(ticker: Unified) -> bool:
    try:
        return quote("", 0, ticker) is not None
    except ValueError:
        return False


def _volume_of(ticker: Unified) -> Decimal:
    quoted, base, last = (ticker.get(key) for key in ("quoteVolume", "baseVolume", "last"))
    try:
        if quoted is not None:
            return number(quoted)
        return number(base) * number(last) if base is not None and last is not None else Decimal(0)
    except ValueError:
        return Decimal(0)
