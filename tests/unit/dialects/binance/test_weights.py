"""Weights, bans, and unfilled orders."""

from decimal import Decimal

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.limits.meters import WALLET_WEIGHT_1M, Meters
from hypersim.dialects.binance.limits.weights import (
    FIRST_BAN_MS,
    LONGEST_BAN_MS,
    MAKER_CREDIT,
    REFUSALS_BEFORE_BAN,
    ClientLimits,
    Limits,
    OrderCounts,
    announced,
)
from hypersim.edge.client import SHARED_WIDTH, UNLIMITED_WIDTH, Counted
from hypersim.trading.order import Fill, Liquidity, Order, OrderType, Side, TimeInForce

NOW_MS = 1_700_000_040_000
"""At the beginning of a minute."""

HOME, AWAY = Counted("192.0.2.1"), Counted("192.0.2.2")
SHARED = Counted("127.0.0.1", SHARED_WIDTH)
EXEMPT = Counted("10.0.0.1", UNLIMITED_WIDTH)
ACCOUNT = 1


def addresses(*, is_enforced: bool = True, **limits: int) -> ClientLimits:
    return ClientLimits(Limits(**limits), is_enforced=is_enforced)


def status_of(limits: ClientLimits, now_ms: int = NOW_MS, weight: int = 1) -> int:
    try:
        limits.charge(HOME, weight, now_ms)
    except BinanceError as error:
        return error.status
    return 200


def exhaust(limits: ClientLimits, now_ms: int) -> list[int]:
    return [status_of(limits, now_ms, weight=10) for _ in range(REFUSALS_BEFORE_BAN + 2)]


def test_weight_adds_up_within_a_minute_and_per_address() -> None:
    limits = addresses(weight_1m=10)
    assert limits.charge(HOME, 4, NOW_MS) == 4
    assert limits.charge(HOME, 6, NOW_MS + 59_999) == 10
    assert limits.charge(AWAY, 1, NOW_MS) == 1
    assert status_of(limits, NOW_MS + 59_999) == 429
    assert limits.charge(HOME, 1, NOW_MS + 60_000) == 1


def test_what_is_refused_weighs_nothing_so_that_a_lighter_request_is_taken() -> None:
    limits = addresses(weight_1m=10)
    assert limits.charge(HOME, 8, NOW_MS) == 8
    assert status_of(limits, weight=3) == 429
    assert limits.charge(HOME, 2, NOW_MS) == 10


def test_a_refusal_says_when_the_minute_ends() -> None:
    limits = addresses(weight_1m=1)
    with pytest.raises(BinanceError) as caught:
        limits.charge(HOME, 2, NOW_MS + 1)
    assert (caught.value.code, caught.value.retry_at_ms) == (-1003, NOW_MS + 60_000)


def test_each_endpoint_of_the_wallet_is_limited_apart() -> None:
    limits = addresses(weight_1m=1)
    meters = Meters(limits)
    one, other = meters.of("/sapi/a"), meters.of("/sapi/b")
    assert one.charge(HOME, WALLET_WEIGHT_1M, NOW_MS) == WALLET_WEIGHT_1M
    assert other.charge(HOME, 10, NOW_MS) == 10
    assert one.charge(AWAY, 1, NOW_MS) == 1
    for _ in range(REFUSALS_BEFORE_BAN + 2):
        with pytest.raises(BinanceError) as caught:
            one.charge(HOME, 1, NOW_MS)
        assert (caught.value.status, caught.value.retry_at_ms) == (429, NOW_MS + 60_000)
    # None of it counts elsewhere, nor bans anybody.
    assert status_of(limits) == 200


def test_requests_are_counted_too() -> None:
    limits = addresses(requests_5m=2)
    assert [status_of(limits) for _ in range(3)] == [200, 200, 429]


def test_who_goes_on_after_429_is_banned_and_longer_each_time() -> None:
    limits = addresses(weight_1m=5)
    assert exhaust(limits, NOW_MS) == [429] * REFUSALS_BEFORE_BAN + [418] * 2
    assert status_of(limits, NOW_MS + FIRST_BAN_MS - 1) == 418
    later_ms = NOW_MS + FIRST_BAN_MS
    assert status_of(limits, later_ms) == 200
    assert exhaust(limits, later_ms)[-1] == 418
    assert status_of(limits, later_ms + 2 * FIRST_BAN_MS - 1) == 418
    assert status_of(limits, later_ms + 2 * FIRST_BAN_MS) == 200


def test_no_ban_is_longer_than_three_days() -> None:
    limits, now_ms = addresses(weight_1m=5), NOW_MS
    for _ in range(16):
        exhaust(limits, now_ms)
        now_ms += LONGEST_BAN_MS
        assert status_of(limits, now_ms) == 200


def test_a_ban_on_the_spot_api_closes_no_other_host() -> None:
    limits = addresses(weight_1m=5)
    meters = Meters(limits)
    assert exhaust(limits, NOW_MS)[-1] == 418
    with pytest.raises(BinanceError):
        meters.of("/api/v3/ping").charge(HOME, 1, NOW_MS)
    for path in ("/fapi/v1/exchangeInfo", "/dapi/v1/exchangeInfo"):
        assert meters.of(path).charge(HOME, 1, NOW_MS) == 1


