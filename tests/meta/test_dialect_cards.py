"""No dialect can skip a card in silence: each plays all of them, or names the venue's document that
says why there is no such thing."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.dialects.adapter import adapter_of, names
from tests.support.dialects.cards import number_of
from tests.support.dialects.words import Refusal

FOLDER = Path(__file__).parents[1] / "conformance/dialects"
FILES = sorted(FOLDER.glob("test_*.py"))
WAY_OUT = re.compile(r"skip|xfail|dialect\.name|adapter\.name|does_not_apply|importorskip")
DOCUMENT = re.compile(r"https?://\S+|\S+\.(md|html|json)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, Function):
            yield node


def cards() -> list[tuple[Path, Function]]:
    return [
        (path, node) for path in FILES for node in functions(path) if node.name.startswith("test")
    ]


def taken_by(function: Function) -> set[str]:
    return {argument.arg for argument in function.args.args}


def test_cards_are_numbered_in_their_order() -> None:
    numbers = [number_of(node.name) for _, node in cards()]
    assert numbers == list(range(1, len(numbers) + 1))


def test_files_are_numbered_by_their_subject() -> None:
    found = [re.fullmatch(r"test_(\d\d)_[a-z_]+", path.stem) for path in FILES]
    assert [int(one[1]) for one in found if one] == list(range(1, len(FILES) + 1))


def test_every_card_is_played_in_every_dialect() -> None:
    for path, card in cards():
        per_dialect = {"adapter", "stand"}
        per_dialect |= {one.name for one in functions(path) if "adapter" in taken_by(one)}
        assert taken_by(card) & per_dialect, f"{path.name}: {card.name} asks for no dialect"


def test_no_card_has_a_way_out() -> None:
    for path in FILES:
        found = WAY_OUT.search(path.read_text())
        assert found is None, f"{path.name}: {found and found[0]}; an adapter's does_not_apply says"


@pytest.mark.parametrize("name", names())
def test_a_dialect_says_all_that_cards_ask(name: str) -> None:
    adapter = adapter_of(name)
    assert adapter.dialect.name == name
    assert adapter.refusals.keys() == set(Refusal)
    known = {number_of(card.name) for _, card in cards()}
    for number, reason in adapter.does_not_apply.items():
        assert number in known, f"there is no card {number}"
        assert DOCUMENT.search(reason), f"card {number}: {reason!r} names no document of the venue"
