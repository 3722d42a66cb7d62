"""What the native streams of one market are woken by, and what they have to tell then."""

from hypersim.api.streams.sources import mark_of
from hypersim.dialects.native.streams.markets import Candles, Tickers
from hypersim.dialects.native.streams.topics import Channel, Topic
from hypersim.market.candle import Interval
from hypersim.market.running_bar import RunningBar, Zoned
from hypersim.service.changes import Changes
from hypersim.service.view import View
from hypersim.trading.commands import Command
from hypersim.trading.exchange import Exchange
from tests.support.builders import (
    ALICE,
    BOB,
    START_MS,
    SYMBOL,
    buy,
    done,
    exchange,
    quote,
    sell,
    transaction,
)


def run(target: Exchange, view: View, command: Command) -> None:
    """Execute, and show what happened."""
    changes = Changes()
    happened = [transaction(done(target, command), target.state)]
    changes.add(happened)
    view.apply(changes, happened)


def test_an_order_that_comes_to_rest_in_a_shared_book_is_no_news_of_tickers_and_bars() -> None:
    target, view = exchange(matching="shared"), View(shows_users_orders=True)
    view.put_instrument(target.state.markets[SYMBOL].instrument)
    run(target, view, quote("99", "101"))
    data = view.markets[SYMBOL]
    topic = Topic(Channel.CANDLES, SYMBOL, interval=Interval.M1)
    bar = RunningBar(data, Zoned(Interval.M1), None, Interval.M1.open_ms(START_MS))
    sources = (
        Tickers(view, SYMBOL, lambda: (SYMBOL,)),
        Candles(data, topic, bar, lambda: START_MS),
    )

    def told() -> list[int]:
        return [len(source.poll(START_MS)) for source in sources]

    assert told() == [0, 0]
    before = mark_of(data)
    run(target, view, sell(ALICE, "2", "100"))
    # Others tell of it that the market changed.
    assert mark_of(data) != before
    assert told() == [0, 0]
    run(target, view, buy(BOB, "1", "100"))
    assert told() == [1, 1]
    run(target, view, quote("99", "101"))
    assert told() == [1, 1]
    assert told() == [0, 0]
