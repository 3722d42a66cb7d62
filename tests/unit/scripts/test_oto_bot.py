"""scripts/oto_bot.py: what a user's state machine does, event by event."""

from decimal import Decimal

import pytest

from scripts.oto.messages import (
    BalancesChanged,
    CancelExit,
    CancelPair,
    Done,
    Online,
    PlaceExit,
    PlacePair,
    QuoteMoved,
    Reconcile,
    Tick,
)
from scripts.oto.orders import Status
from scripts.oto.states import ForbiddenTransition, Pause, State, check_transition
from scripts.oto.terms import Plan
from tests.support.oto_story import (
    PLAN,
    QUOTE,
    RICH,
    Story,
    buying,
    canceled,
    legs_of,
    ready,
    seen,
    selling,
)

D = Decimal


def test_nothing_is_placed_before_rest_was_asked() -> None:
    story = Story()
    assert story.move("50000") is None
    assert story.hear(Online()) == Reconcile([])
    assert story.hear(Tick()) is None


def test_a_pair_is_bought_at_the_bid_and_sold_at_the_offset() -> None:
    working, pending = legs_of(ready())
    assert (working.price, working.quantity) == (D("50000.00"), D("0.00200"))
    assert (pending.price, pending.quantity) == (D("50050.00"), D("0.00200"))
    assert (working.name, pending.name) == ("oto-run-7-1w", "oto-run-7-1p")


def test_a_cycle_goes_from_buying_to_selling_to_the_next_pair() -> None:
    story = selling()
    _, pending = legs_of(story)
    action = story.fill(pending)
    assert isinstance(action, PlacePair)
    assert (action.pair.cycle, story.machine.completed) == (2, 1)
    assert story.machine.volume == D("200.1")


def test_only_one_pair_is_ever_open() -> None:
    story = buying()
    for event in (Tick(), QuoteMoved(QUOTE), BalancesChanged(RICH), Tick()):
        assert story.hear(event, 60_000) is None


def test_a_buy_that_fills_at_once_is_selling_at_once() -> None:
    story = ready()
    working, pending = legs_of(story)
    filled = seen(working, Status.FILLED, working.quantity)
    story.hear(Done([filled, seen(pending, Status.PENDING_NEW)]))
    assert story.state is State.SELLING


def test_old_news_change_nothing() -> None:
    story = selling()
    working, _ = legs_of(story)
    assert story.tell(working, Status.NEW) is None
    assert (story.state, working.filled) == (State.SELLING, working.quantity)


def test_the_target_volume_ends_it_with_the_pair_that_reaches_it() -> None:
    story = selling(Plan("BTCUSDT", D(150), D(100), D("0.001")))
    _, pending = legs_of(story)
    assert story.fill(pending) is None
    assert (story.state, story.machine.volume) == (State.DONE, D("200.1"))
    assert story.hear(Tick()) is None


@pytest.mark.parametrize("bid", ["49499", "50501"])
def test_a_buy_is_given_up_when_the_market_moves_either_way(bid: str) -> None:
    story = buying()
    assert story.move("50499") is None
    assert story.move(bid) == CancelPair("oto-run-7-1l")
    assert story.hear(canceled(story)) is None
    assert story.state is State.PAUSED
    assert story.machine.course.pauses == {Pause.PRICE_MOVED: 1}


def test_after_a_move_the_next_pair_waits_for_calm() -> None:
    story = buying()
    story.move("50501")
    story.hear(canceled(story))
    assert story.hear(Tick(), PLAN.calm_ms - 1) is None
    action = story.hear(Tick(), 1)
    assert isinstance(action, PlacePair)
    assert action.pair.terms.buy_price == D("50501.00")


def test_a_sale_is_given_up_only_when_the_market_falls() -> None:
    story = selling()
    assert story.move("51000") is None
    assert story.move("49499") == CancelPair("oto-run-7-1l")


