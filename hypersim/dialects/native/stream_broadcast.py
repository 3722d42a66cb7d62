"""Pushes committed events to the clients of `/v1/ws`: one task for all of them.

The bus hands over what was committed since the last look. What happened (trades, orders, fills,
balances) is pushed one by one, in commit order; what is a state (ticker, depth, candles) is pushed
once, as it stands at the end. A frame is written once for all who get it.

After `Subscription.next` returns, the read side stands exactly where the last of these transactions
left it, as both are updated in one step. Everything here relies on that, so nothing between there
and the last push may await.
"""

from collections.abc import Iterable, Sequence

import structlog

from hypersim.account.user import ApiKey
from hypersim.api.services import Services
from hypersim.api.sockets import Audience, CloseCode
from hypersim.dialects.native.stream_account_news import AccountNews
from hypersim.dialects.native.stream_market_news import MarketNews
from hypersim.dialects.native.stream_session import Session
from hypersim.dialects.native.stream_topics import Topic
from hypersim.market.candle import Candle
from hypersim.service.transaction import Transaction

log = structlog.get_logger(__name__)


class Broadcaster:
    """Who listens to what, and the task that tells them."""

    def __init__(self, services: Services) -> None:
        self.audience: Audience[Topic, Session] = Audience()
        self._engine = services.engine
        self._markets = MarketNews(services, self.audience, self._drop)
        self._accounts = AccountNews(services.engine.view, self.audience, self._drop)

    async def run(self) -> None:
        """Push until canceled. What cannot be pushed whole ends: its sockets are closed."""
        while True:
            try:
                await self._follow()
                log.warning("stream clients dropped: too many events at once")
            except Exception as bug:
                log.error("stream clients dropped", exc_info=bug)
            self._drop(self.audience.readers())

    def join(self, session: Session, topic: Topic, known_bar: Candle | None = None) -> None:
        """Listen to a topic from now on; what is a state is pushed as it stands."""
        if topic.channel.is_private:
            self._accounts.start(session, topic, self._engine.clock.now_ms())
        else:
            self._markets.start(session, topic, known_bar)
        self.audience.add(session, topic)

    def key_of(self, session: Session) -> ApiKey | None:
        """The key that the session may use now."""
        return self._accounts.key_of(session)

    def end_private(self, session: Session) -> None:
        """Listen to nothing private any more."""
        self._accounts.end(session)

    def leave(self, session: Session) -> None:
        """The client is gone."""
        self.audience.remove_all(session)
        self._accounts.forget(session)

    async def _follow(self) -> None:
        """Push until there was too much to keep."""
        subscription = self._engine.bus.subscribe()
        try:
            while True:
                transactions = await subscription.next()
                if subscription.overflowed:
                    return
                if self.audience:
                    self._push(transactions)
        finally:
            subscription.close()

    def _push(self, transactions: Sequence[Transaction]) -> None:
        self._accounts.push(transactions)
        for transaction in transactions:
            for event in transaction.events:
                self._markets.note(event)
        self._markets.push()

    def _drop(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            session.socket.close(CloseCode.TRY_AGAIN_LATER, "Too much happened; connect again")
            self.leave(session)
