"""A whole exchange in the test's own process, with a record in memory and prices set by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal
from typing import NamedTuple

import httpx

from hypersim.account.user import Secret
from hypersim.api.dialect import dialect_names
from hypersim.api.services import AdminActions, Services
from hypersim.api.traffic import Traffic
from hypersim.bootstrap.choices import DIALECTS
from hypersim.bootstrap.watch import watching
from hypersim.edge.asgi import AsgiApp
from hypersim.edge.edge import Edge
from hypersim.feeds.given_past import GivenPast
from hypersim.feeds.listing import load_instruments
from hypersim.feeds.manual import ManualFeed
from hypersim.feeds.options import FeedOptions, Past
from hypersim.feeds.synthetic.lead_up import LeadUp
from hypersim.market.instrument import Instrument
from hypersim.service.advance import Advancing
from hypersim.service.arming import Arming
from hypersim.service.book_demand import BookDemand
from hypersim.service.clock import Clock, WallClock
from hypersim.service.credentials import LoginTokens
from hypersim.service.engine import Engine
from hypersim.service.faults import Faults
from hypersim.service.feed import Feed
from hypersim.service.first_seen import FirstSeen
from hypersim.service.guarded_feed import GuardedFeed
from hypersim.service.limits import RateLimiter
from hypersim.service.manual_price import ManualPrices
from hypersim.service.markets import Markets
from hypersim.service.outboxes import Outboxes
from hypersim.service.passwords import Passwords
from hypersim.service.pump import MarketPump
from hypersim.service.record import Archive, Recorder, RecordHealth
from hypersim.service.registrations import Registrations
from hypersim.service.scenarios.playing import Player
from hypersim.service.scenarios.stage import Stage
from hypersim.service.scenarios.troubles import Troubles
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.transaction import Source
from hypersim.service.view import View
from hypersim.storage.loader import show
from hypersim.storage.projection.progress import Progress
from hypersim.trading import fees, fills
from hypersim.trading.commands import Command, ListInstrument
from hypersim.trading.events import Event
from hypersim.trading.exchange import Exchange
from hypersim.trading.recorded import Recorded
from hypersim.trading.rejections import Rejected
from hypersim.trading.rules import AccountLimits, FeeDiscount, Matching, Rules
from hypersim.trading.state import ExchangeState
from tests.support.chance import seeded
from tests.support.memory_admin import TOKEN, memory_admin
from tests.support.memory_record import MemoryRecord


class Store(NamedTuple):
    """Where the record is written and read."""

    recorder: Recorder
    archive: Archive
    health: RecordHealth


class MemoryExchange(NamedTuple):
    """The parts that a test looks at; `admin` is a client of the admin API with its token."""

    services: Services
    record: MemoryRecord
    admin: httpx.AsyncClient
    admin_app: AsgiApp
    prices: ManualPrices
    pump: MarketPump
    tables: Progress
    scenarios: Player

    @property
    def engine(self) -> Engine:
        """The running engine."""
        return self.services.engine

    async def done(self, command: Command) -> Sequence[Event]:
        """What happened; the command must not be refused."""
        outcome = await self.engine.submit(command, Source.ADMIN)
        assert not isinstance(outcome, Rejected), outcome
        return outcome.events


@contextlib.asynccontextmanager
async def memory_exchange(
    *,
    fill_model: str = "depth",
    feed: Feed | None = None,
    instruments: Sequence[Instrument] | None = None,
    store: Store | None = None,
    with_past: bool = False,
    limits: AccountLimits | None = None,
    books: BookDemand | None = None,
    clock: Clock | None = None,
    recorded: Recorded | None = None,
    is_watched: bool = False,
    past: GivenPast | None = None,
) -> AsyncIterator[MemoryExchange]:
    """Running for the length of a block; the built-in instruments unless others are given, and the
    record in memory unless there is another store. `with_past`: history leads up to prices set.
    `recorded` is what an exchange before this one left, `past` what scenarios tell of before."""
    listed = instruments or [entry.instrument for entry in load_instruments()]
    rules, record, clock = _rules(fill_model, limits), MemoryRecord(), clock or WallClock()
    view = View(shows_users_orders=False, account_limits=rules.account_limits)
    recorder, archive, health = store or Store(record, record, RecordHealth())
    told = _exchange(rules, view, recorded)
    engine = Engine(told, view, clock=clock, recorder=recorder, health=health, books=books)
    first_seen = FirstSeen(archive)
    source = feed or _manual_feed(clock, listed, first_seen, past, with_past=with_past)
    pump = MarketPump(engine, GuardedFeed(source), archive, books)
    prices = ManualPrices(engine, first_seen, pump)
    markets = Markets(view, source, archive, clock, books)
    services = _services(engine, markets, archive, source, is_watched=is_watched)
    tables, running = Progress(), asyncio.create_task(engine.run())
    await _list(engine, listed)
    faults = Arming(services.faults, engine)
    player = Player(Stage(engine, prices, pump.held, archive, Troubles(faults), past), 7)
    admin = memory_admin(
        services, _control(services, pump, prices, tables, player, faults, has_end=feed is not None)
    )
    async with _client_of(admin) as client:
        yield MemoryExchange(services, record, client, admin, prices, pump, tables, player)
    await player.end()
    running.cancel()
    await asyncio.wait([running])


def _services(
    engine: Engine, markets: Markets, archive: Archive, source: Feed, *, is_watched: bool
) -> Services:
    return Services(
        engine,
        markets,
        archive,
        source,
        RateLimiter(0),
        LoginTokens(b"key of the test"),
        Passwords(),
        Registrations(),
        Edge(),
        Traffic(),
        Outboxes(),
        Faults(seeded(), (*dialect_names(DIALECTS), "tiny")),
        watch=watching(engine) if is_watched else None,
    )


def _manual_feed(
    clock: Clock,
    listed: Sequence[Instrument],
    first_seen: FirstSeen,
    past: Past | None,
    *,
    with_past: bool,
) -> ManualFeed:
    options = FeedOptions(clock, print, instruments=tuple(listed), first_minute=first_seen.minute)
    pasts = [*([past] if past is not None else []), *([LeadUp(options)] if with_past else [])]
    return ManualFeed(options.instruments, options.clock, pasts)


async def _list(engine: Engine, instruments: Sequence[Instrument]) -> None:
    for instrument in instruments:
        await engine.submit(ListInstrument(instrument), Source.ADMIN)


def _control(
    services: Services,
    pump: MarketPump,
    prices: ManualPrices,
    tables: Progress,
    player: Player,
    faults: Arming,
    *,
    has_end: bool,
) -> AdminActions:
    engine = services.engine
    time = _time_of(services, has_end=has_end)
    return AdminActions(
        Secret(TOKEN), engine.reset, pump.list_market, prices.set, tables, player, faults, time
    )


def _time_of(services: Services, *, has_end: bool) -> Advancing | None:
    clock, traffic = services.engine.clock, services.traffic
    if not isinstance(clock, SimulatedClock):
        return None

    def in_flight() -> int:
        return traffic.in_flight

    return Advancing(services.engine, clock, services.outboxes, in_flight, has_end=has_end)


def _exchange(rules: Rules, view: View, recorded: Recorded | None) -> Exchange:
    exchange = Exchange(rules)
    if recorded is not None:
        exchange.state = ExchangeState.restore(rules, recorded)
        show(recorded, (), view)
    return exchange


def _client_of(admin: AsgiApp) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(admin, raise_app_exceptions=False),
        base_url="http://hypersim",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )


def _rules(fill_model: str, limits: AccountLimits | None) -> Rules:
    return Rules(
        fills.load(fill_model),
        fees.load("received"),
        Matching.ISOLATED,
        FeeDiscount("BNB", Decimal("0.25")),
        account_limits=limits or AccountLimits(),
    )
