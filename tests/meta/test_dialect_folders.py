"""Every dialect has the same rooms, and none of them is the machine of another one again."""

import ast
import re
from itertools import combinations
from pathlib import Path

import pytest

from tests.meta import likeness
from tests.meta.likeness import Line, alike, lines_of

ROOT = Path(__file__).parents[2]
DIALECTS = sorted(path.parent for path in (ROOT / "hypersim/dialects").glob("*/__init__.py"))
TINY = ROOT / "tests/support/tiny_dialect"

ROOMS = {
    *("app", "venue", "auth", "errors", "words", "numbers", "params", "limits"),
    *("market", "orders", "account", "streams", "user_data"),
}
FILE_LINES_MAX = 250
TINY_LINES_MAX = 210
FOLDER_LINES_MIN = 200
"""A room that becomes smaller is a file again."""


def lines_in(room: Path) -> int:
    files = room.rglob("*.py") if room.is_dir() else [room]
    return sum(path.read_text().count("\n") for path in files)


def rooms_of(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name not in ("__init__.py", "__pycache__")]


@pytest.mark.parametrize("folder", [*DIALECTS, TINY], ids=lambda path: path.name)
def test_a_dialect_has_the_rooms_that_all_have(folder: Path) -> None:
    for room in rooms_of(folder):
        assert room.stem in ROOMS, f"{room} is none of {', '.join(sorted(ROOMS))}"
        if room.is_dir():
            assert lines_in(room) > FOLDER_LINES_MIN, f"{room} is small: make it a file"
        else:
            assert lines_in(room) <= FILE_LINES_MAX, f"{room} is long: make it a folder"


def test_the_dialect_of_the_tests_is_as_short_as_its_words() -> None:
    lines = sum(len(lines_that_do_something(path)) for path in TINY.glob("*.py"))
    assert lines <= TINY_LINES_MAX, f"{lines} lines: what is no word of it belongs into the API"


def test_the_dialect_of_the_tests_stands_on_the_api_alone() -> None:
    above = ("hypersim.dialects", "hypersim.bootstrap", "hypersim.admin", "hypersim.storage")
    machine = ("asyncio", "litestar", "uvicorn", "websockets")
    own = "tests.support.tiny_dialect"
    for path in TINY.glob("*.py"):
        imported = re.findall(r"^(?:from|import) ([\w.]+)", path.read_text(), re.MULTILINE)
        assert imported, path
        for name in imported:
            assert not name.startswith((*above, *machine)), f"{path.name} imports {name}"
            assert name.startswith(own) or not name.startswith("tests"), f"{path.name}: {name}"


def lines_that_do_something(path: Path) -> set[int]:
    """All but blank ones, docstrings, imports and closing brackets."""
    source = path.read_text()
    lines = {number for number, line in enumerate(source.split("\n"), 1) if line.strip(" )]},")}
    for node in ast.walk(ast.parse(source)):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            assert isinstance(node, ast.stmt)
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def test_no_two_dialects_have_the_same_machine() -> None:
    files = {folder: files_of(folder) for folder in (*DIALECTS, TINY)}
    found = [
        str(likeness)
        for one, other in combinations(files, 2)
        for path in files[one]
        for there in files[other]
        for likeness in alike(path, there)
    ]
    assert not found, "\n".join(["move what they share to hypersim/api:", *found])


def files_of(folder: Path) -> list[list[Line]]:
    paths = sorted(folder.rglob("*.py"))
    return [lines_of(path.relative_to(ROOT), path.read_text()) for path in paths]


MACHINE = '''
class Window:
    """Counts."""

    def take(self, client: str, now_ms: int) -> int:
        """Charge the client."""
        window = now_ms // self.length
        if window != self.window:
            self.window = window
            self.used.clear()
        used = self.used.get(client, 0) + 1
        if used > self.limit:
            return (window + 1) * self.length - now_ms
        self.used[client] = used
        return 0
'''

AGAIN = """
import asyncio

class Meter(Thing):
    def charge(self, who: Counted, time: float) -> float:
        # In turns.
        turn = time // self.turns
        if turn != self._turn:
            self._turn = turn
            self._weights.clear()

        weight = self._weights.get(who, 7) + 5
        if weight > self.most:
            return (turn + 2) * self.turns - time
        self._weights[who] = weight
        return 1
"""


def test_other_names_and_figures_do_not_hide_a_machine() -> None:
    one, other = lines_of(Path("one.py"), MACHINE), lines_of(Path("other.py"), AGAIN)
    (found,) = alike(one, other)
    assert str(found) == "one.py:5 and other.py:5: 10 lines of the same shape"
    changed = AGAIN.replace("weight > self.most", "not weight")
    assert not list(alike(one, lines_of(Path("other.py"), changed)))


def test_words_are_no_machine() -> None:
    rows = "".join(f"        {name}=some.{name},\n" for name in "abcdefghijkl")
    words = f"def body(some):\n    return Body(\n{rows}    )\n"
    assert not list(alike(lines_of(Path("one.py"), words), lines_of(Path("other.py"), words)))
    assert likeness.LINES_MAX == 7
