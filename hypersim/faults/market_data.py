"""`marketData`: what sockets are told of markets is wrong. The markets are what they are, and so is
what requests are answered."""

from typing import Literal

from hypersim.faults import About, Chance, Cross, Fault, Lose, PushEffect

_ABOUT = {"gap": About.DIFFERENCE, "stale": About.MARKET, "crossed": About.SIDES}


class MarketDataFault(Fault, frozen=True):
    """`gap`: a difference of a book is left out, so that the next one does not follow from the
    last. `stale`: nothing is told of a market. `crossed`: bids are above asks."""

    market_data: Literal["gap", "stale", "crossed"]

    @property
    def about(self) -> About:
        """See `Fault`."""
        return _ABOUT[self.market_data]

    def pushed(self, chance: Chance, hits: int) -> PushEffect | None:
        """See `Fault`."""
        del chance, hits
        return Cross() if self.market_data == "crossed" else Lose()


FAULT = MarketDataFault
