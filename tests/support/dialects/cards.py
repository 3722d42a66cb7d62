"""The cards: numbered things that every venue does, each a test in tests/conformance/dialects."""

import re

_CARD = re.compile(r"test_card_(\d\d)_\w+")


def number_of(name: str) -> int:
    """Of the card that a test's name tells."""
    found = _CARD.fullmatch(name)
    assert found is not None, f"{name} is no card: call it test_card_NN_what_it_shows"
    return int(found[1])