def test_what_was_bought_is_sold_at_the_market_after_a_fall() -> None:
    story = selling()
    working, pending = legs_of(story)
    story.move("49499")
    filled = seen(working, Status.FILLED, working.quantity)
    action = story.hear(Done([filled, seen(pending, Status.CANCELED)]))
    assert isinstance(action, PlaceExit)
    # The fee of the buy is gone.
    assert (action.leg.price, action.leg.quantity) == (D("49499.00"), D("0.00199"))
    assert action.leg.name == "oto-run-7-1x1"
    story.hear(Done([seen(action.leg, Status.FILLED, action.leg.quantity)]))
    assert (story.state, story.machine.given_up, story.machine.completed) == (State.PAUSED, 1, 0)
    assert story.machine.volume == D("100") + D("0.00199") * D("49499")


def test_a_buy_canceled_halfway_sells_its_half() -> None:
    story = buying()
    working, _ = legs_of(story)
    story.tell(working, Status.PARTIALLY_FILLED, D("0.001"))
    story.move("50501")
    action = story.hear(canceled(story, D("0.001")))
    assert isinstance(action, PlaceExit)
    assert action.leg.quantity == D("0.00099")


def test_too_little_to_be_sold_is_left() -> None:
    story = buying()
    story.move("50501")
    story.hear(canceled(story, D("0.00005")))
    assert (story.state, story.machine.known.pair) == (State.PAUSED, None)


def test_an_exit_follows_a_market_that_goes_on_falling() -> None:
    story = selling()
    working, pending = legs_of(story)
    story.move("49499")
    filled = seen(working, Status.FILLED, working.quantity)
    story.hear(Done([filled, seen(pending, Status.CANCELED)]))
    assert isinstance(story.asked, PlaceExit)
    leg = story.asked.leg
    story.hear(Done([seen(leg, Status.NEW)]))
    assert story.state is State.EXITING
    assert story.move("49000") == CancelExit("oto-run-7-1x1")
    action = story.hear(Done([seen(leg, Status.CANCELED)]))
    assert isinstance(action, PlaceExit)
    assert (action.leg.name, action.leg.price) == ("oto-run-7-1x2", D("49000.00"))


def test_a_sale_that_could_not_be_placed_is_sold_at_the_market() -> None:
    story = buying()
    working, pending = legs_of(story)
    story.fill(working)
    action = story.tell(pending, Status.EXPIRED)
    assert isinstance(action, PlaceExit)
    assert story.state is State.EXITING


def test_too_little_money_pauses_until_there_is_more() -> None:
    story = Story()
    story.hear(Online())
    assert story.stand(USDT=D(99), BTC=D(0)) is None
    assert (story.state, story.machine.course.pauses) == (State.PAUSED, {Pause.LOW_BALANCE: 1})
    assert story.hear(Tick(), 60_000) is None
    assert story.machine.course.pauses == {Pause.LOW_BALANCE: 1}
    assert isinstance(story.hear(BalancesChanged({"USDT": D(100)})), PlacePair)


def test_money_of_the_last_sale_is_waited_for_without_a_pause() -> None:
    story = selling()
    _, pending = legs_of(story)
    story.hear(BalancesChanged({"USDT": D(0)}))
    assert story.fill(pending) is None
    assert (story.state, story.machine.course.pauses) == (State.READY, {})
    assert isinstance(story.hear(BalancesChanged({"USDT": D(100)})), PlacePair)


def test_without_spare_tokens_less_is_sold_than_bought() -> None:
    story = Story()
    story.hear(Online())
    story.stand(USDT=D(1000))
    working, pending = legs_of(story)
    assert (working.quantity, pending.quantity) == (D("0.00200"), D("0.00199"))


def test_an_order_size_that_the_market_forbids_fails() -> None:
    story = Story(Plan("BTCUSDT", D(1000), D(4), D("0.001")))
    story.hear(Online())
    assert story.stand() is None
    assert story.state is State.FAILED


def test_every_step_is_noted() -> None:
    story = buying()
    assert story.machine.course.notes == [
        "offline -> reconciling: both sockets are up",
        "reconciling -> ready",
        "ready -> placing: cycle 1",
        "placing -> buying: 0.002 at 50000",
    ]


def test_a_sale_never_goes_back_to_buying() -> None:
    with pytest.raises(ForbiddenTransition):
        check_transition(State.SELLING, State.BUYING)
    with pytest.raises(ForbiddenTransition):
        check_transition(State.BUYING, State.PLACING)
