"""A session of prints, trades among users and restarts, and what it has to come to."""

from collections.abc import Iterable
from decimal import Decimal

from hypersim.feeds.manual import ManualFeed
from hypersim.market.candle import DAY_MS, MINUTE_MS, Candle, Interval, flat_candle
from hypersim.market.data import MarketData
from hypersim.market.events import TradePrinted
from hypersim.market.tape import PublicTrade
from hypersim.service.changes import Changes
from hypersim.service.markets import Markets
from hypersim.service.past_bars import PastBars
from hypersim.service.past_trades import PastTrades
from hypersim.service.record import LastMinute
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.view import View
from hypersim.trading.events import MarketMoved
from tests.support.builders import SYMBOL, instrument, transaction
from tests.support.memory_record import MemoryRecord

START_MS = 1_700_000_000_000 - 1_700_000_000_000 % DAY_MS


MARKET = instrument(symbol=SYMBOL)


def bars_of(trades: Iterable[PublicTrade], interval: Interval) -> list[Candle]:
    """What the trades add up to, with flat bars in between."""
    bars: list[Candle] = []
    for trade in trades:
        open_ms = interval.open_ms(trade.time_ms)
        while bars and interval.next_open_ms(bars[-1].open_ms) < open_ms:
            bars.append(flat_candle(interval.next_open_ms(bars[-1].open_ms), bars[-1].close))
        if not bars or bars[-1].open_ms < open_ms:
            bars.append(flat_candle(open_ms, bars[-1].close if bars else trade.price))
        bars[-1] = bars[-1].with_trade(
            trade.price,
            trade.quantity,
            buyer_is_taker=not trade.buyer_is_maker,
            trade_id=trade.id,
        )
    return bars


class HandClock(SimulatedClock):
    """Moves when it is told to."""

    def __init__(self) -> None:
        super().__init__(START_MS, 0)
        self.time_ms = START_MS

    def now_ms(self) -> int:
        return self.time_ms


class TellingFeed(ManualFeed):
    """Numbers its trades, and tells those that happened again at any time."""

    def __init__(self, clock: "HandClock") -> None:
        super().__init__([MARKET], clock)
        self.told: list[PublicTrade] = []

    def print(self, time_ms: int, price: Decimal, quantity: Decimal) -> TradePrinted:
        self.told.append(PublicTrade(len(self.told) + 1, time_ms, price, quantity, False))
        return TradePrinted(SYMBOL, time_ms, price, quantity, False, len(self.told))

    async def history(
        self, symbol: str, interval: Interval, start_ms: int, end_ms: int
    ) -> list[Candle]:
        del symbol
        bars = bars_of(self.told, interval)
        now_ms = self._clock.now_ms()
        return [
            bar
            for bar in bars
            if start_ms <= bar.open_ms < end_ms and interval.next_open_ms(bar.open_ms) <= now_ms
        ]

    async def trades(
        self, symbol: str, *, from_id: int | None, start_ms: int | None, end_ms: int, limit: int
    ) -> list[PublicTrade]:
        del symbol
        found = [
            trade
            for trade in self.told
            if trade.id >= (from_id or 0) and (start_ms or 0) <= trade.time_ms < end_ms
        ]
        return found[-limit:] if from_id is None and start_ms is None else found[:limit]

    async def beginning_ms(self, symbol: str) -> int | None:
        del symbol
        return self.told[0].time_ms if self.told else None


class Session:
    """A market that lives through prints and trades among users, and may start again."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.feed = TellingFeed(self.clock)
        self.record = MemoryRecord()
        self.tape: list[PublicTrade] = []
        self.now_ms = START_MS
        self.orders = 0
        self.makers: dict[int, int] = {}
        self._begin()

    def _begin(self) -> None:
        self.view = View(shows_users_orders=True)
        self.view.put_instrument(MARKET)
        self.markets = Markets(self.view, self.feed, self.record, self.clock)

    @property
    def data(self) -> MarketData:
        return self.view.markets[SYMBOL]

    def print(self, price: int, quantity: int) -> None:
        event = self.feed.print(self.now_ms, Decimal(price), Decimal(quantity))
        self.view.apply(Changes(), [transaction([MarketMoved(event)])])
        self._note()

    def trade(self, price: int, quantity: int, makers: int = 1) -> None:
        """One order trades with those of so many others, at one price."""
        self.orders += 1
        self.makers[self.data.last_trade_id + 1] = makers
        for _ in range(makers):
            self.data.add_trade(
                self.now_ms,
                Decimal(price),
                Decimal(quantity),
                buyer_is_maker=True,
                taker_order_id=self.orders,
            )
            recorded = self.data.last_recorded()
            self.record.printed[SYMBOL, recorded.id] = recorded
            self._note()

    def _note(self) -> None:
        self.tape.append(self.data.trades[-1])
        running = self.data.running_minute
        assert running is not None
        self.record.minutes[SYMBOL, running.open_ms] = running
        self.record.ends[SYMBOL] = self.data.end

    async def restart(self, away_ms: int, missed: list[int]) -> None:
        """The feed goes on while nobody looks."""
        self._begin()
        minutes: list[LastMinute] = await self.record.last_minutes()
        for last in minutes:
            self.data.resume(last.minute, last.end)
        for price in missed:
            self.now_ms += away_ms
            self.feed.print(self.now_ms, Decimal(price), Decimal(1))
            printed = self.feed.told[-1]
            shift = self.record.ends[SYMBOL].trade_id - self.record.ends[SYMBOL].feed_id
            self.tape.append(
                PublicTrade(printed.id + shift, printed.time_ms, printed.price, Decimal(1), False)
            )
        self.pass_time(MINUTE_MS)
        self.data.pass_time(self.now_ms)
        minute_ms = Interval.M1.open_ms(self.now_ms)
        ids = [
            (await self.feed.trades(SYMBOL, from_id=None, start_ms=None, end_ms=end, limit=1))
            for end in (minute_ms, self.now_ms + 1)
        ]
        if ids[0] and ids[1]:
            self.data.align(ids[0][-1].id, ids[1][-1].id)
        past = PastBars(
            self.view, self.feed, self.record, PastTrades(self.feed, self.record), self.clock
        )
        start_ms = minute_ms - 2 * DAY_MS
        self.data.load_minutes(await past.between(SYMBOL, Interval.M1, start_ms, minute_ms))

    def pass_time(self, elapsed_ms: int) -> None:
        self.now_ms += elapsed_ms
        self.clock.time_ms = self.now_ms
