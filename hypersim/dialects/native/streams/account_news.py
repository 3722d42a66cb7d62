"""The private half of `/v1/ws`: an account's orders, fills and balances, to its own keys only."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from hypersim.account.ledger import Balance
from hypersim.account.user import ApiKey
from hypersim.api.accounts.signing import Denial
from hypersim.api.sockets.socket import OUTBOX_FRAMES_MAX
from hypersim.api.streams.audience import Audience
from hypersim.dialects.native.auth import denied
from hypersim.dialects.native.streams.frames import balance_frame, fill_frame, order_frame
from hypersim.dialects.native.streams.session import StreamSession, send_all
from hypersim.dialects.native.streams.topics import Channel, Topic
from hypersim.service.transaction import Transaction, entries_of, legs_in, numbers_of
from hypersim.service.view import View
from hypersim.trading.events import Event, KeyChanged, OrderEvent, OrderFilled, OrdersClosed
from hypersim.trading.order import Order


class Standing:
    """What an account had after the transaction `seq`, by asset."""

    __slots__ = ("balances", "seq")

    def __init__(self, seq: int, balances: dict[str, Balance]) -> None:
        self.seq = seq
        self.balances = balances


class AccountNews:
    """Pushes what concerns accounts that somebody listens to, in order."""

    def __init__(
        self,
        view: View,
        audience: Audience[Topic, StreamSession],
        drop: Callable[[Iterable[StreamSession]], None],
    ) -> None:
        self._view = view
        self._audience = audience
        self._drop = drop
        self._held: dict[int, Standing] = {}
        self._shown: dict[StreamSession, int] = {}

    def push(self, transactions: Sequence[Transaction]) -> None:
        """Push what happened. The read side must stand where the last of it left it."""
        owners = {topic.account_id for topic in self._audience.topics()} - {None}
        if not owners:
            return
        self._drop_flooded(transactions)
        for transaction in transactions:
            moves = self._moves_in(transaction)
            for index, event in enumerate(transaction.events):
                if isinstance(event, OrderEvent) and event.order.account_id in owners:
                    self._push_order(event)
                elif isinstance(event, OrdersClosed) and event.account_id in owners:
                    self._push_together(event)
                elif isinstance(event, KeyChanged) and event.key.revoked_ms is not None:
                    self._key_revoked(event.key)
                for account_id, after in moves.items():
                    self._push_balances(account_id, transaction, event, after[index])

    def begin_again(self) -> None:
        """Accounts and keys from before are gone."""
        self._cut_off_strangers()
        self._held.clear()

    def start(self, session: StreamSession, topic: Topic, now_ms: int) -> None:
        """Show a new reader what the account has."""
        if topic.channel is Channel.BALANCES:
            assert topic.account_id is not None, topic
            standing = Standing(self._view.seq, self._view.balances_of(topic.account_id))
            session.socket.send(self._frame(standing, now_ms))
            self._held.setdefault(topic.account_id, standing)
            self._shown[session] = standing.seq

    def key_of(self, session: StreamSession) -> ApiKey | None:
        """The key that the session may use now. A reset takes keys away, and another may have its
        name and its account's number by now, so the very same value must still be there."""
        key = session.key
        is_known = key is not None and self._view.keys.get(key.key) is key
        return key if is_known else None

    def end(self, session: StreamSession) -> None:
        """The session's key counts no more."""
        for topic in self._audience.topics_of(session):
            if topic.channel.is_private:
                self._audience.remove(session, topic)
        session.key = None

    def forget(self, session: StreamSession) -> None:
        """The client is gone."""
        self._shown.pop(session, None)

    def _drop_flooded(self, transactions: Sequence[Transaction]) -> None:
        """Nobody's outbox takes a frame for each of so many events, so they need not be written."""
        events = [event for one in transactions for event in one.events]
        if sum(map(numbers_of, events)) <= OUTBOX_FRAMES_MAX:
            return
        moves: Counter[tuple[int | None, str | None]] = Counter()
        orders: Counter[tuple[int | None, str | None]] = Counter()
        for event in events:
            if isinstance(event, OrdersClosed):
                # It moves the balances once.
                for order in event.orders:
                    orders.update(_topics_of(order))
            elif isinstance(event, OrderEvent):
                moves.update(_topics_of(event.order))
        told = {Channel.ORDERS: orders + moves, Channel.BALANCES: moves}
        for topic in list(self._audience.topics()):
            counts = told.get(topic.channel)
            if counts and counts[topic.account_id, topic.symbol] > OUTBOX_FRAMES_MAX:
                self._drop(list(self._audience.readers_of(topic)))

    def _push_order(self, event: OrderEvent) -> None:
        order = event.order
        self._show(order)
        if isinstance(event, OrderFilled):
            readers = self._readers_of(Channel.FILLS, order.account_id, order.symbol)
            if readers:
                send_all(readers, fill_frame(event.fill))

    def _push_together(self, event: OrdersClosed) -> None:
        symbols = {order.symbol for order in event.orders}
        heard = {
            symbol
            for symbol in symbols
            if self._readers_of(Channel.ORDERS, event.account_id, symbol)
        }
        for order in event.orders:
            if order.symbol in heard:
                self._show(order)

    def _show(self, order: Order) -> None:
        readers = self._readers_of(Channel.ORDERS, order.account_id, order.symbol)
        if readers:
            fills = self._view.fills_by_order.get(order.id, ())
            send_all(readers, order_frame(order, fills))

    def _moves_in(self, transaction: Transaction) -> dict[int, list[dict[str, Balance]]]:
        """What accounts that somebody listens to had after each event. Who was shown a newer state
        when it began to listen is not shown this one."""
        moves = {}
        for account_id in {account_id for account_id, _ in transaction.balances_after}:
            standing = self._held.get(account_id)
            if standing is None or standing.seq >= transaction.seq:
                continue
            if self._readers_of(Channel.BALANCES, account_id, None):
                standing.seq = transaction.seq
                moves[account_id] = transaction.after_each(account_id)
            else:
                del self._held[account_id]
        return moves

    def _push_balances(
        self, account_id: int, transaction: Transaction, event: Event, after: dict[str, Balance]
    ) -> None:
        if not legs_in(event, account_id):
            return
        standing = self._held[account_id]
        standing.balances |= after
        text = self._frame(standing, entries_of(event)[-1].time_ms)
        readers = self._readers_of(Channel.BALANCES, account_id, None)
        send_all([one for one in readers if self._shown.get(one, 0) < transaction.seq], text)

    def _frame(self, standing: Standing, time_ms: int) -> bytes:
        return balance_frame(self._view.no_balances() | standing.balances, time_ms)

    def _readers_of(
        self, channel: Channel, account_id: int, symbol: str | None
    ) -> list[StreamSession]:
        """Sessions of the account, each once, that may still hear of it."""
        topics = (Topic(channel, None, account_id), Topic(channel, symbol, account_id))
        found = dict.fromkeys(
            session for topic in topics for session in self._audience.readers_of(topic)
        )
        for session in found:
            if self.key_of(session) is None:
                self._cut_off(session)
        return [session for session in found if session.key is not None]

    def _key_revoked(self, key: ApiKey) -> None:
        for session in self._audience.readers():
            if session.key is not None and session.key.key == key.key:
                self._cut_off(session)

    def _cut_off_strangers(self) -> None:
        for session in self._audience.readers():
            if session.key is not None and self.key_of(session) is None:
                self._cut_off(session)

    def _cut_off(self, session: StreamSession) -> None:
        self.end(session)
        session.refuse(None, denied(Denial.UNKNOWN_KEY))


def _topics_of(order: Order) -> tuple[tuple[int | None, str | None], ...]:
    """(account, symbol) of who is told of it: of the symbol, and of all symbols."""
    return (order.account_id, order.symbol), (order.account_id, None)
