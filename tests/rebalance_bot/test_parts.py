"""Planning, risk checks, tiers, signature, error classes, store, metrics and command line."""

from decimal import Decimal
from pathlib import Path

import pytest

from scripts.rebalance_bot.application.errors import (
    BadKey,
    ClockOff,
    ExchangeError,
    NoSuchOrder,
    RateLimited,
    Refused,
    Unclear,
)
from scripts.rebalance_bot.application.retry import wait_of
from scripts.rebalance_bot.cli import credentials_of, duration, parse
from scripts.rebalance_bot.domain.market import Market
from scripts.rebalance_bot.domain.planning import Averages, Hold, Holdings, Trade, plan
from scripts.rebalance_bot.domain.position import BadTiers, Position, divided, parse_tiers
from scripts.rebalance_bot.domain.risk import objection
from scripts.rebalance_bot.domain.side import Side
from scripts.rebalance_bot.infrastructure.mexc.endpoints import error_of, query_string, signature
from scripts.rebalance_bot.infrastructure.store import SqliteStore
from tests.rebalance_bot.stage import Stage

D = Decimal
QRL = Market("QRL", "USDT", D("0.00001"), D("0.01"), D(5))
UP, DOWN = Averages(D("0.0495"), D("0.0492")), Averages(D("0.0492"), D("0.0495"))


def holdings(coin: int | str, money: int | str) -> Holdings:
    return Holdings(D(coin), D(money), D(coin), D(money))


def planned(coin: int, money: int, averages: Averages | None, cost: str) -> Hold | Trade:
    return plan(QRL, holdings(coin, money), averages, D("0.05"), D(cost), D("0.01"))


@pytest.mark.parametrize(
    ("coin", "money", "averages", "cost", "reason"),
    [
        (8000, 600, None, "0.052", "fewer than 25"),
        (10000, 500, UP, "0.052", "deviation"),
        (9900, 500, UP, "0.052", "deviation 0.0025 is below"),
        (0, 0, UP, "0.052", "deviation"),
        (8000, 600, DOWN, "0.052", "no BUY signal"),
        (8000, 600, UP, "0.05", "not under"),
        (12000, 240, UP, "0.049", "no SELL signal"),
        (12000, 240, DOWN, "0.05", "not over"),
    ],
)
def test_a_plan_needs_a_deviation_a_signal_and_a_good_price(
    coin: int, money: int, averages: Averages | None, cost: str, reason: str
) -> None:
    decision = planned(coin, money, averages, cost)
    assert isinstance(decision, Hold)
    assert reason in decision.reason


@pytest.mark.parametrize(
    ("coin", "money", "averages", "cost", "expected"),
    [
        (8000, 600, UP, "0.052", (Side.BUY, D(2000), D("0.0499"), D("0.1"))),
        (12000, 240, DOWN, "0.049", (Side.SELL, D(3600), D("0.0501"), D(180) / D(840))),
        (0, 600, UP, "0", (Side.BUY, D(6000), D("0.0499"), D("0.5"))),
    ],
)
def test_half_of_the_value_is_to_be_coin(
    coin: int, money: int, averages: Averages, cost: str, expected: tuple[object, ...]
) -> None:
    trade = planned(coin, money, averages, cost)
    assert isinstance(trade, Trade)
    assert (trade.side, trade.quantity, trade.price, trade.deviation) == expected


def test_prices_are_rounded_to_the_traders_side_and_quantities_down() -> None:
    assert QRL.price(D("0.049999"), Side.BUY) == D("0.04999")
    assert QRL.price(D("0.050001"), Side.SELL) == D("0.05001")
    assert QRL.quantity(D("12.3499")) == D("12.34")


def test_the_averages_are_of_the_newest_candles() -> None:
    closes = [D(9)] * 5 + [D(1)] * 18 + [D(2)] * 7
    assert Averages.of_closes(closes) == Averages(D(2), D(32) / 25)
    assert Averages.of_closes(closes[:24]) is None


@pytest.mark.parametrize(
    ("quantity", "price", "reason"),
    [
        ("0", "0.0499", "nothing"),
        ("2000.001", "0.0499", "grid"),
        ("2000", "0.049905", "grid"),
        ("100", "0.0499", "notional 4.99 is below 5"),
        ("2000", "0.0599", "far from"),
        ("12024", "0.0499", "USDT"),
        ("2000", "0.0499", ""),
    ],
)
def test_risk_checks_say_what_is_wrong(quantity: str, price: str, reason: str) -> None:
    trade = Trade(Side.BUY, D(quantity), D(price), D("0.05"), D("0.1"), "")
    said = objection(trade, QRL, holdings(8000, 600), D(5))
    assert reason in said if reason else said == ""


def test_coin_in_open_orders_cannot_be_sold() -> None:
    trade = Trade(Side.SELL, D(3600), D("0.0501"), D("0.05"), D("0.2"), "")
    locked = Holdings(D(12000), D(240), D(3500), D(240))
    assert objection(trade, QRL, locked, D(5)) == "needs 3600 QRL, 3500 are free"


