"""Each story in the text files here goes as it says."""

from pathlib import Path

import pytest

from tests.support.scenario import Story, play, read_stories

STORIES = read_stories(Path(__file__).parent)


@pytest.mark.parametrize("story", STORIES, ids=[story.title for story in STORIES])
def test_the_story_goes_as_it_says(story: Story) -> None:
    play(story)


def test_each_story_has_a_title_of_its_own() -> None:
    titles = [story.title for story in STORIES]
    assert len(titles) > 50
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("alice dances", "no verb fits"),
        ("alice buys 1 @ 100 -> nothing", "-> accepted"),
        ("alice withdraws 101 BTC", "refused: insufficient_balance"),
        ("alice owns 1 BTC", "alice owns 100 BTC, 10000 USDT"),
    ],
)
def test_a_story_that_goes_otherwise_fails_at_its_line(step: str, problem: str) -> None:
    story = Story(Path("made_up.txt"), 1, "A story", ((2, step),))
    with pytest.raises(AssertionError, match=problem) as caught:
        play(story)
    assert str(caught.value).startswith(f"made_up.txt:2: {step}")
