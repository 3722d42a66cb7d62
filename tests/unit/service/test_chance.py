"""What clients see of chance: nobody can tell it, or it follows from a seed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hypersim.dialects.binance.orders import request
from hypersim.service.chance import Purpose, SeededChance, letters, source, url_text, use
from hypersim.service.credentials import hash_password, new_key
from hypersim.storage.kept_numbers import kept_numbers
from tests.support.chance import seeded


@pytest.fixture(autouse=True)
def _the_systems_chance_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(request, "_drawn_names", [])
    yield
    use(None)


def draw_all() -> list[object]:
    key, secret = new_key(64)
    return [
        key,
        secret.value,
        url_text(Purpose.PASSPHRASE, 12),
        hash_password("a good one").value,
        request.new_client_order_id(),
        source().draw(Purpose.LISTEN_KEY, 4),
        next(source().numbers(Purpose.ANSWER)),
    ]


def test_the_same_seed_gives_the_same_and_each_draw_another() -> None:
    runs = []
    for seed in (7, 7, 8):
        use(seeded(seed))
        runs.append((draw_all(), draw_all()))
    assert runs[0] == runs[1]
    assert all(one != other for one, other in zip(*runs[0], strict=True))
    assert all(one != other for one, other in zip(runs[0][0][:-1], runs[2][0][:-1], strict=True))


def test_without_a_seed_nothing_comes_twice() -> None:
    assert all(one != other for one, other in zip(draw_all()[:-1], draw_all()[:-1], strict=True))


def test_purposes_do_not_move_each_other() -> None:
    one, other = seeded(7), seeded(7)
    other.draw(Purpose.LISTEN_KEY, 4)
    assert one.draw(Purpose.KEY, 64) == other.draw(Purpose.KEY, 64)


def test_what_is_drawn_goes_on_where_an_earlier_process_stopped(tmp_path: Path) -> None:
    unbroken = seeded(7)
    want = [unbroken.draw(Purpose.KEY, 40) for _ in range(3)]
    got = []
    for _ in range(3):
        chance = SeededChance(7, kept_numbers(tmp_path, is_new=False))
        got.append(chance.draw(Purpose.KEY, 40))
    assert got == want


def test_a_new_record_begins_anew(tmp_path: Path) -> None:
    SeededChance(7, kept_numbers(tmp_path, is_new=False)).draw(Purpose.KEY, 1)
    assert kept_numbers(tmp_path, is_new=True)[Purpose.KEY] == 0


def test_letters_are_as_many_as_asked_for_and_all_in_use() -> None:
    text = letters(Purpose.KEY, 5_000)
    assert len(text) == 5_000
    assert len(set(text)) == 62
