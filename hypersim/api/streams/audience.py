"""Who listens to what."""

from collections.abc import Collection, Hashable
from typing import Generic, TypeVar

T = TypeVar("T", bound=Hashable)
R = TypeVar("R", bound=Hashable)
K = TypeVar("K", bound=Hashable)
V = TypeVar("V", bound=Hashable)


class Audience(Generic[T, R]):
    """Which readers `R` want to hear of which topics `T`."""

    def __init__(self) -> None:
        self.heard: dict[T, dict[R, None]] = {}
        """By topic."""
        self._topics: dict[R, dict[T, None]] = {}

    def add(self, reader: R, topic: T) -> None:
        """Hear of it from now on; once is enough."""
        self.heard.setdefault(topic, {})[reader] = None
        self._topics.setdefault(reader, {})[topic] = None

    def remove(self, reader: R, topic: T) -> None:
        """Hear of it no more; nothing happens if it was not heard of."""
        _discard(self.heard, topic, reader)
        _discard(self._topics, reader, topic)

    def readers_of(self, topic: T) -> Collection[R]:
        """Who wants to hear of it, in the order in which they asked."""
        return list(self.heard.get(topic, ()))

    def topics_of(self, reader: R) -> Collection[T]:
        """What this one wants to hear of."""
        return list(self._topics.get(reader, ()))

    def topics(self) -> Collection[T]:
        """What anybody wants to hear of."""
        return list(self.heard)


def _discard(table: dict[K, dict[V, None]], key: K, value: V) -> None:
    if key in table:
        table[key].pop(value, None)
        if not table[key]:
            del table[key]
