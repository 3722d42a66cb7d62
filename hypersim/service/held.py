"""Markets of which somebody else tells for a while: the feed is not listened to."""

from hypersim.market.events import CandleClosed, CandleGrew, MarketEvent


class HeldMarkets:
    """By symbol. Of one that was released nothing is heard that tells of the time before that."""

    def __init__(self) -> None:
        self._held: set[str] = set()
        self._released_ms: dict[str, int] = {}

    def __contains__(self, symbol: str) -> bool:
        return symbol in self._held

    @property
    def symbols(self) -> list[str]:
        """Those that are held, sorted."""
        return sorted(self._held)

    def hold(self, symbol: str) -> None:
        """From now on."""
        self._held.add(symbol)

    def release(self, symbol: str, now_ms: int) -> None:
        """From then on the feed is listened to again."""
        if symbol in self._held:
            self._held.discard(symbol)
            self._released_ms[symbol] = now_ms

    def release_all(self, now_ms: int) -> None:
        """Every one."""
        for symbol in self.symbols:
            self.release(symbol, now_ms)

    def hides(self, event: MarketEvent) -> bool:
        """Whether nobody hears of this."""
        if event.symbol in self._held:
            return True
        if not isinstance(event, CandleClosed | CandleGrew):
            return False
        # It is made of what the feed told meanwhile.
        return event.candle.open_ms < self._released_ms.get(event.symbol, 0)
