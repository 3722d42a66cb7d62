"""What `--symbols` says, and what it chooses."""

from decimal import Decimal

import pytest

from hypersim.feeds.choice_of_symbols import (
    SYMBOLS_MAX,
    Every,
    Largest,
    Named,
    SymbolsMissing,
    choice_of,
    pick,
)
from hypersim.settings import UsageError, load_settings

OFFERED = ("BTC/USDT", "ETH/BTC", "PEPE/USDT", "ETH/USDT", "BTC/EUR")
VOLUMES = dict(zip(OFFERED, map(Decimal, (900, 5, 20, 300, 70)), strict=True))


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("BTC/USDT", Named(("BTC/USDT",))),
        ("PEPE/USDT, BTC/USDT", Named(("PEPE/USDT", "BTC/USDT"))),
        ("1000SATS/FDUSD", Named(("1000SATS/FDUSD",))),
        ("USDT:100", Largest("USDT", 100)),
        ("BTC:1", Largest("BTC", 1)),
        ("all", Every()),
    ],
)
def test_there_are_three_ways_to_say_it(text: str, choice: object) -> None:
    assert choice_of(text) == choice


@pytest.mark.parametrize(
    "text",
    [
        "BTCUSDT",
        "btc/usdt",
        "BTC/USDT,",
        ",",
        "BTC/USDT,BTC/USDT",
        "BTC/USDT/EUR",
        "BTC-USDT",
        "/USDT",
        "USDT:0",
        "USDT:-1",
        "USDT:1.5",
        "USDT:1e3",
        "USDT:",
        ":5",
        "usdt:5",
        f"USDT:{SYMBOLS_MAX + 1}",
        "ALL",
        "*",
        "A" * 21 + "/USDT",
    ],
)
def test_anything_else_is_one_line_that_says_what_is_expected(text: str) -> None:
    with pytest.raises(UsageError, match=r"^symbols: ") as error:
        load_settings({"symbols": text}, environment={})
    assert "\n" not in str(error.value)


def test_without_the_option_nothing_is_chosen() -> None:
    assert load_settings({}, environment={}).choice is None
    assert load_settings({}, environment={"HYPERSIM_SYMBOLS": "all"}).choice == Every()


def test_named_symbols_come_in_the_order_in_which_they_were_named() -> None:
    assert pick(Named(("ETH/USDT", "BTC/USDT")), OFFERED, VOLUMES.__getitem__) == (
        "ETH/USDT",
        "BTC/USDT",
    )


def test_the_largest_of_a_quote_are_those_with_the_most_volume() -> None:
    assert pick(Largest("USDT", 2), OFFERED, VOLUMES.__getitem__) == ("BTC/USDT", "ETH/USDT")
    assert pick(Largest("EUR", 50), OFFERED, VOLUMES.__getitem__) == ("BTC/EUR",)


def test_all_are_all() -> None:
    assert pick(Every(), OFFERED, VOLUMES.__getitem__) == OFFERED


@pytest.mark.parametrize("choice", [Named(("BTC/USDT", "FOO/USDT")), Largest("FOO", 1)])
def test_what_is_not_there_is_named(choice: Named | Largest) -> None:
    with pytest.raises(SymbolsMissing, match="FOO"):
        pick(choice, OFFERED, VOLUMES.__getitem__)
