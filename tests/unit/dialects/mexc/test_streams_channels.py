"""Names of channels are read as they are documented, and no others."""

import pytest

from hypersim.dialects.mexc.streams.channels import Kind, parse_channel

GOOD = {
    "spot@public.aggre.deals.v3.api.pb@100ms@BTCUSDT": (Kind.DEALS, "BTCUSDT", "100ms"),
    "spot@public.aggre.depth.v3.api.pb@10ms@BTCUSDT": (Kind.DEPTH, "BTCUSDT", "10ms"),
    "spot@public.aggre.bookTicker.v3.api.pb@100ms@A": (Kind.BOOK_TICKER, "A", "100ms"),
    "spot@public.bookTicker.batch.v3.api.pb@BTCUSDT": (Kind.BOOK_TICKER_BATCH, "BTCUSDT", ""),
    "spot@public.limit.depth.v3.api.pb@BTCUSDT@20": (Kind.LIMIT_DEPTH, "BTCUSDT", "20"),
    "spot@public.kline.v3.api.pb@BTCUSDT@Min15": (Kind.KLINE, "BTCUSDT", "Min15"),
    "spot@public.miniTicker.v3.api.pb@BTCUSDT@UTC+8": (Kind.MINI_TICKER, "BTCUSDT", "UTC+8"),
    "spot@public.miniTickers.v3.api.pb@24H": (Kind.MINI_TICKERS, "", "24H"),
    "spot@private.account.v3.api.pb": (Kind.ACCOUNT, "", ""),
    "spot@private.deals.v3.api.pb": (Kind.OWN_DEALS, "", ""),
    "spot@private.orders.v3.api.pb": (Kind.ORDERS, "", ""),
}

BAD = [
    "",
    "spot",
    "spot@public.aggre.deals.v3.api@100ms@BTCUSDT",
    "spot@public.aggre.deals.v3.api.pb@50ms@BTCUSDT",
    "spot@public.aggre.deals.v3.api.pb@BTCUSDT",
    "spot@public.kline.v3.api.pb@BTCUSDT@1m",
    "spot@public.limit.depth.v3.api.pb@BTCUSDT@6",
    "spot@public.miniTicker.v3.api.pb@BTCUSDT@UTC+15",
    "spot@public.miniTickers.v3.api.pb@UTC+8@24H",
    "spot@private.orders.v3.api.pb@BTCUSDT",
    "futures@private.orders.v3.api.pb",
]


@pytest.mark.parametrize("name", GOOD)
def test_a_documented_name_is_a_channel(name: str) -> None:
    channel = parse_channel(name)
    assert channel is not None and channel[1:] == GOOD[name]


@pytest.mark.parametrize("name", BAD)
def test_any_other_name_is_none(name: str) -> None:
    assert parse_channel(name) is None
