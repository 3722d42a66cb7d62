"""The bot of order pairs where it does not hear, is refused, or is told to stop."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from scripts.oto.knowledge import REFUSALS_MAX, RETRY_MS
from scripts.oto.machine import CANCEL_PATIENCE_MS
from scripts.oto.messages import (
    Answer,
    CancelPair,
    Done,
    Offline,
    Online,
    PlacePair,
    Reconcile,
    Refused,
    Standing,
    StopAsked,
    Tick,
    Unclear,
)
from scripts.oto.orders import Status
from scripts.oto.states import Pause, State
from scripts.oto.terms import Plan
from tests.support.oto_story import (
    FEE,
    QUOTE,
    RICH,
    Story,
    buying,
    canceled,
    legs_of,
    placed,
    ready,
    seen,
    selling,
)

D = Decimal


@pytest.mark.parametrize("start", [ready, buying, selling])
def test_a_disconnect_stops_everything(start: Callable[[], Story]) -> None:
    story = start()
    # The answer to a request that is under way comes first.
    if story.state is State.PLACING:
        story.hear(placed(story))
    story.hear(Offline("the prices are gone"))
    assert story.state is State.OFFLINE
    assert story.move("10") is None
    assert story.hear(Tick(), 60_000) is None
    assert story.machine.course.pauses == {Pause.DISCONNECTED: 1}


def test_after_a_disconnect_rest_says_where_the_pair_stands() -> None:
    story = buying()
    working, pending = legs_of(story)
    story.hear(Offline("gone"))
    assert story.hear(Online()) == Reconcile([working.name, pending.name])
    story.stand(seen(working, Status.FILLED, working.quantity), seen(pending, Status.NEW))
    assert story.state is State.SELLING


def test_a_pair_that_ended_meanwhile_is_counted_and_followed_by_the_next() -> None:
    story = selling()
    working, pending = legs_of(story)
    story.hear(Offline("gone"))
    story.hear(Online())
    action = story.stand(
        seen(working, Status.FILLED, working.quantity),
        seen(pending, Status.FILLED, pending.quantity),
    )
    assert isinstance(action, PlacePair)
    assert (story.machine.completed, story.machine.volume) == (1, D("200.1"))


def test_without_resuming_a_disconnect_ends_the_user_with_nothing_open() -> None:
    story = buying(Plan("BTCUSDT", D(1000), D(100), D("0.001"), resumes=False))
    working, pending = legs_of(story)
    story.hear(Offline("gone"))
    story.hear(Online())
    action = story.stand(seen(working, Status.NEW), seen(pending, Status.PENDING_NEW))
    assert isinstance(action, CancelPair)
    story.hear(canceled(story))
    assert story.state is State.DONE


@pytest.mark.parametrize("is_there", [True, False])
def test_an_unclear_placement_is_looked_up(is_there: bool) -> None:
    story = ready()
    working, pending = legs_of(story)
    assert story.hear(Unclear("ReadTimeout")) is None
    assert story.hear(Tick(), RETRY_MS) == Reconcile([working.name, pending.name])
    if is_there:
        story.stand(seen(working, Status.NEW), seen(pending, Status.PENDING_NEW))
        assert story.state is State.BUYING
        return
    action = story.stand()
    assert isinstance(action, PlacePair)
    assert action.pair.working.name == "oto-run-7-2w"


def test_rest_is_asked_again_when_it_does_not_answer() -> None:
    story = Story()
    story.hear(Online())
    assert story.hear(Unclear("ConnectError")) is None
    assert story.hear(Tick(), RETRY_MS - 1) is None
    assert story.hear(Tick(), 1) == Reconcile([])


def test_a_refused_pair_is_tried_again_with_fresh_balances() -> None:
    story = ready()
    assert story.hear(Refused(-2010, "insufficient balance")) is None
    assert story.hear(Tick(), RETRY_MS) == Reconcile([])
    assert isinstance(story.stand(), PlacePair)


def test_refusal_after_refusal_fails() -> None:
    story = ready()
    for _ in range(REFUSALS_MAX):
        story.hear(Refused(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"))
        story.hear(Tick(), RETRY_MS)
        story.stand()
        assert story.state is State.PLACING
    story.hear(Refused(-1013, "Filter failure: PERCENT_PRICE_BY_SIDE"))
    assert story.state is State.FAILED


def test_a_cancel_that_comes_too_late_is_looked_up() -> None:
    story = selling()
    working, pending = legs_of(story)
    story.move("49499")
    story.hear(Refused(-2011, "Unknown order list sent."))
    assert story.hear(Tick(), RETRY_MS) == Reconcile([working.name, pending.name])
    answer: Answer = Standing(
        [
            seen(working, Status.FILLED, working.quantity),
            seen(pending, Status.FILLED, pending.quantity),
        ],
        RICH,
        QUOTE,
        FEE,
    )
    story.hear(answer)
    assert story.machine.completed == 1


def test_a_cancel_without_an_end_is_looked_up() -> None:
    story = buying()
    working, pending = legs_of(story)
    story.move("50501")
    still = [seen(working, Status.NEW), seen(pending, Status.PENDING_NEW)]
    assert story.hear(Done(still)) is None
    assert story.hear(Tick(), CANCEL_PATIENCE_MS - 1) is None
    assert story.hear(Tick(), 1) == Reconcile([working.name, pending.name])


def test_stopping_cancels_the_pair_and_keeps_what_was_bought() -> None:
    story = selling()
    working, pending = legs_of(story)
    assert isinstance(story.hear(StopAsked("the time is up")), CancelPair)
    filled = seen(working, Status.FILLED, working.quantity)
    assert story.hear(Done([filled, seen(pending, Status.CANCELED)])) is None
    assert (story.state, story.machine.volume) == (State.DONE, D(100))


def test_stopping_while_offline_ends_at_once_when_nothing_is_open() -> None:
    story = Story()
    story.hear(StopAsked("stopped"))
    assert story.state is State.DONE