def test_a_limit_is_wider_for_an_address_that_many_share() -> None:
    limits = addresses(weight_1m=5)
    assert limits.charge(SHARED, 5 * SHARED_WIDTH, NOW_MS) == 5 * SHARED_WIDTH
    for _ in range(REFUSALS_BEFORE_BAN * SHARED_WIDTH):
        with pytest.raises(BinanceError, match="current limit is 100 request weight") as caught:
            limits.charge(SHARED, 1, NOW_MS)
        assert caught.value.status == 429
    with pytest.raises(BinanceError) as caught:
        limits.charge(SHARED, 1, NOW_MS)
    assert caught.value.status == 418
    # Whoever has a key there, or is not limited, goes on.
    assert limits.charge(Counted((1, "key")), 1, NOW_MS) == 1
    assert limits.charge(EXEMPT, 1_000, NOW_MS) == 1_000


def test_what_was_charged_is_given_back_in_its_own_minute_only() -> None:
    limits = addresses()
    limits.charge(HOME, 4, NOW_MS)
    limits.forgive(HOME, 4, NOW_MS)
    assert limits.row(HOME, NOW_MS + 1).count == 0
    limits.charge(HOME, 4, NOW_MS + 60_000)
    limits.forgive(HOME, 4, NOW_MS)
    assert limits.row(HOME, NOW_MS + 60_000).count == 4


def test_a_line_tells_of_a_ban_and_names_no_key() -> None:
    limits = addresses(weight_1m=5)
    named = Counted((7, "name-of-the-key"))
    with capture_logs() as lines:
        for who in [HOME] * (REFUSALS_BEFORE_BAN + 3) + [named] * (REFUSALS_BEFORE_BAN + 3):
            with pytest.raises(BinanceError):
                limits.charge(who, 10, NOW_MS)
    assert [line["client"] for line in lines] == [HOME.name, "a key of account 7"]
    assert "name-of-the-key" not in str(lines)


def test_without_enforcement_weight_is_only_shown() -> None:
    limits = addresses(is_enforced=False, weight_1m=1, requests_5m=1)
    assert [limits.charge(HOME, 5, NOW_MS) for _ in range(3)] == [5, 10, 15]
    assert limits.row(HOME, NOW_MS).count == 15


def test_unfilled_orders_are_limited_per_ten_seconds_and_day() -> None:
    counts = OrderCounts(Limits(orders_10s=2, orders_1d=3), is_enforced=True)
    counts.take(ACCOUNT, 2, NOW_MS)
    with pytest.raises(BinanceError, match="current limit is 2 orders per 10 SECOND") as caught:
        counts.take(ACCOUNT, 1, NOW_MS)
    # No word of when to come back: orders that trade make room long before the window ends.
    assert (caught.value.code, caught.value.status) == (-1015, 429)
    assert caught.value.retry_at_ms is None
    counts.take(ACCOUNT, 1, NOW_MS + 10_000)
    with pytest.raises(BinanceError, match="3 orders per 1 DAY"):
        counts.take(ACCOUNT, 1, NOW_MS + 10_000)
    assert counts.counts(ACCOUNT, NOW_MS + 10_000) == (1, 3)
    assert [row.count for row in counts.rows(ACCOUNT, NOW_MS + 10_000)] == [1, 3]


def test_the_first_fill_gives_an_order_back_and_more_if_it_had_rested() -> None:
    counts = OrderCounts(Limits(), is_enforced=True)
    order = Order(
        id=1,
        account_id=ACCOUNT,
        symbol="BTC/USDT",
        side=Side.BUY,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.GTC,
        quantity=Decimal(3),
        price=Decimal(1),
        created_ms=0,
        updated_ms=0,
        rank=1,
        filled=Decimal(1),
    )
    fill = Fill(
        id=1,
        order_id=1,
        account_id=ACCOUNT,
        symbol="BTC/USDT",
        side=Side.BUY,
        price=Decimal(1),
        quantity=Decimal(1),
        notional=Decimal(1),
        fee=Decimal(0),
        fee_asset="BTC",
        fee_rate=Decimal(0),
        liquidity=Liquidity.TAKER,
        time_ms=0,
    )
    counts.take(ACCOUNT, 8, NOW_MS)
    counts.filled(order, fill, NOW_MS)
    assert counts.counts(ACCOUNT, NOW_MS) == (7, 7)
    counts.filled(replace(order, filled=Decimal(2)), fill, NOW_MS)
    assert counts.counts(ACCOUNT, NOW_MS) == (7, 7)
    maker = replace(fill, liquidity=Liquidity.MAKER)
    counts.filled(order, maker, NOW_MS)
    assert counts.counts(ACCOUNT, NOW_MS) == (7 - MAKER_CREDIT, 7 - MAKER_CREDIT)
    counts.filled(order, maker, NOW_MS)
    assert counts.counts(ACCOUNT, NOW_MS) == (0, 0)


def test_the_venue_takes_300000_requests_in_five_minutes() -> None:
    assert Limits().requests_5m == 300_000


def test_the_limits_are_announced_as_they_are() -> None:
    rows = announced(Limits(weight_1m=1, requests_5m=2, orders_10s=3, orders_1d=4))
    assert [(row.rateLimitType, row.interval, row.intervalNum, row.limit) for row in rows] == [
        ("REQUEST_WEIGHT", "MINUTE", 1, 1),
        ("ORDERS", "SECOND", 10, 3),
        ("ORDERS", "DAY", 1, 4),
        ("RAW_REQUESTS", "MINUTE", 5, 2),
    ]
