"""What was before a reset gets nothing of what comes after it: cards 18 to 20."""

from hypersim.account.user import Secret
from hypersim.trading.account_commands import IssueKey
from tests.support.dialects.stand import ALICE, RESTING, Stand
from tests.support.dialects.words import Refusal, State, Topic, Trader


async def test_card_18_keys_and_orders_of_before_are_gone(stand: Stand) -> None:
    begun = await stand.holdings(ALICE)
    placed = await stand.place(ALICE, RESTING)
    extra = Trader("key-of-this-time", "secret-of-alice-for-now")
    await stand.exchange.done(IssueKey(1, extra.key, Secret(extra.secret)))
    assert await stand.holdings(extra) != begun
    await stand.begin_again()
    answer = await stand.ask(stand.adapter.place(stand.signer(extra), RESTING))
    assert stand.adapter.told(answer) == stand.adapter.refusals[Refusal.UNKNOWN_KEY]
    answer = await stand.query(ALICE, placed.id)
    assert stand.adapter.told(answer) == stand.adapter.refusals[Refusal.NO_SUCH_ORDER]
    assert await stand.holdings(ALICE) == begun
    again = await stand.place(ALICE, RESTING)
    assert stand.adapter.order_of(await stand.query(ALICE, again.id)).state is State.OPEN


async def test_card_19_who_listened_before_hears_nothing_of_the_new_account(stand: Stand) -> None:
    listener = await stand.follow(Topic.ACCOUNT)
    await stand.place(ALICE, RESTING)
    assert any(push.order for push in await listener.heard())
    await stand.begin_again()
    await stand.place(ALICE, RESTING)
    assert not any(push.order or push.holdings for push in await listener.heard())


async def test_card_20_who_listens_anew_hears_of_the_new_account(stand: Stand) -> None:
    before = await stand.follow(Topic.ACCOUNT)
    await stand.begin_again()
    after = await stand.follow(Topic.ACCOUNT)
    placed = await stand.place(ALICE, RESTING)
    heard = [push.order.id for push in await after.heard() if push.order]
    assert heard == [placed.id]
    assert not any(push.order for push in await before.heard())
    # The market is the same as before, and so are those who follow it.
    trades = await stand.follow(Topic.TRADES)
    await stand.begin_again()
    await stand.move(stand.price(1))
    assert [push.trade_price for push in await trades.heard()] == [stand.price(1)]
