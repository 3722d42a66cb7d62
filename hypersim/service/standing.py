"""What is otherwise as long as a fault is armed: fees, and the rules of markets.

A fault is in force from its `from` to its `until`, if it has them.
What there was before is kept, and comes back with the last fault that changed it; of several, the
one that was armed last counts.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

import structlog
from msgspec.structs import replace

from hypersim.faults import ChangeSymbol, ExpireListenKeys, Fault, SetFees
from hypersim.market.instrument import Instrument
from hypersim.service.alarms import Alarm
from hypersim.service.armed import Armed, Match
from hypersim.service.engine import Engine
from hypersim.service.faults import Faults
from hypersim.service.transaction import Source
from hypersim.trading.account_commands import SetFeeRates
from hypersim.trading.commands import Command, ExpireOrders, ListInstrument
from hypersim.trading.rejections import Rejected

log = structlog.get_logger(__name__)


class Rule(NamedTuple):
    """A field of an instrument, or, without a name, the rates of an account of a generation."""

    of: str | int
    name: str = ""
    generation: int = 0


class StandingFaults:
    """Those that are in force."""

    def __init__(self, engine: Engine, faults: Faults) -> None:
        self._engine = engine
        self._faults = faults
        self._before: dict[Rule, Any] = {}
        self._changes: dict[str, dict[Rule, Any]] = {}
        self._alarms: dict[str, list[Alarm]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def check(self, fault: Fault, match: Match, account_id: int | None) -> None:
        """Raises ValueError where it could not be so."""
        match fault.standing:
            case SetFees() if account_id is not None and match.symbol is not None:
                raise ValueError("fees are those of a user or of a symbol; give one of the two")
            case ChangeSymbol() if match.symbol is None:
                raise ValueError("match.symbol must say of which symbol this is")
            case _:
                self._changes_by(fault, match, account_id)

    async def arm(self, armed: Armed) -> None:
        """It is so from now on, or in its time."""
        if armed.fault.standing is None:
            return
        clock, match = self._engine.clock, armed.match
        alarms = self._alarms[armed.id] = []
        if isinstance(match.from_, int) and match.from_ > clock.now_ms():
            alarms.append(clock.at(match.from_, partial(self._start, self._begin, armed)))
        else:
            await self._begin(armed)
        if isinstance(match.until, int):
            alarms.append(clock.at(match.until, partial(self._start, self._restore, armed)))

    async def end(self, armed: Armed) -> None:
        """It is not so any more; nothing happens if it never was."""
        for alarm in self._alarms.pop(armed.id, ()):
            alarm.cancel()
        await self._restore(armed)

    def _start(self, act: Callable[[Armed], Coroutine[None, None, None]], armed: Armed) -> None:
        task = asyncio.create_task(act(armed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _begin(self, armed: Armed) -> None:
        standing = armed.fault.standing
        if isinstance(standing, ExpireListenKeys):
            armed.hits += sum(lapse(armed) for lapse in self._faults.on_lapse)
            return
        armed.hits += 1
        changes = self._changes_by(armed.fault, armed.match, armed.account_id)
        for rule in changes:
            if rule not in self._before:
                self._before[rule] = self._now(rule)
        self._changes[armed.id] = changes
        await self._set(changes)
        if isinstance(standing, ChangeSymbol) and standing.ends_orders:
            assert armed.match.symbol is not None
            await self._submit(ExpireOrders(armed.match.symbol))

    async def _restore(self, armed: Armed) -> None:
        await self._set(self._changes.pop(armed.id, {}))

    def _changes_by(self, fault: Fault, match: Match, account_id: int | None) -> dict[Rule, Any]:
        """What it changes, by what that is. Raises ValueError where that cannot be."""
        instruments = self._engine.view.instruments
        match fault.standing:
            case SetFees(rates) if account_id is not None:
                return {Rule(account_id, generation=self._engine.view.generation): rates}
            case SetFees(rates):
                symbols = list(instruments) if match.symbol is None else [match.symbol]
                fields = {"maker_fee_rate": rates.maker, "taker_fee_rate": rates.taker}
                return {Rule(one, name): rate for one in symbols for name, rate in fields.items()}
            case ChangeSymbol(fields=fields):
                assert match.symbol is not None
                instrument = instruments[match.symbol]
                fitting = _fitting(instrument, fields)
                replace(instrument, **fitting)
                return {Rule(match.symbol, name): value for name, value in fitting.items()}
            case _:
                return {}

    def _now(self, rule: Rule) -> Any:
        view = self._engine.view
        if isinstance(rule.of, int):
            return view.users[rule.of].fee_rates
        return getattr(view.instruments[rule.of], rule.name)

    async def _set(self, rules: Iterable[Rule]) -> None:
        """These as they should be now."""
        wanted: dict[str | int, dict[str, Any]] = {}
        for rule in rules:
            value = self._wanted(rule)
            # A reset has taken the account, and another one has its number.
            if isinstance(rule.of, str) or rule.generation == self._engine.view.generation:
                wanted.setdefault(rule.of, {})[rule.name] = value
        for of, values in wanted.items():
            if isinstance(of, int):
                await self._submit(SetFeeRates(of, values[""]))
            else:
                instrument = self._engine.view.instruments[of]
                await self._submit(ListInstrument(replace(instrument, **values)))

    def _wanted(self, rule: Rule) -> Any:
        said = [changes[rule] for changes in self._changes.values() if rule in changes]
        return said[-1] if said else self._before.pop(rule)

    async def _submit(self, command: Command) -> None:
        outcome = await self._engine.submit(command, Source.ADMIN)
        if isinstance(outcome, Rejected):
            log.warning("a fault could not have its way", reason=outcome.message)


def _fitting(instrument: Instrument, fields: Mapping[str, Any]) -> dict[str, Any]:
    """With a grid on which the smallest price and quantity lie, as on a venue that changes it."""
    smallest = {"tick_size": "min_price", "step_size": "min_quantity"}
    least = {
        smallest[name]: value
        for name, value in fields.items()
        if name in smallest and getattr(instrument, smallest[name]) % value
    }
    return {**fields, **least}
