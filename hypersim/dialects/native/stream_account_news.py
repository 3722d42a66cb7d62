"""The private half of `/v1/ws`: an account's orders, fills and balances, to its own keys only."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from hypersim.account.ledger import NO_BALANCE, Balance, LedgerEntry, legs_of
from hypersim.account.user import ApiKey
from hypersim.api.signing import Denial
from hypersim.api.sockets import OUTBOX_FRAMES_MAX, Audience
from hypersim.dialects.native.auth import denied
from hypersim.dialects.native.stream_frames import balance_frame, fill_frame, order_frame
from hypersim.dialects.native.stream_session import Session, send_all
from hypersim.dialects.native.stream_topics import Channel, Topic
from hypersim.service.view import View
from hypersim.trading.events import (
    Event,
    ExchangeReset,
    FundsMoved,
    KeyChanged,
    OrderEvent,
    OrderFilled,
    OrdersClosed,
)
from hypersim.trading.order import Order


class AccountNews:
    """Pushes each event that concerns an account somebody listens to, in order."""

    def __init__(
        self,
        view: View,
        audience: Audience[Topic, Session],
        drop: Callable[[Iterable[Session]], None],
    ) -> None:
        self._view = view
        self._audience = audience
        self._drop = drop
        self._fresh: set[Session] = set()

    def push(self, events: Sequence[Event]) -> None:
        """Push what happened. The read side must stand where the last event left it."""
        owners = {topic.account_id for topic in self._audience.topics()} - {None}
        if not owners:
            return
        resets = [i for i, event in enumerate(events) if isinstance(event, ExchangeReset)]
        if resets:
            self._cut_off_strangers()
            events = events[resets[-1] + 1 :]
        self._drop_flooded(events)
        topics = self._audience.topics()
        watching = {topic.account_id for topic in topics if topic.channel is Channel.BALANCES}
        balances = self._balances_after(events, watching)
        for index, event in enumerate(events):
            if isinstance(event, OrderEvent) and event.order.account_id in owners:
                self._push_order(event)
            elif isinstance(event, OrdersClosed) and event.account_id in owners:
                self._push_together(event)
            elif isinstance(event, KeyChanged) and event.key.revoked_ms is not None:
                self._key_revoked(event.key)
            if index in balances:
                self._push_balance(*balances[index])
        self._fresh.clear()

    def start(self, session: Session, topic: Topic, now_ms: int) -> None:
        """Show a new reader what the account has."""
        if topic.channel is Channel.BALANCES:
            assert topic.account_id is not None, topic
            session.socket.send(
                balance_frame(self._view.listed_balances_of(topic.account_id), now_ms)
            )
            self._fresh.add(session)

    def key_of(self, session: Session) -> ApiKey | None:
        """The key that the session may use now. A reset takes keys away, and another may have its
        name and its account's number by now, so the very same value must still be there."""
        key = session.key
        is_known = key is not None and self._view.keys.get(key.key) is key
        return key if is_known else None

    def end(self, session: Session) -> None:
        """The session's key counts no more."""
        for topic in self._audience.topics_of(session):
            if topic.channel.is_private:
                self._audience.remove(session, topic)
        session.key = None

    def forget(self, session: Session) -> None:
        """The client is gone."""
        self._fresh.discard(session)

    def _drop_flooded(self, events: Sequence[Event]) -> None:
        """Nobody's outbox takes a frame for each of so many events, so they need not be written."""
        together = [event for event in events if isinstance(event, OrdersClosed)]
        if len(events) <= OUTBOX_FRAMES_MAX and not together:
            return
        moves = Counter(
            owner_and_symbol
            for event in events
            if isinstance(event, OrderEvent)
            for owner_and_symbol in _topics_of(event.order)
        )
        orders = moves + Counter(
            owner_and_symbol
            for event in together
            for order in event.orders
            for owner_and_symbol in _topics_of(order)
        )
        for topic in list(self._audience.topics()):
            # What ended together moves the balances once.
            told = {Channel.ORDERS: orders, Channel.BALANCES: moves}.get(topic.channel)
            if told is not None and told[topic.account_id, topic.symbol] > OUTBOX_FRAMES_MAX:
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

    def _push_balance(self, account_id: int, text: str, is_last: bool) -> None:
        """Who has just been shown a state that may be newer gets the last one only."""
        readers = self._readers_of(Channel.BALANCES, account_id, None)
        send_all([reader for reader in readers if is_last or reader not in self._fresh], text)

    def _balances_after(
        self, events: Sequence[Event], owners: set[int | None]
    ) -> dict[int, tuple[int, str, bool]]:
        """By the index of the event: whose balances it changed, the frame that shows them after it,
        and whether it is the account's last. Found from the state now, backwards."""
        now: dict[int, dict[str, Balance]] = {}
        found: dict[int, tuple[int, str, bool]] = {}
        for index in range(len(events) - 1, -1, -1):
            entries, account_id = _entries_of(events[index])
            if not entries or account_id not in owners:
                continue
            is_last = account_id not in now
            held = now.setdefault(account_id, self._view.listed_balances_of(account_id))
            found[index] = (account_id, balance_frame(held, entries[-1].time_ms), is_last)
            for leg in (leg for entry in entries for leg in legs_of(entry)):
                if leg.account_id == account_id:
                    after = held.get(leg.asset, NO_BALANCE)
                    held[leg.asset] = Balance(
                        after.available - leg.available, after.locked - leg.locked
                    )
        return found

    def _readers_of(self, channel: Channel, account_id: int, symbol: str | None) -> list[Session]:
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

    def _cut_off(self, session: Session) -> None:
        self.end(session)
        session.refuse(None, denied(Denial.UNKNOWN_KEY))


def _topics_of(order: Order) -> tuple[tuple[int | None, str | None], ...]:
    """(account, symbol) of who is told of it: of the symbol, and of all symbols."""
    return (order.account_id, order.symbol), (order.account_id, None)


def _entries_of(event: Event) -> tuple[Sequence[LedgerEntry], int]:
    match event:
        case FundsMoved(account_id=account_id, entry=entry):
            return (entry,), account_id
        case OrdersClosed(account_id=account_id, entries=entries):
            return entries, account_id
        case _ if isinstance(event, OrderEvent) and event.entry is not None:
            return (event.entry,), event.order.account_id
        case _:
            return (), 0
