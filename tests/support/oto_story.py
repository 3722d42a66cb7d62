"""One user's state machine of scripts/oto_bot.py, told a story event by event."""

from decimal import Decimal

from scripts.oto.machine import Machine
from scripts.oto.messages import (
    Action,
    Done,
    Event,
    Online,
    OrderChanged,
    PlacePair,
    QuoteMoved,
    Standing,
)
from scripts.oto.orders import Leg, Names, OrderSeen, OrderState, Status
from scripts.oto.states import State
from scripts.oto.terms import ZERO, Plan, Quote, Rules

D = Decimal
RULES = Rules("BTCUSDT", "BTC", "USDT", D("0.01"), D("0.00001"), D("0.00001"), D(9000), D(5))
PLAN = Plan("BTCUSDT", D(1000), D(100), D("0.001"), move_max=D("0.01"))
QUOTE = Quote(D(50000), D("50000.01"))
RICH = {"USDT": D(10000), "BTC": D(1)}
FEE = D("0.001")


class Story:
    """A machine, a clock, and what was asked for last. What is told returns what is asked for."""

    def __init__(self, plan: Plan = PLAN) -> None:
        self.machine = Machine(plan, RULES, Names("run", 7))
        self.now_ms = 1_000_000
        self.asked: Action | None = None

    @property
    def state(self) -> State:
        """The machine's."""
        return self.machine.course.state

    def hear(self, event: Event, after_ms: int = 0) -> Action | None:
        """Any event."""
        self.now_ms += after_ms
        self.asked = self.machine.handle(event, self.now_ms)
        return self.asked

    def stand(self, *orders: OrderSeen, quote: Quote = QUOTE, **balances: Decimal) -> Action | None:
        """REST answers."""
        return self.hear(Standing(orders, balances or RICH, quote, FEE))

    def move(self, bid: str) -> Action | None:
        """The market moves."""
        return self.hear(QuoteMoved(Quote(D(bid), D(bid) + D("0.01"))))

    def tell(self, leg: Leg, status: Status, filled: Decimal = ZERO) -> Action | None:
        """The stream tells of an order."""
        return self.hear(OrderChanged(seen(leg, status, filled)))

    def fill(self, leg: Leg) -> Action | None:
        """An order is filled whole."""
        return self.tell(leg, Status.FILLED, leg.quantity)


def seen(leg: Leg, status: Status, filled: Decimal = ZERO) -> OrderSeen:
    """An order as the exchange tells of it, filled at its price."""
    return OrderSeen(leg.name, OrderState(status, filled, filled * leg.price), 1)


def placed(story: Story) -> Done:
    """The answer to a pair that rests."""
    assert story.machine.known.pair is not None
    pair = story.machine.known.pair
    return Done([seen(pair.working, Status.NEW), seen(pair.pending, Status.PENDING_NEW)])


def ready(plan: Plan = PLAN) -> Story:
    """Up to the request that places the first pair."""
    story = Story(plan)
    story.hear(Online())
    story.stand()
    assert isinstance(story.asked, PlacePair)
    return story


def buying(plan: Plan = PLAN) -> Story:
    """Up to a buy that rests."""
    story = ready(plan)
    story.hear(placed(story))
    assert story.state is State.BUYING
    return story


def selling(plan: Plan = PLAN) -> Story:
    """Up to a sale that rests."""
    story = buying(plan)
    pair = story.machine.known.pair
    assert pair is not None
    story.fill(pair.working)
    story.tell(pair.pending, Status.NEW)
    assert story.state is State.SELLING
    return story


def legs_of(story: Story) -> tuple[Leg, Leg]:
    """Working and pending order of the open pair."""
    assert story.machine.known.pair is not None
    return story.machine.known.pair.working, story.machine.known.pair.pending


def canceled(story: Story, filled: Decimal = ZERO) -> Done:
    """The answer to the cancel of a list whose buy has traded this much."""
    working, pending = legs_of(story)
    return Done([seen(working, Status.CANCELED, filled), seen(pending, Status.CANCELED)])
