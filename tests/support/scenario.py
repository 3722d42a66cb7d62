"""Stories of trading in plain text, and the runner that plays them.

A story is a paragraph of a .txt file: a comment that says what it shows, then one line per step.
What a step must bring about follows `->`, in the order in which it happens; without `->` it only
must not be refused. After each step the money and the books are checked too.

    # A buyer who bids too high pays the maker's price.
    exchange shared depth
    alice sells 1 @ 100 as offer
    bob buys 1 @ 105              -> accepted, bob bought 1 @ 100, alice sold 1 @ 100
    bob owns 101 BTC, 9900 USDT

Conditional orders wait for a price (`stop at 95`, `profit trailing 500`), lists are written as

    alice lists oco as pair: sells 1 @ 105 post-only as goal; sells 1 stop at 95 as guard

Accounts appear when they are first named, each with 100 BTC and 10000 USDT. `tests/scenarios`
shows every verb; `_VERBS` in story_stage.py lists them.
"""

from pathlib import Path
from typing import NamedTuple

from tests.support.story_stage import Stage


class Story(NamedTuple):
    """A paragraph: where it stands and what it shows."""

    path: Path
    line: int
    title: str
    steps: tuple[tuple[int, str], ...]


def read_stories(folder: Path) -> list[Story]:
    """All stories of the folder's text files."""
    return [story for path in sorted(folder.glob("*.txt")) for story in _stories_of(path)]


def _stories_of(path: Path) -> list[Story]:
    stories: list[Story] = []
    is_new = True
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        text = line.strip()
        if text.startswith("#") and is_new:
            stories.append(Story(path, number, text.strip("# "), ()))
        elif text.startswith("#"):
            title = f"{stories[-1].title} {text.strip('# ')}"
            stories[-1] = stories[-1]._replace(title=title)
        elif text:
            steps = (*stories[-1].steps, (number, text))
            stories[-1] = stories[-1]._replace(steps=steps)
        is_new = not text
    return stories


def play(story: Story) -> None:
    """Raise AssertionError at the first line that does not go as it says."""
    stage = Stage()
    for number, step in story.steps:
        try:
            stage.play(step)
        except AssertionError as error:
            raise AssertionError(f"{story.path.name}:{number}: {step}\n{error}") from error
