"""What is listed at the start: the configured instruments, or those chosen of the venue's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from hypersim.feeds.binance.api import NAMED_MAX, BinanceApi
from hypersim.feeds.binance.exchange_info import SymbolInfo
from hypersim.feeds.binance.instruments import Listing, list_instruments
from hypersim.feeds.binance.rest import RefusedError, RestError, UnreachableError
from hypersim.feeds.binance.timings import BinanceTimings
from hypersim.feeds.choice_of_symbols import Choice, Largest, Named, SymbolsMissing, pick
from hypersim.feeds.listing import known_or_of_its_kind
from hypersim.feeds.options import FeedOptions
from hypersim.market.instrument import Instrument
from hypersim.service.feed import FeedUnavailable, NotOffered

Answer = TypeVar("Answer")


class Opening:
    """Asks Binance what it lists. Raises FeedUnavailable with one clear line."""

    def __init__(self, api: BinanceApi, options: FeedOptions, timings: BinanceTimings) -> None:
        self._api = api
        self._options = options
        self._timings = timings

    async def instruments(
        self, timeout_s: float | None, *, retry_unreachable: bool
    ) -> tuple[Instrument, ...]:
        """With the venue's filters, the most important first. Tries a few times, for no longer than
        `timeout_s` in all until somebody answers; a host that cannot be reached at all is tried
        again only with `retry_unreachable`."""
        attempt_s = self._timings.open_attempt_s
        limit_s = timeout_s or attempt_s * self._timings.open_attempts
        if self._asks_for_all:
            await self._tried(self._api.answers, attempt_s, limit_s, retries=retry_unreachable)
            attempt_s = self._timings.listing_s
            limit_s = attempt_s * self._timings.open_attempts
        listing = await self._tried(self._listing, attempt_s, limit_s, retries=retry_unreachable)
        for symbol, reason in listing.left_out:
            self._options.say(f"{symbol} is left out: {reason}")
        if not listing.instruments:
            raise FeedUnavailable("binance cannot serve: it lists none of the instruments")
        return listing.instruments

    async def offer(self, wanted: Instrument) -> Instrument:
        """See `Feed.offer`."""
        try:
            venue = await self._api.symbols([wanted.id])
        except RestError as error:
            raise FeedUnavailable(f"Binance cannot be asked now: {error}") from None
        listing = list_instruments([wanted], venue)
        if not listing.instruments:
            ((symbol, reason),) = listing.left_out
            raise NotOffered(f"{symbol}: {reason}")
        return listing.instruments[0]

    @property
    def _asks_for_all(self) -> bool:
        """Whether the answer is megabytes."""
        choice = self._options.choice
        if choice is None:
            return len(self._options.instruments) > NAMED_MAX
        return not isinstance(choice, Named) or len(choice.symbols) > NAMED_MAX

    async def _listing(self) -> Listing:
        options = self._options
        choice = options.choice
        if choice is None:
            venue = await self._api.symbols(one.id for one in options.instruments)
            return list_instruments(options.instruments, venue)
        if isinstance(choice, Named):
            venue = await self._api.symbols(name.replace("/", "") for name in choice.symbols)
            # Named ones are listed though they are halted.
            offered = {info.name: info for info in venue.values()}
        else:
            offered = {info.name: info for info in await self._api.every_symbol() if info.is_open}
        names = await self._picked(choice, offered)
        wanted = [known_or_of_its_kind(name, options.instruments) for name in names]
        return list_instruments(wanted, {one.id: offered[one.symbol] for one in wanted})

    async def _picked(self, choice: Choice, offered: dict[str, SymbolInfo]) -> tuple[str, ...]:
        volumes = await self._api.every_volume() if isinstance(choice, Largest) else {}
        names = [name for name, info in offered.items() if info.symbol in volumes or not volumes]
        try:
            return pick(choice, names, lambda name: volumes[offered[name].symbol])
        except SymbolsMissing as missing:
            raise NotOffered(f"--symbols: Binance does not list {missing}") from None

    async def _tried(
        self,
        ask: Callable[[], Awaitable[Answer]],
        attempt_s: float,
        limit_s: float,
        *,
        retries: bool,
    ) -> Answer:
        """Several tries, as long as there is time for another."""
        try:
            async with asyncio.timeout(limit_s):
                return await self._retried(ask, attempt_s, limit_s, retries=retries)
        except TimeoutError:
            reason = self._api.rest.trouble or f"Binance REST: no answer within {limit_s:g} s"
            raise FeedUnavailable(f"binance cannot serve: {reason}") from None
        except RestError as error:
            raise FeedUnavailable(f"binance cannot serve: {error}") from error

    async def _retried(
        self,
        ask: Callable[[], Awaitable[Answer]],
        attempt_s: float,
        limit_s: float,
        *,
        retries: bool,
    ) -> Answer:
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + limit_s
        attempt = 1
        while True:
            try:
                async with asyncio.timeout(attempt_s):
                    return await ask()
            except (RefusedError, UnreachableError) as error:
                if isinstance(error, RefusedError) or not retries:
                    raise
                failure: Exception = error
            except (RestError, TimeoutError) as error:
                failure = error
            wait_s = self._api.rest.wait_s()
            if attempt >= self._timings.open_attempts or loop.time() + wait_s >= deadline_s:
                raise failure
            attempt += 1
            await asyncio.sleep(wait_s)
