"""The instruments that are listed at the start."""

from decimal import Decimal
from pathlib import Path

import pytest

from hypersim.feeds.listing import InvalidListing, load_instruments
from hypersim.feeds.spot_pairs import packaged_profiles
from hypersim.market.instrument import TradingStatus

pytestmark = pytest.mark.usefixtures("no_clock")

SMALLEST = """
[[instrument]]
symbol = "FOO/BAR"
tick_size = "0.5"
step_size = 2
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def test_the_packaged_list_starts_with_bitcoin_and_has_at_least_ten_pairs() -> None:
    listed = load_instruments()
    symbols = [one.instrument.symbol for one in listed]
    assert symbols[0] == "BTC/USDT"
    assert len(set(symbols)) == len(symbols) >= 10


def test_the_packaged_bitcoin_has_the_filters_that_binance_publishes() -> None:
    bitcoin = load_instruments()[0].instrument
    assert bitcoin.tick_size == Decimal("0.01")
    assert bitcoin.step_size == bitcoin.min_quantity == Decimal("0.00001")
    assert (bitcoin.min_price, bitcoin.max_price) == (Decimal("0.01"), Decimal(1_000_000))
    assert (bitcoin.max_quantity, bitcoin.min_notional) == (Decimal(9000), Decimal(5))
    assert bitcoin.max_notional == Decimal(9_000_000)
    assert bitcoin.market_max_quantity == Decimal("129.84957276")
    band = bitcoin.price_band
    assert (band.bid_down, band.bid_up) == (Decimal("0.5"), Decimal("1.2"))
    assert (bitcoin.average_minutes, bitcoin.iceberg_parts_max) == (5, 100)
    assert (bitcoin.open_orders_max, bitcoin.algo_orders_max) == (200, 5)


def test_every_packaged_pair_has_a_synthetic_price_within_its_limits() -> None:
    for listed in load_instruments():
        instrument, profile = listed.instrument, listed.profile
        assert profile is not None
        assert instrument.is_on_tick(profile.price)
        assert instrument.min_price < profile.price < instrument.max_price
        assert packaged_profiles()[instrument.symbol] == profile


def test_a_file_replaces_the_packaged_list_and_needs_three_values_only(tmp_path: Path) -> None:
    (listed,) = load_instruments(written(tmp_path, SMALLEST))
    instrument = listed.instrument
    assert (instrument.base, instrument.quote) == ("FOO", "BAR")
    assert instrument.min_price == instrument.tick_size == Decimal("0.5")
    assert instrument.min_quantity == instrument.step_size == Decimal(2)
    assert instrument.status is TradingStatus.TRADING
    assert listed.profile is None


def test_a_file_can_set_everything(tmp_path: Path) -> None:
    text = SMALLEST + (
        'status = "halted"\nfee_model = "quote"\nmaker_fee_rate = "0"\n'
        'taker_fee_rate = "0.002"\nquote_places = 2\n'
        'price_band = { bid_up = "2" }\nsynthetic_price = 100\nsynthetic_volume = "5000"\n'
    )
    (listed,) = load_instruments(written(tmp_path, text))
    assert listed.instrument.status is TradingStatus.HALTED
    assert listed.instrument.taker_fee_rate == Decimal("0.002")
    assert listed.instrument.fee_model == "quote"
    assert listed.instrument.quote_places == 2
    assert listed.instrument.price_band.bid_up == Decimal(2)
    assert listed.profile is not None
    assert listed.profile.price == Decimal(100)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", r"expected at least one \[\[instrument\]\]"),
        ("instrument = 5", r"expected at least one \[\[instrument\]\]"),
        ("[[instrument", "not a TOML file"),
        (SMALLEST + "[other]\nx = 1", "unknown key 'other'"),
        (SMALLEST.replace('"0.5"', "0.5"), r"instrument 1 \(FOO/BAR\): tick_size: .*quotes.*0\.5"),
        (SMALLEST.replace('"0.5"', '"1e-5"'), "tick_size: '1e-5' is not a plain decimal"),
        (SMALLEST.replace('"0.5"', '"NaN"'), "tick_size: 'NaN'"),
        (SMALLEST.replace('"0.5"', '"0"'), "tick_size must be above zero"),
        (SMALLEST.replace("2", "-2"), "step_size: expected a number"),
        (SMALLEST.replace("2", "true"), "step_size: expected a number"),
        (SMALLEST.replace("FOO/BAR", "FOOBAR"), "expected BASE/QUOTE"),
        (SMALLEST.replace("FOO/BAR", "FOO/BAR/X"), "expected BASE/QUOTE"),
        (SMALLEST.replace("step_size", "stepsize"), "step_size is missing"),
        (SMALLEST + "colour = 1", "unknown key 'colour'"),
        (SMALLEST + "open_orders_max = true", "open_orders_max: expected a whole number"),
        (SMALLEST + 'status = "open"', "status: expected trading or halted"),
        (SMALLEST + 'fee_model = "free"', "fee_model: expected quote or received, not 'free'"),
        (SMALLEST + "price_band = 5", "price_band: expected a table"),
        (SMALLEST + "price_band = { up = 5 }", "unknown key 'up'"),
        (SMALLEST + "synthetic_price = 5", "are given together"),
        (SMALLEST + "synthetic_price = 0\nsynthetic_volume = 1", "must be above zero"),
        (SMALLEST + SMALLEST, "FOO/BAR is there twice"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_the_entry_and_what_was_expected(
    tmp_path: Path, text: str, complaint: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(InvalidListing, match=complaint) as caught:
        load_instruments(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidListing, match=r"gone\.toml: No such file"):
        load_instruments(tmp_path / "gone.toml")
