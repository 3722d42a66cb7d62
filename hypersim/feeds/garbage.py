"""Answers that make no sense: skipped, counted, and logged once per kind."""

import structlog

_log = structlog.get_logger()


class Garbage:
    """What a venue sent that cannot be read."""

    def __init__(self, venue: str) -> None:
        self.count = 0
        self._venue = venue
        self._kinds: set[str] = set()

    def skip(self, kind: str, reason: object) -> None:
        """Note one more unreadable message of `kind`, such as `bookTicker`."""
        self.count += 1
        if kind not in self._kinds:
            self._kinds.add(kind)
            _log.warning(
                "skipped what cannot be read; more of its kind is skipped without a word",
                venue=self._venue,
                kind=kind,
                reason=str(reason)[:200],
            )
