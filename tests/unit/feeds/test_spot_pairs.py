"""The packaged table of spot pairs."""

from decimal import Decimal

import pytest

from hypersim.feeds.choice_of_symbols import Choice, choice_of
from hypersim.feeds.listing import load_instruments
from hypersim.feeds.options import FeedOptions
from hypersim.feeds.spot_pairs import chosen, packaged_profiles, spot_pairs
from hypersim.feeds.synthetic.assets import Homes
from hypersim.market.kinds import DOLLARS
from hypersim.service.feed import FeedUnavailable
from hypersim.service.simulated_clock import SimulatedClock

pytestmark = pytest.mark.usefixtures("no_clock")

SPOT = {one.instrument.symbol: one for one in spot_pairs()}


def options(choice: Choice | None) -> FeedOptions:
    return FeedOptions(
        SimulatedClock(0, 1),
        print,
        instruments=tuple(one.instrument for one in spot_pairs()),
        profiles=packaged_profiles(),
        choice=choice,
    )


def symbols_of(text: str) -> list[str]:
    return [one.symbol for one in chosen(options(choice_of(text)))]


def test_there_are_400_and_the_first_are_those_that_are_listed_without_a_choice() -> None:
    assert len(SPOT) == len(spot_pairs()) == 400
    default = load_instruments()
    assert spot_pairs()[: len(default)] == default


def test_every_price_is_on_its_grid_and_an_order_of_the_least_notional_fits() -> None:
    for instrument, profile in ((one.instrument, one.profile) for one in spot_pairs()):
        assert profile is not None
        assert instrument.is_on_tick(profile.price), instrument
        assert instrument.min_price * 20 < profile.price < instrument.max_price / 4, instrument
        least = instrument.min_notional / profile.price
        assert least < instrument.max_quantity / 100, instrument
        assert instrument.step_size * profile.price < 200 * instrument.min_notional, instrument
        assert profile.volume > least
        assert profile.listed_ms is not None


@pytest.mark.parametrize(
    ("symbol", "tick", "step", "least"),
    [
        ("PEPE/USDT", "0.00000001", "1", "1"),
        ("SHIB/EUR", "0.00000001", "1", "1"),
        ("BTC/FDUSD", "0.01", "0.00001", "5"),
        ("BTC/TRY", "1", "0.00001", "10"),
        ("USDT/BRL", "0.0001", "0.1", "10"),
        ("WBTC/BTC", "0.0001", "0.00001", "0.0001"),
    ],
)
def test_the_filters_are_the_venues(symbol: str, tick: str, step: str, least: str) -> None:
    instrument = SPOT[symbol].instrument
    assert (instrument.tick_size, instrument.step_size) == (Decimal(tick), Decimal(step))
    assert instrument.min_notional == Decimal(least)


def test_a_price_is_about_what_its_assets_are_worth() -> None:
    homes = Homes(packaged_profiles(), 7)
    for instrument, profile in ((one.instrument, one.profile) for one in spot_pairs()):
        assert profile is not None
        worth = homes.price(instrument.base) / homes.price(instrument.quote)
        assert float(profile.price) == pytest.approx(worth, rel=0.05), instrument


def test_the_largest_are_those_that_trade_the_most_of_their_quote() -> None:
    largest = symbols_of("USDT:100")
    assert len(largest) == 100
    assert {"BTC/USDT", "ETH/USDT", "SOL/USDT", "XRP/USDT"} < set(largest)
    assert {symbol.partition("/")[2] for symbol in largest} == {"USDT"}
    assert symbols_of("EUR:1") == ["BTC/EUR"]


def test_named_ones_are_listed_as_they_are_named_and_all_are_all() -> None:
    assert symbols_of("SHIB/EUR,BTC/USDT") == ["SHIB/EUR", "BTC/USDT"]
    assert symbols_of("all") == list(SPOT)
    assert chosen(options(None)) == options(None).instruments


@pytest.mark.parametrize("text", ["BTC/USDT,NOSUCH/USDT", "NOSUCH:3"])
def test_what_the_table_does_not_have_is_one_clear_line(text: str) -> None:
    with pytest.raises(FeedUnavailable, match=r"--symbols: there is no .*NOSUCH.* --instruments"):
        symbols_of(text)


def test_what_is_a_dollar_costs_a_dollar() -> None:
    homes = Homes(packaged_profiles(), 7)
    assert {homes.price(asset) for asset in DOLLARS} == {1.0}
    assert homes.price("PEPE") == 0.0000075
