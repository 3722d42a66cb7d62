"""A symbol that nobody listed at the start: asked for by its name alone, it takes the filters of
the feed's venue and is served from then on."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from hypersim.dialects.binance.numbers import TimeUnit
from hypersim.dialects.binance.streams.catalog import Catalog
from hypersim.feeds import synthetic
from hypersim.feeds.choice_of_symbols import Named
from hypersim.feeds.replay.feed import ReplayFeed
from hypersim.feeds.replay.source import parse_source
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import BROKEN
from tests.support.many_markets import CHOOSY, ManyMarkets, eventually, many_markets, venue_of
from tests.support.memory_exchange import MemoryExchange, memory_exchange
from tests.support.timed_feeds import options_at

PEPE = "PEPEUSDT"
FILTERS: list[dict[str, object]] = [
    {
        "filterType": "PRICE_FILTER",
        "tickSize": "0.00000100",
        "minPrice": "0.00000200",
        "maxPrice": "1000.00000000",
    },
    {"filterType": "LOT_SIZE", "stepSize": "1.00", "minQty": "3.00", "maxQty": "92141578.00"},
    {"filterType": "NOTIONAL", "minNotional": "7.00000000", "avgPriceMins": 5},
]
TWO = Named(("BTC/USDT", "ETH/USDT"))


@pytest.fixture
async def venue() -> AsyncIterator[FakeBinance]:
    made = venue_of(["BTC", "ETH", "PEPE"])
    made.markets[PEPE].filters = FILTERS
    async with made.running() as fake:
        yield fake


@pytest.fixture
async def listed(venue: FakeBinance) -> AsyncIterator[ManyMarkets]:
    """An exchange that lists two of the venue's markets."""
    async with many_markets(venue, replace(CHOOSY, books_kept_max=3), TWO) as many:
        yield many


async def ask(exchange: MemoryExchange, symbol: str, **more: str) -> tuple[int, Any]:
    answer = await exchange.admin.post("/admin/instruments", json={"symbol": symbol, **more})
    return answer.status_code, answer.json()


async def test_it_has_the_filters_of_the_venue(listed: ManyMarkets) -> None:
    status, _ = await ask(listed.exchange, "PEPE/USDT")
    assert status == 201
    pepe = listed.exchange.record.instruments["PEPE/USDT"]
    assert (pepe.tick_size, pepe.min_price) == (Decimal("0.000001"), Decimal("0.000002"))
    assert (pepe.step_size, pepe.min_quantity) == (Decimal(1), Decimal(3))
    assert pepe.min_notional == 7


async def test_what_else_is_asked_for_goes_before_the_venues(listed: ManyMarkets) -> None:
    await ask(listed.exchange, "PEPE/USDT", tickSize="0.01", takerFeeRate="0.002")
    pepe = listed.exchange.record.instruments["PEPE/USDT"]
    assert (pepe.tick_size, pepe.min_price) == (Decimal("0.01"), Decimal("0.01"))
    assert (pepe.step_size, pepe.min_quantity) == (Decimal(1), Decimal(3))
    assert pepe.taker_fee_rate == Decimal("0.002")


async def test_the_feed_serves_it_from_then_on(listed: ManyMarkets, venue: FakeBinance) -> None:
    waiting = Catalog(listed.desk.venue)
    assert not await waiting.open(["pepeusdt@depth20"])
    await ask(listed.exchange, "PEPE/USDT")
    book = await listed.desk.run("depth", symbol=PEPE)
    assert book["bids"][0] == ["99.99000000", "1.00000000"]
    assert len(book["bids"]) == 100
    data = listed.exchange.engine.view.markets["PEPE/USDT"]
    assert len(await listed.desk.run("klines", symbol=PEPE, interval="1d", limit="5")) == 5
    stream = (await waiting.open(["pepeusdt@depth20"]))["pepeusdt@depth20"]
    (payload,) = stream.source.current(0)
    assert len(payload(TimeUnit.MILLISECOND)["bids"]) == 20  # type: ignore[index]
    order = await listed.desk.run(
        "order.place", symbol=PEPE, side="BUY", type="MARKET", quantity="3"
    )
    assert order["status"] == "FILLED"
    venue.move(PEPE, "101")
    await eventually(lambda: data.bids[0][0] == Decimal("100.99"))


