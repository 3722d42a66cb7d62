"""The short way of a plain order: the same checks, filters, plan, fees and postings as on the long
way, in one walk, without what only other orders need.

Most orders come to rest as a whole, or are filled at once by the reference market. For these the
events are told together, and what stands between them is not built up to be torn down again. What
else comes of a plain order is carried out as on the long way.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from hypersim.trading.arriving import carry_out, check_arrival, needs_of, opened
from hypersim.trading.commands import PlaceOrder
from hypersim.trading.events import OrderAccepted, OrderEvent, OrderFilled
from hypersim.trading.execution import take, unpaid_of
from hypersim.trading.filters import check_funds
from hypersim.trading.matching import plan_of
from hypersim.trading.placing import admit
from hypersim.trading.plans import Match
from hypersim.trading.rejections import Rejected
from hypersim.trading.settlement import held_asset, hold_entry
from hypersim.trading.state import ExchangeState

Gate = Mapping[str, object]
"""By field of `PlaceOrder`, the only value with which an order goes the short way."""

PLAIN: Gate = {
    "trigger": None,
    "peg": None,
    "iceberg_quantity": None,
    "quote_quantity": None,
    "strategy_id": None,
    "strategy_type": None,
}
"""What the short way does not look at. Nothing else may be here, and nothing of this be left out:
a test takes away one after the other, and finds the difference."""


class FilledAtOnce(NamedTuple):
    """An order that was open for no time at all: the reference market filled it with one match."""

    accepted: OrderAccepted
    filled: OrderFilled


def decide_plain(
    state: ExchangeState, command: PlaceOrder, now_ms: int
) -> Rejected | OrderAccepted | FilledAtOnce | Iterable[OrderEvent]:
    """What `decide_place` would decide; an order that comes to rest is only accepted."""
    admitted = admit(state, command, now_ms)
    if not isinstance(admitted, tuple):
        return admitted
    user, market, fingerprint = admitted
    instrument, quantity = market.instrument, command.quantity
    assert quantity is not None, command
    arrival = plan_of(command, market, state.rules.fills)
    if refusal := check_arrival(state, market, command, quantity, arrival):
        return refusal
    hold, required = needs_of(market, user, command, quantity, arrival)
    asset = held_asset(command.side, instrument)
    free = state.ledger.available(command.account_id, asset)
    if refusal := check_funds(asset, required, free):
        return refusal
    order = opened(
        state,
        market,
        command,
        quantity=quantity,
        hold=hold,
        now_ms=now_ms,
        fingerprint=fingerprint,
    )
    seq = state.counters.ledger_seq + 1
    accepted = OrderAccepted(order, hold_entry(order, asset, hold, seq=seq, time_ms=now_ms))
    steps = arrival.steps
    if not steps and hold:
        return accepted
    if len(steps) == 1 and isinstance(steps[0], Match):
        match = steps[0]
        if match.maker is None and match.quantity == quantity:
            unpaid = unpaid_of(state, market, order, arrival)
            filled = take(state, market, user, order, match, unpaid, now_ms)
            return FilledAtOnce(accepted, filled)
    return _carried_out(accepted, carry_out(state, market, user, order, arrival, now_ms))


def _carried_out(accepted: OrderAccepted, following: Iterator[OrderEvent]) -> Iterator[OrderEvent]:
    yield accepted
    yield from following
