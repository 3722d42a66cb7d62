"""Lines of the same shape in two dialects: a machine that was written twice.

Of a line only keywords, operators and punctuation count: names and literals are folded. What every
dialect must say for itself does not count: imports, docstrings, comments, declarations of
structures and tables, and the rows of a call or a table.
"""

import ast
import io
import keyword
import re
import tokenize
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

LINES_MAX = 7
"""So many in a row may look alike."""

_ROW = re.compile(r"[nl.=:\[\]() ,|]*[,(\[{]|[)\]} ,]*(?:-> [nl.\[\] |,]+:)?")
"""A parameter, an argument or an entry, or where their brackets open and close."""

_SKIPPED = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Line(NamedTuple):
    """A line that counts, by its shape."""

    path: Path
    number: int
    shape: str


class Likeness(NamedTuple):
    """Lines of two files that look alike, from where on, and how many."""

    one: Line
    other: Line
    lines: int

    def __str__(self) -> str:
        places = f"{self.one.path}:{self.one.number} and {self.other.path}:{self.other.number}"
        return f"{places}: {self.lines} lines of the same shape"


def alike(one: Sequence[Line], other: Sequence[Line]) -> Iterator[Likeness]:
    """Every row of more than `LINES_MAX` lines that stands in both, at its longest."""
    places: dict[tuple[str, ...], list[int]] = {}
    for place, shapes in enumerate(_windows(other)):
        places.setdefault(shapes, []).append(place)
    ends: set[tuple[int, int]] = set()
    for place, shapes in enumerate(_windows(one)):
        for there in places.get(shapes, ()):
            length = _common(one[place:], other[there:])
            end = place + length, there + length
            if end not in ends:
                ends.add(end)
                yield Likeness(one[place], other[there], length)


def lines_of(path: Path, source: str) -> list[Line]:
    """The lines of a file's functions that count."""
    shapes = _shapes(source)
    return [
        Line(path, number, shapes[number])
        for number in sorted(_counted(ast.parse(source)))
        if number in shapes and not _ROW.fullmatch(shapes[number])
    ]


def _counted(tree: ast.Module) -> set[int]:
    """Lines of functions, without their docstrings."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            found -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _shapes(source: str) -> dict[int, str]:
    """By line, what is left when names and literals are folded."""
    shapes: dict[int, list[str]] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in _SKIPPED or not token.string:
            continue
        shape = token.string
        if token.type in (tokenize.NUMBER, tokenize.STRING):
            shape = "l"
        elif token.type == tokenize.NAME and not keyword.iskeyword(shape):
            shape = "n"
        shapes.setdefault(token.start[0], []).append(shape)
    return {number: " ".join(parts) for number, parts in shapes.items()}


def _windows(lines: Sequence[Line]) -> Iterator[tuple[str, ...]]:
    for start in range(len(lines) - LINES_MAX):
        yield tuple(line.shape for line in lines[start : start + LINES_MAX + 1])


def _common(one: Iterable[Line], other: Iterable[Line]) -> int:
    length = 0
    for line, there in zip(one, other, strict=False):
        if line.shape != there.shape:
            break
        length += 1
    return length