def test_tiers_divide_all_of_the_coin() -> None:
    tiers = parse_tiers("core=0.7,swing=0.2,active=0.1")
    parts = divided(D("100.07"), tiers, QRL)
    assert parts == {"core": D("70.04"), "swing": D("20.01"), "active": D("10.02")}
    assert sum(parts.values()) == D("100.07")


@pytest.mark.parametrize("text", ["", "core", "a=0.5,a=0.5", "a=x,b=1", "a=0.5", "a=-1,b=2"])
def test_tiers_are_shares_of_a_whole(text: str) -> None:
    with pytest.raises(BadTiers):
        parse_tiers(text)


def test_parameters_are_signed_by_name_as_the_guide_shows() -> None:
    params = {
        "symbol": "QRLUSDT",
        "side": "BUY",
        "type": "LIMIT",
        "quantity": "1234.56",
        "price": "0.04990",
        "timestamp": "1704096000000",
        "recvWindow": "5000",
    }
    assert query_string(params) == (
        "price=0.04990&quantity=1234.56&recvWindow=5000&side=BUY&symbol=QRLUSDT"
        "&timestamp=1704096000000&type=LIMIT"
    )
    signed = signature(params, "secret")
    assert len(signed) == 64
    assert signature(params | {"signature": signed}, "secret") == signed


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, -1003, RateLimited),
        (429, 429, RateLimited),
        (400, -1021, ClockOff),
        (400, 700003, ClockOff),
        (400, -1022, BadKey),
        (400, 700002, BadKey),
        (400, 10072, BadKey),
        (401, 402, BadKey),
        (400, -1013, Refused),
        (400, 30002, Refused),
        (400, -2010, Refused),
        (400, 30004, Refused),
        (400, -2011, NoSuchOrder),
        (400, -2013, NoSuchOrder),
        (400, "cut", Unclear),
        (503, 0, Unclear),
        (504, -1013, Unclear),
        (400, -1007, Unclear),
    ],
)
def test_errors_are_sorted_by_what_is_to_be_done(
    status: int, code: int | str, kind: type[ExchangeError]
) -> None:
    assert type(error_of(status, {"code": code, "msg": "no"}, None)) is kind


def test_waits_double_and_too_many_requests_wait_five_seconds_at_least() -> None:
    assert [wait_of(Unclear(0, ""), n) for n in (1, 2, 3)] == [1, 2, 4]
    assert [wait_of(RateLimited(-1003, ""), n) for n in (1, 2, 3, 4)] == [5, 5, 5, 8]
    assert wait_of(error_of(429, None, "30"), 1) == 30.5


def test_a_store_outlives_its_process(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "bot.sqlite")
    store.keep(Position(D("8000.00"), D("0.052")))
    store.close()
    again = SqliteStore(tmp_path / "bot.sqlite")
    assert again.position() == Position(D(8000), D("0.052"))
    again.close()


async def test_the_guides_metrics_are_told(tmp_path: Path) -> None:
    stage = Stage.at(tmp_path)
    async with stage.bot("--average-cost", "0.052") as bot:
        await bot.once()
        bot.meters.write(tmp_path / "metrics")
    told = (tmp_path / "metrics").read_text()
    for line in (
        'rebalance_execution_total{action="BUY",status="done"} 1.0',
        'rebalance_execution_duration_seconds_count{action="BUY"} 1.0',
        'order_fill_rate{side="BUY"} 100.0',
        'position_value_usdt{asset="QRL"} 499.0',
        'position_value_usdt{asset="USDT"} 500.2',
        "average_cost_usdt 0.05158",
    ):
        assert line in told
    assert "# TYPE api_errors_total counter" in told


async def test_what_the_coin_cost_when_it_was_first_seen_is_remembered(tmp_path: Path) -> None:
    stage = Stage.at(tmp_path)
    assert await stage.once() == 0
    assert stage.venue.places == 0
    stage.venue.price = D("0.0499")
    assert await stage.once() == 0
    assert stage.venue.places == 1


async def test_a_dry_run_sends_nothing_and_keeps_nothing(tmp_path: Path) -> None:
    stage = Stage.at(tmp_path)
    async with stage.bot("--average-cost", "0.052") as bot:
        assert await bot.dry_run() == 0
    assert "POST /api/v3/order" not in stage.venue.requests
    assert stage.position() is None


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["--once", "--dry-run"],
        ["--interval", "15"],
        ["--once", "--symbol", "QRLUSDT"],
        ["--once", "--threshold", "NaN"],
        ["--once", "--tiers", "core=1,swing=1"],
    ],
)
def test_a_wrong_command_line_ends_with_2(wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(wrong)
    assert ended.value.code == 2


def test_durations_have_units() -> None:
    assert [duration(text) for text in ("30s", "15m", "4h", "1d")] == [30, 900, 14400, 86400]


def test_the_exchanges_own_key_comes_first() -> None:
    own = {"MEXC_API_KEY": "a", "MEXC_API_SECRET": "b"}
    ours = {"HYPERSIM_API_KEY": "c", "HYPERSIM_API_SECRET": "d"}
    assert credentials_of(own | ours).key == "a"
    assert credentials_of(ours).key == "c"
    assert "b" not in repr(credentials_of(own))
    with pytest.raises(BadKey, match="MEXC_API_KEY"):
        credentials_of({})
