"""Opening the Binance feed when Binance is not well."""

from collections.abc import AsyncIterator

import pytest

from hypersim.feeds.binance.feed import BinanceFeed
from hypersim.service.feed import FeedUnavailable
from tests.support.fake_binance import (
    BROKEN,
    GARBAGE,
    HANGING,
    TRUNCATED,
    WRONG_TYPES,
    Answer,
    FakeBinance,
    banned,
    rate_limited,
)
from tests.support.live_feeds import FAST, options, two_markets


@pytest.fixture
async def venue() -> AsyncIterator[FakeBinance]:
    async with two_markets().running() as fake:
        yield fake


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
