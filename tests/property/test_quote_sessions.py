"""Sessions in which buyers pay their fees beside the cost go as the oracle says, to the last digit
of what orders lock."""

import pytest

from hypersim.trading import fills as fill_models
from hypersim.trading.rules import Matching
from tests.property.inputs import MARKET
from tests.property.session import play
from tests.property.test_order_lists import ListSession
from tests.support.oracle import Oracle


class QuoteSession(ListSession):
    """One session, in which rates stay as they are."""

    fees = "quote"

    def new_oracle(self) -> Oracle:
        oracle = super().new_oracle()
        oracle.kept_rate = max(MARKET.maker_fee_rate, MARKET.taker_fee_rate)
        return oracle

    def fees_change(self, account: int, maker: str) -> None:
        """What then becomes of orders that kept too little is told elsewhere."""


def test_a_session_of_fees_in_quote_goes_as_the_oracle_says() -> None:
    play(QuoteSession, "depth", Matching.SHARED, steps=40)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("matching", Matching)
@pytest.mark.parametrize("fills", fill_models.names())
def test_a_thousand_sessions_of_fees_in_quote_go_as_the_oracle_says(
    fills: str, matching: Matching
) -> None:
    play(QuoteSession, fills, matching, examples=1_000, steps=60)
