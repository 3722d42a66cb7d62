"""Opening the Binance feed when Binance is not well."""

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest
from msgspec.structs import replace

from hypersim.feeds.auto import AutoFeed
from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.feeds.choice_of_symbols import choice_of
from hypersim.feeds.options import FeedOptions
from hypersim.market.instrument import TradingStatus
from hypersim.service.feed import FeedUnavailable, NotOffered
from tests.support.fake_binance import FakeBinance
from tests.support.fake_binance_answers import (
    BROKEN,
    GARBAGE,
    HANGING,
    TRUNCATED,
    WRONG_TYPES,
    Answer,
    banned,
    rate_limited,
)
from tests.support.fake_binance_market import FakeMarket
from tests.support.live_feeds import FAST, options


@pytest.mark.parametrize("failure", [BROKEN, GARBAGE, WRONG_TYPES, TRUNCATED, HANGING])
async def test_opening_survives_a_passing_failure(venue: FakeBinance, failure: Answer) -> None:
    venue.next_answers("exchangeInfo", failure)
    feed = BinanceFeed(options(venue.url), FAST)
    assert len(await feed.open()) == 2
    await feed.close()


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (BROKEN, "HTTP 503"),
        (GARBAGE, "garbage"),
        (rate_limited(30), "HTTP 429"),
        (banned(600), "HTTP 418"),
        (Answer(451, '{"code":0,"msg":"Service unavailable from a restricted location"}'), "451"),
        (Answer(403, "<html>\nForbidden\n</html>"), "HTTP 403"),
        (HANGING, "no answer within"),
    ],
)
async def test_opening_gives_up_in_one_clear_line(
    venue: FakeBinance, failure: Answer, reason: str
) -> None:
    venue.always(failure)
    feed = BinanceFeed(options(venue.url), FAST)
    with pytest.raises(FeedUnavailable, match=reason) as raised:
        await feed.open(0.5)
    await feed.close()
    assert str(raised.value).startswith("binance cannot serve: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:1", "http://no-such-host.invalid"])
async def test_a_host_that_is_not_there_is_said_so(url: str) -> None:
    feed = BinanceFeed(options(url), FAST)
    with pytest.raises(FeedUnavailable, match="cannot connect"):
        await feed.open()
    await feed.close()


def named(venue: FakeBinance, text: str, said: list[str] | None = None) -> FeedOptions:
    """Options with `--symbols`."""
    return replace(options(venue.url, said=said), choice=choice_of(text))


@pytest.fixture
async def market_place() -> AsyncIterator[FakeBinance]:
    """Five markets; one does not trade."""
    made = [FakeMarket(base, quote, "100") for base, quote in MARKETS]
    for market, volume in zip(made, ("500", "900", "70", "2000", "5"), strict=True):
        market.quote_volume = volume
    made[-1].status = "BREAK"
    async with FakeBinance(*made).running() as fake:
        yield fake


MARKETS = (
    ("ETH", "USDT"),
    ("BTC", "USDT"),
    ("PEPE", "USDT"),
    ("ETH", "BTC"),
    ("OLD", "USDT"),
)


async def listed_by(feed: BinanceFeed) -> list[str]:
    listed = await feed.open()
    await feed.close()
    return [one.symbol for one in listed]


async def test_symbols_that_are_named_take_the_venues_filters(market_place: FakeBinance) -> None:
    market_place.markets["PEPEUSDT"].filters = [
        {"filterType": "PRICE_FILTER", "tickSize": "0.00000001", "minPrice": "0.00000001"},
        {"filterType": "LOT_SIZE", "stepSize": "1.00", "minQty": "1.00"},
    ]
    feed = BinanceFeed(named(market_place, "PEPE/USDT,ETH/BTC"), FAST)
    pepe, cross = await feed.open()
    await feed.close()
    assert (pepe.symbol, pepe.tick_size, pepe.step_size) == (
        "PEPE/USDT",
        Decimal("1e-8"),
        Decimal(1),
    )
    assert (cross.symbol, cross.tick_size) == ("ETH/BTC", Decimal("0.01"))
    assert not market_place.times_asked("ticker/24hr")


async def test_the_largest_of_a_quote_are_those_with_the_most_volume(
    market_place: FakeBinance,
) -> None:
    feed = BinanceFeed(named(market_place, "USDT:2"), FAST)
    assert await listed_by(feed) == ["BTC/USDT", "ETH/USDT"]


async def test_all_are_those_that_trade(market_place: FakeBinance) -> None:
    feed = BinanceFeed(named(market_place, "all"), FAST)
    assert await listed_by(feed) == ["ETH/USDT", "BTC/USDT", "PEPE/USDT", "ETH/BTC"]


async def test_a_named_symbol_that_does_not_trade_is_listed_halted(
    market_place: FakeBinance,
) -> None:
    feed = BinanceFeed(named(market_place, "OLD/USDT"), FAST)
    (old,) = await feed.open()
    await feed.close()
    assert old.status is TradingStatus.HALTED


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("BTC/USDT,NOPE/USDT,NEVER/USDT", "NOPE/USDT, NEVER/USDT"),
        ("BT/CUSDT", "BT/CUSDT"),
        ("EUR:5", "anything in EUR"),
    ],
)
async def test_what_binance_does_not_list_ends_the_start_by_name(
    market_place: FakeBinance, text: str, missing: str
) -> None:
    chosen = named(market_place, text)
    with pytest.raises(NotOffered) as raised:
        await BinanceFeed(chosen, FAST).open()
    assert str(raised.value) == f"--symbols: Binance does not list {missing}"
    # Made-up prices of other symbols would be no answer.
    with pytest.raises(NotOffered):
        await AutoFeed(chosen, timings=FAST).open()


async def test_the_list_of_all_may_take_its_time_where_somebody_answers(
    market_place: FakeBinance,
) -> None:
    slow = replace(FAST, open_attempt_s=0.2, request_s=5.0)
    market_place.next_answers("exchangeInfo", Answer(delay_s=0.3))
    feed = BinanceFeed(named(market_place, "all"), slow)
    assert len(await feed.open(0.2)) == 4
    await feed.close()
