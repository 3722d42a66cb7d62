"""The composition root: settings → objects → a running server. Only this folder knows every
concrete class."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import NamedTuple

import structlog
import uvloop

from hypersim import feeds
from hypersim.admin.token import admin_token
from hypersim.api.dialect import Dialect, load_dialects
from hypersim.api.services import AdminActions, Services
from hypersim.api.traffic import Traffic
from hypersim.bootstrap.chance import choose_chance, login_tokens
from hypersim.bootstrap.choices import DIALECTS, check_names, clients_of, feed_of, rules_of
from hypersim.bootstrap.faults import arming_of
from hypersim.bootstrap.listing import leave_out_others, list_instruments
from hypersim.bootstrap.market import start_pump
from hypersim.bootstrap.record import finish, followers_of, is_shown, own
from hypersim.bootstrap.scenario import (
    begin_scenario,
    given_past,
    player_of,
    with_seed_of_scenario,
)
from hypersim.bootstrap.serving import ended, serve
from hypersim.bootstrap.time import MODES, advancing_of, check_start, with_feed_of_step
from hypersim.bootstrap.watch import watch_of
from hypersim.edge.edge import Edge
from hypersim.edge.server import listen
from hypersim.feeds.given_past import GivenPast
from hypersim.market.instrument import Instrument
from hypersim.service import demo
from hypersim.service.advance import Advancing
from hypersim.service.arming import Arming
from hypersim.service.book_demand import BookDemand
from hypersim.service.chance import SeededChance
from hypersim.service.engine import Engine
from hypersim.service.feed import FeedPosition
from hypersim.service.first_seen import FirstSeen
from hypersim.service.guarded_feed import GuardedFeed
from hypersim.service.limits import RateLimiter
from hypersim.service.manual_price import ManualPrices
from hypersim.service.markets import Markets
from hypersim.service.outboxes import Outboxes
from hypersim.service.passwords import Passwords
from hypersim.service.pump import MarketPump
from hypersim.service.record import RecordHealth
from hypersim.service.registrations import Registrations
from hypersim.service.scenarios.playing import Player
from hypersim.service.scenarios.stage import Stage
from hypersim.service.scenarios.troubles import Troubles
from hypersim.service.simulated_clock import clock_from
from hypersim.service.stopping import CLOSE_BY_S, DATABASE_BY_S, FEED_BY_S, Stopping
from hypersim.service.view import View
from hypersim.settings import Settings, environment_of_children
from hypersim.storage.archive import PostgresArchive
from hypersim.storage.growth.room import RoomWatch
from hypersim.storage.loader import load
from hypersim.storage.projection.progress import Progress
from hypersim.storage.upgrade_process import UpgradeProcess
from hypersim.storage.vault import Vault
from hypersim.storage.vault_opening import open_vault
from hypersim.storage.whereabouts import Database, database_at
from hypersim.trading.exchange import Exchange
from hypersim.trading.rules import Matching

Say = Callable[[str], None]

log = structlog.get_logger(__name__)


def run(settings: Settings, say: Say) -> None:
    """Serve until SIGTERM or Ctrl-C. Raises what ends the start, each with one clear line."""
    # Before anything that takes time: an unknown name and a taken port are known at once.
    settings = with_feed_of_step(settings)
    check_names(settings)
    settings = with_seed_of_scenario(settings, say)
    stopping = Stopping()
    with contextlib.ExitStack() as stack:
        bound = stack.enter_context(listen(settings.host, settings.port, "--port"))
        extra = {
            name: stack.enter_context(listen(settings.host, port, f"--listen {name}=PORT"))
            for name, port in settings.ports.items()
        }
        runner = stack.enter_context(asyncio.Runner(loop_factory=uvloop.new_event_loop))
        stack.enter_context(stopping.on_signals(runner.get_loop()))
        runner.run(_run(settings, bound, extra, stopping, say))


async def _run(
    settings: Settings,
    bound: socket.socket,
    extra: dict[str, socket.socket],
    stopping: Stopping,
    say: Say,
) -> None:
    """Start, serve, stop. A stop that is asked for during the start gives that up."""
    this_task = asyncio.current_task()
    assert this_task is not None
    stopping.then(this_task.cancel)
    # While the database starts, in other processes, there is time to load them.
    dialects = asyncio.ensure_future(asyncio.to_thread(load_dialects, DIALECTS))
    try:
        async with database_at(
            settings.data_root,
            url=settings.database_url,
            bin_dir=settings.postgres_bin,
            is_ephemeral=settings.ephemeral,
            stop_s=lambda: stopping.left_s(DATABASE_BY_S),
            say=say,
            upgrading=UpgradeProcess(environment_of_children()),
        ) as database:
            await _serve(settings, dialects, database, bound, extra, stopping, say)
    except asyncio.CancelledError:
        if not stopping.is_asked:
            raise
        say("stopped before it was ready")


async def _serve(
    settings: Settings,
    dialects: Awaitable[Sequence[Dialect]],
    database: Database,
    bound: socket.socket,
    extra: dict[str, socket.socket],
    stopping: Stopping,
    say: Say,
) -> None:
    async with _exchange(settings, database, stopping, say) as (services, control, engine_task):
        await serve(
            settings, await dialects, services, control, bound, extra, engine_task, stopping, say
        )


class Core(NamedTuple):
    """The exchange with its record, in which the feed stood at `position` when it was loaded.
    `books` is which books somebody looks at, `chance` what follows from the seed, `past` what was
    told of the time before there were prices."""

    engine: Engine
    task: asyncio.Task[None]
    progress: Progress
    archive: PostgresArchive
    vault: Vault
    position: FeedPosition
    books: BookDemand
    chance: SeededChance
    past: GivenPast | None


@contextlib.asynccontextmanager
async def _exchange(
    settings: Settings, database: Database, stopping: Stopping, say: Say
) -> AsyncIterator[tuple[Services, AdminActions, asyncio.Task[None]]]:
    """The running exchange: loaded, listed, with its feed flowing."""
    async with contextlib.AsyncExitStack() as stack:
        core = await _core(settings, database, stack, stopping, say)
        engine, archive, first_seen = core.engine, core.archive, FirstSeen(core.archive)
        told = feed_of(
            settings, engine.clock, core.position, first_seen.minute, say, core.books, core.past
        )
        feed = GuardedFeed(told)
        instruments = await feed.open()
        stack.push_async_callback(stopping.within, FEED_BY_S, feed.close)
        await _list(settings, database, core, feed, instruments)
        pump = await _pump_of(core, feed)
        prices = ManualPrices(engine, first_seen, pump)
        faults = arming_of(engine, core.chance, stack, stopping)
        played = Stage(engine, prices, pump.held, archive, Troubles(faults), core.past)
        player = await player_of(settings, database.root, played, core.progress, core.position)
        await start_pump(pump, engine, stack, stopping, waits=settings.feed != "manual")
        outboxes, traffic = Outboxes(), Traffic(is_logged=settings.access_log)
        time = advancing_of(settings, engine, outboxes, traffic)
        if settings.feed == "manual":
            await prices.restore(await archive.last_quotes())
        services = Services(
            engine,
            Markets(engine.view, feed, archive, engine.clock, core.books),
            archive,
            feed,
            RateLimiter(settings.requests_per_minute if settings.rate_limits == "on" else 0),
            login_tokens(settings, core.vault),
            Passwords(),
            Registrations(settings.edge.registrations_per_hour),
            Edge(settings.edge, clients_of(settings)),
            traffic,
            outboxes,
            faults.faults,
            settings.limits,
            settings.strict_signatures,
            settings.socket_life == "on",
            watch_of(settings, engine),
            {"mexc": settings.mexc_errors},
        )
        core.progress.take_orders()
        stack.push_async_callback(player.stop)
        await begin_scenario(settings, database.root, player)
        control = _control(settings, database, core, pump, prices, player, faults, time)
        yield services, control, core.task
    if core.task.done() and not core.task.cancelled():
        core.task.result()


async def _pump_of(core: Core, feed: GuardedFeed) -> MarketPump:
    """Goes on where it was."""
    pump = MarketPump(core.engine, feed, core.archive, core.books)
    await pump.resume()
    return pump


async def _list(
    settings: Settings,
    database: Database,
    core: Core,
    feed: GuardedFeed,
    instruments: Sequence[Instrument],
) -> None:
    """What is traded here, and who is here from the beginning."""
    if settings.symbols is not None:
        await is_shown(core.progress)
        await leave_out_others(core.engine, instruments, database.settings)
    await list_instruments(core.engine, feed, instruments)
    if settings.demo:
        await demo.seed_demo(core.engine)


async def _core(
    settings: Settings,
    database: Database,
    stack: contextlib.AsyncExitStack,
    stopping: Stopping,
    say: Say,
) -> Core:
    """Own the record, load it and start the engine."""
    rules = rules_of(settings)
    vault = await open_vault(database.settings, settings.master_key, database.root)
    health = RecordHealth()
    exchange = Exchange(rules)
    view = View(
        shows_users_orders=rules.matching is Matching.SHARED, account_limits=rules.account_limits
    )
    progress = Progress()
    recorder, owner = await own(settings, database, health, vault, progress, say)
    stack.push_async_callback(stopping.within, CLOSE_BY_S, recorder.close)
    await load(database.settings, exchange, view, vault)
    progress.start_at(exchange.state.counters.seq)
    view.shown_seq = lambda: progress.projected_seq
    beside = followers_of(settings, database, progress, owner)
    if database.ensure_running is not None:
        beside.append(RoomWatch(database.root, health).run())
    for task_beside in map(asyncio.create_task, beside):
        stack.push_async_callback(stopping.within, FEED_BY_S, ended, task_beside)
    archive = await PostgresArchive.open(database.settings, progress)
    stack.push_async_callback(archive.close)
    counters = exchange.state.counters
    recorded_ms = counters.time_ms
    # A record that is older than the feed's position in it tells all up to its time.
    position = FeedPosition(counters.feed_ms, counters.feed_told)
    if recorded_ms and not counters.feed_ms:
        position = FeedPosition(recorded_ms + 1)
    starts = (feeds.timeline_start_ms(settings.feed), settings.start_ms)
    check_start(settings, recorded_ms)
    chance = choose_chance(settings, database.root, is_new=not counters.seq)
    clock = clock_from(starts, recorded_ms, settings.speed, MODES[settings.clock])
    books = BookDemand()
    engine = Engine(exchange, view, clock=clock, recorder=recorder, health=health, books=books)
    task = asyncio.create_task(engine.run())
    stack.push_async_callback(finish, engine, progress, task, stopping)
    past = given_past(settings, database.root, is_new=not counters.seq)
    return Core(engine, task, progress, archive, vault, position, books, chance, past)


def _control(
    settings: Settings,
    database: Database,
    core: Core,
    pump: MarketPump,
    prices: ManualPrices,
    player: Player,
    faults: Arming,
    time: Advancing | None,
) -> AdminActions:
    engine = core.engine

    async def reset() -> None:
        await engine.reset(demo.opening() if settings.demo else ())

    token = admin_token(settings.admin_token, database.root)
    listing = pump.list_market
    return AdminActions(token, reset, listing, prices.set, core.progress, player, faults, time)
