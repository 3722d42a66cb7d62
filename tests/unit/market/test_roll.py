"""Rows at hand and packed ones are one roll."""

from decimal import Decimal

import msgspec
import pytest

from hypersim.market.roll import OLDER_MAX, PACK_ROWS, Roll, Span
from hypersim.market.tape import PublicTrade

LATEST_MAX = 10
ROWS = LATEST_MAX + 2 * PACK_ROWS + 5


def roll_of(rows: int) -> Roll[PublicTrade]:
    """Row n has the id n and happened at n."""
    roll = Roll(msgspec.msgpack.Decoder(list[PublicTrade]), LATEST_MAX)
    for number in range(1, rows + 1):
        roll.append(row(number))
    return roll


def row(number: int) -> PublicTrade:
    return PublicTrade(number, number, Decimal(f"100.{number:05}0"), Decimal(number), False)


def ids(rows: list[PublicTrade]) -> list[int]:
    return [one.id for one in rows]


def test_paging_by_id_meets_every_row_once_and_as_it_was() -> None:
    roll, paged = roll_of(ROWS), list[PublicTrade]()
    while page := roll.oldest(Span(paged[-1].id + 1 if paged else 0), 100):
        paged += page
    assert paged == [row(number) for number in range(1, ROWS + 1)]
    # The figures too, to the last zero.
    assert str(paged[0].price) == "100.000010"


@pytest.mark.parametrize("first", [1, PACK_ROWS, PACK_ROWS + 1, 2 * PACK_ROWS + 3, ROWS - 1, ROWS])
def test_a_page_may_begin_anywhere(first: int) -> None:
    rows = roll_of(ROWS).oldest(Span(first), 7)
    assert ids(rows) == list(range(first, min(first + 7, ROWS + 1)))


def test_both_ends_of_a_span_belong_to_it() -> None:
    roll = roll_of(ROWS)
    span = Span(start_ms=PACK_ROWS - 1, end_ms=PACK_ROWS + 2)
    wanted = list(range(PACK_ROWS - 1, PACK_ROWS + 3))
    assert ids(roll.oldest(span, 100)) == ids(roll.newest(span, 100)) == wanted
    assert ids(roll.oldest(span, 2)) == wanted[:2]
    assert ids(roll.newest(span, 2)) == wanted[-2:]
    assert roll.oldest(Span(start_ms=ROWS + 1), 100) == []


def test_the_newest_rows_reach_back_over_packs() -> None:
    wanted = LATEST_MAX + PACK_ROWS
    assert ids(roll_of(ROWS).newest(Span(), wanted)) == list(range(ROWS - wanted + 1, ROWS + 1))


def test_a_roll_forgets_its_oldest_rows() -> None:
    rows = LATEST_MAX + OLDER_MAX + 2 * PACK_ROWS
    kept = roll_of(rows).oldest(Span(), rows)
    assert LATEST_MAX + OLDER_MAX <= len(kept) < LATEST_MAX + OLDER_MAX + PACK_ROWS
    assert ids(kept) == list(range(rows - len(kept) + 1, rows + 1))
