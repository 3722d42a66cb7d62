"""Of many causes the fewest are found that still fail, whatever it is that makes them fail."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from hypersim.cli.drive.shrinking import fewest

ENOUGH = 10_000
CAUSES = list(range(12))
NEEDED = st.sets(st.sampled_from(CAUSES), max_size=6)


@given(NEEDED)
def test_what_is_needed_together_is_found_exactly(needed: set[int]) -> None:
    assert fewest(CAUSES, lambda some: needed <= set(some), ENOUGH) == sorted(needed)


@given(st.lists(NEEDED, min_size=1, max_size=4), st.integers(min_value=1, max_value=40))
def test_of_several_ways_to_fail_one_is_left_without_anything_too_much(
    ways: list[set[int]], tries_max: int
) -> None:
    tried: list[frozenset[int]] = []

    def fails(some: Sequence[int]) -> bool:
        tried.append(frozenset(some))
        return any(way <= set(some) for way in ways)

    found = fewest(CAUSES, fails, ENOUGH)
    assert fails(found)
    assert not any(fails([one for one in found if one != left]) for left in found)
    tried.clear()
    early = fewest(CAUSES, fails, tries_max)
    assert len(tried) <= tries_max
    assert fails(early), "who stops early stays with what is known to fail"


@given(st.integers(min_value=0, max_value=2**12 - 1))
def test_no_causes_are_tried_twice(oddity: int) -> None:
    tried: list[tuple[int, ...]] = []

    def fails(some: Sequence[int]) -> bool:
        tried.append(tuple(some))
        return sum(1 << one for one in some) % 7 == oddity % 7

    fewest(CAUSES, fails, ENOUGH)
    assert len(tried) == len(set(tried))


def test_what_fails_by_itself_needs_no_cause() -> None:
    assert fewest(CAUSES, lambda _: True, ENOUGH) == []
