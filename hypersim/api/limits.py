"""A dialect's limits as the settings give them."""

from collections.abc import Mapping, Sequence


def known_limits(given: Mapping[str, int], names: Sequence[str]) -> Mapping[str, int]:
    """Those that are given, each of which has one of the names. Raises ValueError."""
    if unknown := given.keys() - set(names):
        known = ", ".join(names)
        raise ValueError(f"there is no limit {unknown.pop()!r}; there are: {known}")
    if any(limit < 1 for limit in given.values()):
        raise ValueError("a limit is at least 1; --rate-limits off lifts them all")
    return given
