"""Who hears first of what happens varies from round to round."""

from collections import Counter

import pytest

from hypersim.api.sockets import Audience


@pytest.mark.parametrize("rounds_apart", [1, 2, 3, 10])
@pytest.mark.parametrize("sockets", [2, 3, 5])
def test_rounds_begin_at_another_reader(sockets: int, rounds_apart: int) -> None:
    """Also where only every second round, or every tenth, concerns the topic."""
    audience: Audience[str, int] = Audience()
    for socket in range(sockets):
        audience.add(socket, "book")
    first: Counter[int] = Counter()
    for _ in range(300):
        for _ in range(rounds_apart):
            audience.begin_round()
        readers = audience.in_turn(audience.readers_of("book"))
        assert sorted(readers) == list(range(sockets))
        first[readers[0]] += 1
    assert min(first.values()) > 300 // sockets // 2


def test_a_round_keeps_its_order() -> None:
    audience: Audience[str, int] = Audience()
    for socket in range(4):
        audience.add(socket, "book")
        audience.add(socket, "trades")
    audience.begin_round()
    book, trades = audience.readers_of("book"), audience.readers_of("trades")
    assert audience.in_turn(book) == audience.in_turn(trades)
    assert audience.in_turn([]) == []
