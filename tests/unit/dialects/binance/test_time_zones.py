"""The parameter timeZone."""

import pytest

from hypersim.dialects.binance.errors.general import BinanceError
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.params.time_zones import offset_of, read_offset_ms
from hypersim.market.candle import HOUR_MS, MINUTE_MS


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("0", 0),
        ("8", 480),
        ("-1:00", -60),
        ("05:45", 345),
        ("+08:00", 480),
        (" 8", 480),
        ("14", 840),
        ("-12:00", -720),
        ("-5:30", -330),
    ],
)
def test_zones_are_hours_and_maybe_minutes(text: str, minutes: int) -> None:
    assert offset_of(text) == minutes * MINUTE_MS


@pytest.mark.parametrize("text", ["", "15", "14:01", "-13", "8:60", "8:5", "UTC", "1:2:3", "٨"])
def test_other_zones_there_are_not(text: str) -> None:
    assert offset_of(text) is None


def test_the_parameter_is_utc_unless_it_is_sent() -> None:
    assert read_offset_ms(Params({})) == 0
    assert read_offset_ms(Params({"timeZone": "3"})) == 3 * HOUR_MS
    with pytest.raises(BinanceError) as caught:
        read_offset_ms(Params({"timeZone": "east"}))
    assert caught.value.code == -1130
