"""One market of the fake Binance: its book, trades, bars and 24 hours, as the public documents of
Binance Spot word them."""

import time
from decimal import Decimal

from hypersim.market.candle import Interval
from tests.support.fake_binance_filters import Json, default_filters

LEVELS = 120
TICK = Decimal("0.01")


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def text(number: Decimal) -> str:
    """Binance writes eight decimals."""
    return f"{number:.8f}"


class FakeMarket:
    """A symbol whose price tests move. `lag_ms` delays the event times that it writes."""

    def __init__(self, base: str, quote: str, price: str) -> None:
        self.base, self.quote = base, quote
        self.id = base + quote
        self.status = "TRADING"
        self.filters: list[Json] = default_filters()
        self.update_id = 1_000
        self.trade_id = 5_000
        self.last = Decimal(price)
        self.lag_ms = 0
        self.quote_volume = "891330.00000000"
        self.listed_ms = 0
        self.aggregates: list[Json] = []
        self.trades: list[Json] = []
        self.bids: dict[Decimal, Decimal] = {}
        self.asks: dict[Decimal, Decimal] = {}
        self._set_book(Decimal(price))

    def time_ms(self) -> int:
        return now_ms() - self.lag_ms

    def _set_book(self, price: Decimal) -> None:
        self.bids = {price - TICK * n: Decimal(n) for n in range(1, LEVELS + 1)}
        self.asks = {price + TICK * n: Decimal(n) for n in range(1, LEVELS + 1)}

    def move(self, price: Decimal) -> Json:
        """Put the middle of the book at `price`; returns the `depthUpdate` event."""
        before = self.bids, self.asks
        self._set_book(price)
        changes = [
            _changes(old, new) for old, new in zip(before, (self.bids, self.asks), strict=True)
        ]
        first_id = self.update_id + 1
        self.update_id += max(1, sum(map(len, changes)))
        return {
            "e": "depthUpdate",
            "E": self.time_ms(),
            "s": self.id,
            "U": first_id,
            "u": self.update_id,
            "b": changes[0],
            "a": changes[1],
        }

    def book_ticker(self) -> Json:
        bid, ask = max(self.bids), min(self.asks)
        return {
            "u": self.update_id,
            "s": self.id,
            "b": text(bid),
            "B": text(self.bids[bid]),
            "a": text(ask),
            "A": text(self.asks[ask]),
        }

    def trade(
        self,
        price: Decimal,
        *quantities: Decimal,
        buyer_is_maker: bool,
        time_ms: int | None = None,
    ) -> list[Json]:
        """An order that trades with several others at one price; returns the `trade` events."""
        self.last = price
        time_ms = time_ms or self.time_ms()
        first_id = self.trade_id + 1
        events: list[Json] = []
        for quantity in quantities:
            self.trade_id += 1
            event = {"e": "trade", "E": self.time_ms(), "s": self.id, "t": self.trade_id}
            event |= {"p": text(price), "q": text(quantity), "T": time_ms}
            events.append(event | {"m": buyer_is_maker, "M": True})
            self.trades.append(_old_trade(events[-1], price * quantity))
        self.aggregates.append(
            {
                "a": 3_000 + len(self.aggregates),
                "p": text(price),
                "q": text(sum(quantities, Decimal(0))),
                "f": first_id,
                "l": self.trade_id,
                "T": time_ms,
                "m": buyer_is_maker,
                "M": True,
            }
        )
        return events

    def aggregates_of(self, params: dict[str, str]) -> list[Json]:
        """See `GET /api/v3/aggTrades`."""
        first_ms, last_ms = int(params.get("startTime", "0")), int(params.get("endTime", "9" * 15))
        rows = [
            row
            for row in self.aggregates
            if number(row["a"]) >= int(params.get("fromId", "0"))
            and first_ms <= number(row["T"]) <= last_ms
        ]
        limit = min(1_000, int(params.get("limit", "500")))
        is_latest = "fromId" not in params and "startTime" not in params
        return rows[-limit:] if is_latest else rows[:limit]

    def old_trades(self, params: dict[str, str]) -> list[Json]:
        """See `GET /api/v3/historicalTrades`."""
        limit = min(1_000, int(params.get("limit", "500")))
        if "fromId" not in params:
            return self.trades[-limit:]
        rows = [row for row in self.trades if number(row["id"]) >= int(params["fromId"])]
        return rows[:limit]

    def ticker(self) -> Json:
        best = self.book_ticker()
        day = self.day()
        return {
            "e": "24hrTicker",
            "E": self.time_ms(),
            "s": self.id,
            "p": day["priceChange"],
            "P": day["priceChangePercent"],
            "w": day["weightedAvgPrice"],
            "x": day["prevClosePrice"],
            "c": day["lastPrice"],
            "Q": day["lastQty"],
            **{key: best[key] for key in ("b", "B", "a", "A")},
            "o": day["openPrice"],
            "h": day["highPrice"],
            "l": day["lowPrice"],
            "v": day["volume"],
            "q": day["quoteVolume"],
            "O": day["openTime"],
            "C": day["closeTime"],
            "F": day["firstId"],
            "L": day["lastId"],
            "n": day["count"],
        }

    def mini_ticker(self) -> Json:
        day = self.day()
        names = {"c": "lastPrice", "o": "openPrice", "h": "highPrice", "l": "lowPrice"}
        names |= {"v": "volume", "q": "quoteVolume"}
        told: Json = {"e": "24hrMiniTicker", "E": self.time_ms(), "s": self.id}
        return told | {key: day[name] for key, name in names.items()}

    def day(self) -> Json:
        """The FULL answer of ticker/24hr."""
        best = self.book_ticker()
        close_ms = self.time_ms()
        return {
            "symbol": self.id,
            "priceChange": "1.00000000",
            "priceChangePercent": "1.000",
            "weightedAvgPrice": text(self.last),
            "prevClosePrice": text(self.last),
            "lastPrice": text(self.last),
            "lastQty": "1.00000000",
            "bidPrice": best["b"],
            "bidQty": best["B"],
            "askPrice": best["a"],
            "askQty": best["A"],
            "openPrice": text(self.last - 1),
            "highPrice": text(self.last + 2),
            "lowPrice": text(self.last - 2),
            "volume": "8913.30000000",
            "quoteVolume": self.quote_volume,
            "openTime": close_ms - 86_400_000,
            "closeTime": close_ms,
            "firstId": 1,
            "lastId": self.trade_id,
            "count": 76,
        }

    def depth(self, limit: int) -> Json:
        bids = sorted(self.bids, reverse=True)[:limit]
        asks = sorted(self.asks)[:limit]
        return {
            "lastUpdateId": self.update_id,
            "bids": [[text(price), text(self.bids[price])] for price in bids],
            "asks": [[text(price), text(self.asks[price])] for price in asks],
        }

    def klines(
        self, interval: Interval, start_ms: int | None, end_ms: int | None, limit: int
    ) -> list[list[object]]:
        """Bars whose price tells when they opened; the unfinished one is the last."""
        last_ms = interval.open_ms(min(now_ms(), end_ms if end_ms is not None else now_ms()))
        if start_ms is None:
            start_ms = last_ms - (limit - 1) * interval.length_ms
        open_ms = interval.open_ms(max(start_ms, self.listed_ms))
        if open_ms < start_ms:
            open_ms = interval.next_open_ms(open_ms)
        rows: list[list[object]] = []
        while open_ms <= last_ms and len(rows) < limit:
            rows.append(kline_row(open_ms, interval))
            open_ms = interval.next_open_ms(open_ms)
        return rows

    def kline_event(self, open_ms: int, *, is_closed: bool) -> Json:
        row = kline_row(open_ms, Interval.M1)
        keys = ("t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B")
        bar: Json = dict(zip(keys, row, strict=True))
        bar |= {"s": self.id, "i": "1m", "f": 100, "L": 200, "x": is_closed}
        return {"e": "kline", "E": self.time_ms(), "s": self.id, "k": bar}

    def info(self) -> Json:
        return {
            "symbol": self.id,
            "status": self.status,
            "baseAsset": self.base,
            "baseAssetPrecision": 8,
            "quoteAsset": self.quote,
            "quotePrecision": 8,
            "quoteAssetPrecision": 8,
            "baseCommissionPrecision": 8,
            "quoteCommissionPrecision": 8,
            "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
            "icebergAllowed": True,
            "ocoAllowed": True,
            "otoAllowed": True,
            "opoAllowed": True,
            "quoteOrderQtyMarketAllowed": True,
            "allowTrailingStop": False,
            "cancelReplaceAllowed": False,
            "amendAllowed": False,
            "pegInstructionsAllowed": True,
            "isSpotTradingAllowed": True,
            "isMarginTradingAllowed": False,
            "filters": self.filters,
            "permissions": [],
            "permissionSets": [["SPOT"]],
            "defaultSelfTradePreventionMode": "NONE",
            "allowedSelfTradePreventionModes": ["NONE"],
        }


def number(value: object) -> int:
    assert isinstance(value, int), value
    return value


def _old_trade(event: Json, worth: Decimal) -> Json:
    return {
        "id": event["t"],
        "price": event["p"],
        "qty": event["q"],
        "quoteQty": text(worth),
        "time": event["T"],
        "isBuyerMaker": event["m"],
        "isBestMatch": True,
    }


def kline_row(open_ms: int, interval: Interval) -> list[object]:
    price = kline_price(open_ms)
    return [
        open_ms,
        text(price),
        text(price + 1),
        text(price - 1),
        text(price),
        "148.97611427",
        interval.next_open_ms(open_ms) - 1,
        "2434.19055334",
        308,
        "17.56000000",
        "28.46694368",
        "0",
    ]


def kline_price(open_ms: int) -> Decimal:
    return Decimal(100 + open_ms // 60_000 % 997)


def _changes(old: dict[Decimal, Decimal], new: dict[Decimal, Decimal]) -> list[list[str]]:
    gone = [[text(price), text(Decimal(0))] for price in old.keys() - new.keys()]
    return gone + [
        [text(price), text(size)] for price, size in new.items() if old.get(price) != size
    ]
