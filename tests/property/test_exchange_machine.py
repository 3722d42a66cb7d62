"""Random trading sessions go as the naive oracle says, under both kinds of matching and every fill
model."""

import pytest

from hypersim.trading import fills as fill_models
from hypersim.trading.rules import Matching
from tests.property.session import Session, play


@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("fills", fill_models.names())
def test_a_trading_session_goes_as_the_oracle_says(fills: str, matching: Matching) -> None:
    play(Session, fills, matching, steps=50)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("fills", fill_models.names())
def test_a_thousand_sessions_go_as_the_oracle_says(fills: str, matching: Matching) -> None:
    play(Session, fills, matching, examples=1_000, steps=80)
