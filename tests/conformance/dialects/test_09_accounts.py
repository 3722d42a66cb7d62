"""What an account is told, and when: cards 28 to 30."""

from collections.abc import Sequence
from decimal import Decimal

from hypersim.account.entries import FEE_ACCOUNT
from hypersim.service.transaction import Transaction, entries_of
from hypersim.trading.events import OrderEvent, OrderFilled
from hypersim.trading.order import OrderStatus
from tests.support.dialects.stand import ALICE, AT_MARKET, RESTING, Stand
from tests.support.dialects.words import Holdings, Push, State, Topic, Wanted

ALICE_ID = 1
STATES = {
    OrderStatus.OPEN: State.OPEN,
    OrderStatus.PARTIALLY_FILLED: State.OPEN,
    OrderStatus.FILLED: State.FILLED,
    OrderStatus.CANCELED: State.CANCELED,
}


async def trade(stand: Stand) -> list[Transaction]:
    """Some of everything; what happened, in order."""
    subscription = stand.exchange.engine.bus.subscribe()
    resting = await stand.place(ALICE, RESTING)
    await stand.place(ALICE, AT_MARKET)
    passed = await stand.place(ALICE, RESTING._replace(price="49000", quantity="0.2"))
    # At this price the second one trades, a part of it first.
    await stand.move(Decimal("48999.99"), Decimal("0.05"))
    await stand.move(Decimal("48000"))
    assert stand.adapter.order_of(await stand.query(ALICE, passed.id)).state is State.FILLED
    await stand.place(ALICE, Wanted("sell", "0.1"))
    await stand.cancel(ALICE, resting.id)
    happened = list(await subscription.next())
    subscription.close()
    return [
        one for one in happened if any(account == ALICE_ID for account, _ in one.balances_after)
    ]


def after(transaction: Transaction) -> Holdings:
    """What Alice has of all that it moved."""
    left = transaction.left(ALICE_ID).items()
    return {asset: (balance.available, balance.locked) for asset, balance in left}


def told_orders(transaction: Transaction) -> list[tuple[str, State, Decimal]]:
    """Of each order event, what is told: (id, state, filled)."""
    orders = [event.order for event in transaction.events if isinstance(event, OrderEvent)]
    return [(str(order.id), STATES[order.status], order.filled) for order in orders]


async def test_card_28_pushes_come_in_the_order_of_commits(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await listener.heard()
    happened = await trade(stand)
    heard = [push.order for push in await listener.heard() if push.order]
    expected = [told for one in happened for told in told_orders(one)]
    assert [(order.id, order.state, order.filled) for order in heard] == expected


async def test_card_29_balances_follow_as_each_commit_left_them(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await listener.heard()
    happened = await trade(stand)
    pushes: Sequence[Push] = await listener.heard()
    for transaction in happened:
        pushes = from_last_order(pushes, transaction)
        holdings = after(transaction)
        place = next(
            index
            for index, push in enumerate(pushes)
            if push.holdings and all(push.holdings.get(a) == h for a, h in holdings.items())
        )
        assert not any(push.order for push in pushes[:place]), "balances before the next commit"
        pushes = pushes[place + 1 :]
    assert not any(push.order or push.holdings for push in pushes)
    assert after(happened[-1]).items() <= (await stand.holdings(ALICE)).items()


def from_last_order(pushes: Sequence[Push], transaction: Transaction) -> Sequence[Push]:
    """What follows the last order that the transaction tells of."""
    left = len(told_orders(transaction))
    for index, push in enumerate(pushes):
        left -= push.order is not None
        if not left:
            return pushes[index + 1 :]
    raise AssertionError(f"{left} orders of {transaction} were not told")


async def test_card_30_a_fee_is_the_same_wherever_it_is_told(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    subscription = stand.exchange.engine.bus.subscribe()
    placed = await stand.place(ALICE, AT_MARKET)
    sold = await stand.place(ALICE, AT_MARKET._replace(side="sell"))
    ledger: dict[str, Decimal] = {}
    for event in (event for one in await subscription.next() for event in one.events):
        for posting in (posting for entry in entries_of(event) for posting in entry.postings):
            if posting.target[0] == FEE_ACCOUNT:
                assert isinstance(event, OrderFilled)
                asset = posting.source[1]
                ledger[asset] = ledger.get(asset, Decimal(0)) + posting.amount
    subscription.close()
    assert ledger.keys() == {"BTC", "USDT"}
    assert {**placed.fees, **sold.fees} == ledger
    pushed: dict[str, Decimal] = {}
    for fees in (push.fill_fees for push in await listener.heard() if push.fill_fees):
        pushed |= {asset: pushed.get(asset, Decimal(0)) + fee for asset, fee in fees.items()}
    assert pushed == ledger