async def test_beyond_those_whose_books_are_kept_it_has_one_when_somebody_looks(
    venue: FakeBinance,
) -> None:
    async with many_markets(venue, CHOOSY, TWO) as many:
        await ask(many.exchange, "PEPE/USDT")
        data = many.exchange.engine.view.markets["PEPE/USDT"]
        await eventually(lambda: len(data.bids) == 1)
        await eventually(lambda: "pepeusdt@trade" in venue.subscribed())
        assert "pepeusdt@depth@100ms" not in venue.subscribed()
        book = await many.desk.run("depth", symbol=PEPE)
        assert len(book["bids"]) == 100


async def test_a_symbol_that_the_venue_does_not_list_is_refused(listed: ManyMarkets) -> None:
    status, answer = await ask(listed.exchange, "NOPE/USDT", tickSize="0.01")
    assert status == 400
    assert answer["error"] == {
        "code": "INVALID_SYMBOL",
        "message": "Not listed: NOPE/USDT: Binance does not list it",
        "details": {},
    }
    assert "NOPE/USDT" not in listed.exchange.record.instruments


async def test_a_venue_that_does_not_answer_is_said_so(
    listed: ManyMarkets, venue: FakeBinance
) -> None:
    venue.always(BROKEN)
    status, answer = await ask(listed.exchange, "PEPE/USDT")
    assert status == 503
    assert "Binance cannot be asked now" in str(answer)
    # What is listed can be changed without asking anybody.
    status, _ = await ask(listed.exchange, "BTC/USDT", takerFeeRate="0.002")
    assert status == 200


async def test_an_asset_may_be_written_in_any_script() -> None:
    names = ["BTC", "ETH", "\u5e01\u5b89\u4eba\u751f"]
    async with venue_of(names).running() as venue, many_markets(venue, CHOOSY, TWO) as many:
        status, _ = await ask(many.exchange, f"{names[2]}/USDT")
        assert status == 201
        assert len((await many.desk.run("depth", symbol=f"{names[2]}USDT"))["bids"]) == 100


async def test_made_up_prices_have_the_filters_of_the_table() -> None:
    given = options_at()
    few = given.instruments[:2]
    feed = synthetic.build(replace(given, instruments=few))
    async with memory_exchange(feed=feed, instruments=few) as exchange:
        assert (await ask(exchange, "PEPE/USDT"))[0] == 201
        pepe = exchange.record.instruments["PEPE/USDT"]
        assert pepe.tick_size == Decimal("0.00000001")
        assert pepe.step_size == 1
        assert (await ask(exchange, "MADEUP/USDT"))[0] == 201


async def test_made_up_prices_come_with_the_first_look(venue: FakeBinance) -> None:
    few = options_at().instruments[:2]
    async with many_markets(
        venue, make=lambda given: synthetic.build(replace(given, choice=None, instruments=few))
    ) as many:
        assert (await ask(many.exchange, "PEPE/USDT"))[0] == 201
        book = await many.desk.run("depth", symbol=PEPE)
        assert len(book["bids"]) == 100
        assert len(await many.desk.run("klines", symbol=PEPE, interval="1h", limit="3")) == 3


async def test_a_recording_has_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "BTCUSDT-trades-x.csv"
    file.write_text("1,40000.00,0.5,20000,1610064000278,True,True\n")
    feed = ReplayFeed(options_at(), parse_source(str(file)))
    instruments = await feed.open()
    async with memory_exchange(feed=feed, instruments=instruments) as exchange:
        status, answer = await ask(exchange, "PEPE/USDT")
    await feed.close()
    assert status == 400
    assert "PEPE/USDT: the recording does not have it, only BTC/USDT" in str(answer)
