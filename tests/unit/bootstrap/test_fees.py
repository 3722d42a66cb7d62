"""The fee model that the settings choose."""

import pytest

from hypersim.bootstrap.choices import rules_of
from hypersim.settings import SettingsError, load_settings
from hypersim.trading.fees import FeeSide


@pytest.mark.parametrize(
    ("flags", "environment", "side"),
    [
        ({}, {}, FeeSide.RECEIVED),
        ({"fees": "quote"}, {}, FeeSide.QUOTE),
        ({}, {"HYPERSIM_FEES": "quote"}, FeeSide.QUOTE),
        ({"fees": "received"}, {"HYPERSIM_FEES": "quote"}, FeeSide.RECEIVED),
    ],
)
def test_the_option_goes_before_the_environment(
    flags: dict[str, str], environment: dict[str, str], side: FeeSide
) -> None:
    assert rules_of(load_settings(flags, environment=environment)).fees.side is side


def test_a_model_that_does_not_exist_is_one_clear_line() -> None:
    with pytest.raises(SettingsError, match="unknown fee model 'free'; known: quote, received"):
        rules_of(load_settings({"fees": "free"}, environment={}))
