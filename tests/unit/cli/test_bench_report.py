"""What a bench prints at the end."""

import io

import msgspec
import pytest
from msgspec.structs import replace
from rich.console import Console

from hypersim.bench.bars import BARS, Bar, json_line
from hypersim.bench.figures import (
    BinanceFigures,
    Cost,
    Delay,
    Figures,
    Integrity,
    Memory,
    Rate,
    Setting,
)
from hypersim.bench.report import report

RATE = Rate(per_second=14_000, p50_ms=0.4, p99_ms=1.5, longest_ms=44)
DELAY = Delay(p50_ms=3, p99_ms=9, longest_ms=11, events=120)
FIGURES = Figures(
    setting=Setting("wrk", False, "3.11.7", False, 2, "on", "on", 0.12),
    orders_1=RATE,
    orders_16=RATE,
    orders_128=RATE,
    echo_128=replace(RATE, per_second=50_000),
    ratio_to_echo=0.22,
    cost=Cost(200, 60_000, 60.0, 20.0, 17.0, 15.0, 0.01, 0.4),
    order_queries=RATE,
    archived_order_queries=RATE,
    ticker_queries=RATE,
    freshness_idle=DELAY,
    freshness_loaded=DELAY,
    memory=Memory(240, 200, 120_000),
    binance=BinanceFigures(
        orders_128=RATE,
        echo_128=replace(RATE, per_second=50_000),
        ratio_to_echo=0.22,
        cost=Cost(200, 60_000, 80.0, 20.0, 17.0, 15.0, 0.01, 0.4),
        user_streams=20,
        user_events=15_000,
    ),
    integrity=Integrity(120_000, 128, 120_010, 0.5, 0),
)

KEYS = {
    "setting",
    "orders_1",
    "orders_16",
    "orders_128",
    "echo_128",
    "ratio_to_echo",
    "cost",
    "order_queries",
    "archived_order_queries",
    "ticker_queries",
    "freshness_idle",
    "freshness_loaded",
    "memory",
    "binance",
    "integrity",
    "bars_met",
}


def printed(figures: Figures) -> str:
    console = Console(file=io.StringIO(), width=100)
    console.print(report(figures))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_json_is_one_line_with_stable_keys() -> None:
    line = json_line(FIGURES)
    document = msgspec.json.decode(line)
    assert "\n" not in line
    assert document.keys() == KEYS
    assert document["orders_128"] == {
        "per_second": 14_000,
        "p50_ms": 0.4,
        "p99_ms": 1.5,
        "longest_ms": 44,
    }
    assert set(document["bars_met"].values()) == {True}


def test_the_json_names_every_bar() -> None:
    met = msgspec.json.decode(json_line(FIGURES))["bars_met"]
    assert met.keys() == {bar.key for bar in BARS}
    assert len(met) == len(BARS)


def test_a_missed_bar_is_said_to_be_missed() -> None:
    figures = replace(FIGURES, orders_128=replace(RATE, per_second=11_999))
    assert msgspec.json.decode(json_line(figures))["bars_met"]["orders_per_second"] is False
    assert printed(figures).count("not met") == 1
    assert printed(FIGURES).count("not met") == 0


def test_memory_is_not_judged_after_too_few_orders() -> None:
    figures = replace(FIGURES, memory=Memory(90, 200, 99_999))
    assert msgspec.json.decode(json_line(figures))["bars_met"]["memory"] is None
    assert "run too short" in printed(figures)


@pytest.mark.parametrize("bar", BARS, ids=lambda bar: bar.key)
def test_each_bar_stands_in_the_table_with_its_bound(bar: Bar) -> None:
    assert bar.label.strip() in printed(FIGURES)
    assert bar.wanted(FIGURES) in printed(FIGURES)


def test_compiled_modules_have_bars_of_their_own() -> None:
    compiled = replace(FIGURES, setting=replace(FIGURES.setting, is_compiled=True))
    assert msgspec.json.decode(json_line(compiled))["bars_met"]["ratio"] is False
    assert ">= 0.25" in printed(compiled)


def test_orders_are_charged_with_what_all_processes_took() -> None:
    assert FIGURES.cost.cpu_us == 97


def test_the_report_says_what_drove_the_load() -> None:
    assert "driven by wrk" in printed(FIGURES)
    own = replace(FIGURES, setting=replace(FIGURES.setting, client="own"))
    assert "own client" in printed(own)


def test_what_the_kernel_does_not_tell_is_unknown() -> None:
    figures = replace(FIGURES, cost=Cost(200, 60_000, None, None, None, None, None, 0.4))
    assert "server unknown" in printed(figures)


def test_a_busy_machine_and_a_slow_disk_are_named() -> None:
    slow = replace(
        FIGURES,
        setting=replace(FIGURES.setting, flush_ms=4.25),
        cost=replace(FIGURES.cost, others_share=0.62),
    )
    assert "4.25 ms" in printed(slow)
    assert "62% of the processors" in printed(slow)
    assert "too low" not in printed(FIGURES)
