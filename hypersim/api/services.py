"""What every API gets to work with."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from hypersim.account.user import Secret
from hypersim.api.traffic import Traffic
from hypersim.edge.edge import Edge
from hypersim.market.instrument import Instrument
from hypersim.service.advance import Advancing
from hypersim.service.arming import Arming
from hypersim.service.credentials import LoginTokens
from hypersim.service.engine import Engine
from hypersim.service.faults import Faults
from hypersim.service.feed import Feed
from hypersim.service.limits import RateLimiter
from hypersim.service.manual_price import ManualPrice
from hypersim.service.markets import Markets
from hypersim.service.outboxes import Outboxes
from hypersim.service.passwords import Passwords
from hypersim.service.record import Archive, TablesProgress
from hypersim.service.registrations import Registrations
from hypersim.service.scenarios.playing import Player
from hypersim.service.watch.watch import Watch


class Services(NamedTuple):
    """The running exchange as a dialect sees it: `engine.submit` to change something;
    `engine.view`, `markets` and `archive` to read. `limits` are by dialect and by its own
    names; `edge` has the limits below every dialect, and counts who was sent away; `traffic` counts
    what was answered, and `outboxes` are those of all sockets; `faults` are those that are armed.
    With `strict_signatures` a client must have signed the very bytes that it sends,
    percent-encoded. `sockets_end` is whether a venue's longest life of a socket holds. A `watch`
    sees what clients do; nearly always there is none. `errors_like` says by dialect whose error
    codes it has, where these are not its own."""

    engine: Engine
    markets: Markets
    archive: Archive
    feed: Feed
    limiter: RateLimiter
    tokens: LoginTokens
    passwords: Passwords
    registrations: Registrations
    edge: Edge
    traffic: Traffic
    outboxes: Outboxes
    faults: Faults
    limits: Mapping[str, Mapping[str, int]] = MappingProxyType({})
    strict_signatures: bool = False
    sockets_end: bool = True
    watch: Watch | None = None
    errors_like: Mapping[str, str] = MappingProxyType({})


class AdminActions(NamedTuple):
    """What only the admin API may do. `reset` empties all accounts and seeds the demo user again
    where there is one; `add_instrument` lists a market that the feed serves from then on;
    `set_price` moves the market by hand; `tables` says how far they follow the journal;
    `scenarios` are played, one after the other, `faults` armed; `time` is moved
    where it is simulated."""

    token: Secret
    reset: Callable[[], Awaitable[None]]
    add_instrument: Callable[[Instrument], Awaitable[None]]
    set_price: Callable[[ManualPrice], Awaitable[None]]
    tables: TablesProgress
    scenarios: Player
    faults: Arming
    time: Advancing | None = None
