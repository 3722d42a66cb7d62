"""docs/adding-a-dialect.md names nothing that is not there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/adding-a-dialect.md").read_text()
PATH = re.compile(r"`((?:hypersim|tests|docs)/[\w/.-]+)`")
NAME = re.compile(r"`(?:\w+\.)*([A-Za-z_]{4,})(?:\([^`]*\))?`")
WORDS_OF_THE_PAGE = {"asyncio"}


def sources() -> str:
    folders = (
        "hypersim/api",
        "hypersim/edge",
        "hypersim/service",
        "hypersim/trading",
        "hypersim/market",
    )
    found = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    tiny = (ROOT / "tests/support").rglob("*.py")
    return "\n".join(path.read_text() for path in (*found, *tiny))


def test_every_path_is_there() -> None:
    paths = set(PATH.findall(TEXT))
    assert paths
    assert not [path for path in paths if not (ROOT / path).exists()]


def test_every_name_is_one_of_the_code() -> None:
    known = set(re.findall(r"\w+", sources())) | WORDS_OF_THE_PAGE
    names = set(NAME.findall(TEXT))
    assert names
    assert not sorted(names - known)
