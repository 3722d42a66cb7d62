"""Which symbols have had no fresh price for too long, in seconds of the loop's time."""

NAMED_MAX = 5
"""Symbols that a line names; when a venue is away, hundreds are stale."""


class Freshness:
    """When each followed symbol was last priced; a symbol goes stale once, until its next price."""

    def __init__(self, stale_after_s: float) -> None:
        self.stale_after_s = stale_after_s
        self.stale: set[str] = set()
        self._seen_s: dict[str, float] = {}
        self._priced: set[str] = set()

    def follow(self, symbol: str, now_s: float) -> None:
        """Expect prices of `symbol` from now on."""
        self._seen_s.setdefault(symbol, now_s)

    def seen(self, symbol: str, now_s: float) -> bool:
        """Note a fresh price; True when the symbol was stale until now."""
        self._seen_s[symbol] = now_s
        self._priced.add(symbol)
        if symbol in self.stale:
            self.stale.remove(symbol)
            return True
        return False

    def fall_stale(self, now_s: float) -> list[str]:
        """The symbols that went stale since the last call."""
        fallen = [
            symbol
            for symbol, seen_s in self._seen_s.items()
            if symbol not in self.stale and now_s - seen_s > self.stale_after_s
        ]
        self.stale.update(fallen)
        return fallen

    def notes(self) -> list[str]:
        """What is stale, for people: a few symbols, and how many more."""
        named = sorted(self.stale)[:NAMED_MAX]
        notes = [f"no fresh price of {symbol}" for symbol in named]
        if len(self.stale) > len(named):
            notes.append(f"nor of {len(self.stale) - len(named)} more")
        return notes

    @property
    def has_prices(self) -> bool:
        """Whether any symbol was ever priced."""
        return bool(self._priced)

    @property
    def all_stale(self) -> bool:
        """Whether no symbol is fresh any more."""
        return bool(self._seen_s) and len(self.stale) == len(self._seen_s)
