"""The fewest of many causes that still have the effect: delta debugging, the algorithm `ddmin` of
Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input" (2002)."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

T = TypeVar("T")

Fails = Callable[[Sequence[T]], bool]


def fewest(causes: Sequence[T], fails: Fails[T], tries_max: int) -> list[T]:
    """Of `causes`, which fail together, so few that they pass where any single one is left out.
    After so many tries it stays with what it has then."""
    tried = _Tried(causes, fails, tries_max)
    if tried(()):
        return []
    kept, parts = tuple(range(len(causes))), 2
    while len(kept) > 1:
        bounds = [len(kept) * part // parts for part in range(parts + 1)]
        cuts = list(pairwise(bounds))
        part = next(filter(tried, (kept[begin:end] for begin, end in cuts)), None)
        if part is not None:
            kept, parts = part, 2
            continue
        rest = next(filter(tried, (kept[:begin] + kept[end:] for begin, end in cuts)), None)
        if rest is not None:
            kept, parts = rest, max(parts - 1, 2)
        elif parts == len(kept):
            break
        else:
            parts = min(2 * parts, len(kept))
    return [causes[index] for index in kept]


class _Tried:
    """Whether some of the causes fail; none are tried twice."""

    def __init__(self, causes: Sequence[T], fails: Fails[T], tries_max: int) -> None:
        self._causes = causes
        self._fails = fails
        self._left = tries_max
        self._known: dict[tuple[int, ...], bool] = {}

    def __call__(self, indexes: tuple[int, ...]) -> bool:
        """True where they are known to fail: not where nobody may try any more."""
        if indexes not in self._known and self._left:
            self._left -= 1
            self._known[indexes] = self._fails([self._causes[index] for index in indexes])
        return self._known.get(indexes, False)
