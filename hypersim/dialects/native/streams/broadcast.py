"""Pushes committed events to the clients of `/v1/ws`: one task for all of them.

The bus hands over what was committed since the last look. What happened (trades, orders, fills,
balances) is pushed one by one, in commit order; what is a state (ticker, depth, candles) is pushed
once, as it stands at the end. A frame is written once for all who get it.

Everything here relies on the read side standing where the last of what was heard left it, so
nothing until the last push may await.
"""

from collections.abc import Coroutine, Iterable, Sequence

from hypersim.account.user import ApiKey
from hypersim.api.services import Services
from hypersim.api.sockets.socket import CloseCode
from hypersim.api.streams.audience import Audience
from hypersim.api.streams.followers import follow
from hypersim.dialects.native.streams.account_news import AccountNews
from hypersim.dialects.native.streams.market_news import MarketNews
from hypersim.dialects.native.streams.session import StreamSession
from hypersim.dialects.native.streams.topics import Topic
from hypersim.market.candle import Candle
from hypersim.service.transaction import Transaction


class Broadcaster:
    """Who listens to what, and the task that tells them."""

    name = "stream clients"

    def __init__(self, services: Services) -> None:
        self.audience: Audience[Topic, StreamSession] = Audience()
        self._engine = services.engine
        self._markets = MarketNews(services, self.audience, self._drop)
        self._accounts = AccountNews(services.engine.view, self.audience, self._drop)

    def run(self) -> Coroutine[None, None, None]:
        """Push until canceled."""
        return follow(self._engine, self)

    def hear(self, transactions: Sequence[Transaction]) -> None:
        """See `Follower`."""
        if not self.audience:
            return
        self._accounts.push(transactions)
        for transaction in transactions:
            for event in transaction.events:
                self._markets.note(event)
        self._markets.push()

    def begin_again(self) -> None:
        """See `Follower`."""
        self._accounts.begin_again()

    def miss(self) -> None:
        """See `Follower`."""
        self._drop(self.audience.readers())

    def join(self, session: StreamSession, topic: Topic, known_bar: Candle | None = None) -> None:
        """Listen to a topic from now on; what is a state is pushed as it stands."""
        if topic.channel.is_private:
            self._accounts.start(session, topic, self._engine.clock.now_ms())
        else:
            self._markets.start(session, topic, known_bar)
        self.audience.add(session, topic)

    def key_of(self, session: StreamSession) -> ApiKey | None:
        """The key that the session may use now."""
        return self._accounts.key_of(session)

    def end_private(self, session: StreamSession) -> None:
        """Listen to nothing private any more."""
        self._accounts.end(session)

    def leave(self, session: StreamSession) -> None:
        """The client is gone."""
        self.audience.remove_all(session)
        self._accounts.forget(session)

    def _drop(self, sessions: Iterable[StreamSession]) -> None:
        for session in sessions:
            session.socket.close(CloseCode.TRY_AGAIN_LATER, "Too much happened; connect again")
            self.leave(session)
