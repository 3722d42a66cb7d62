"""The feed flows, and what a scenario says happens in its place."""

import asyncio
import contextlib
import json
from hashlib import sha256
from pathlib import Path

import msgspec

from hypersim.bootstrap.serving import ended
from hypersim.service.engine import Engine
from hypersim.service.manual_price import ManualPrices
from hypersim.service.pump import MarketPump
from hypersim.service.scenarios.acting import CannotBe
from hypersim.service.scenarios.playing import Player
from hypersim.service.scenarios.reading import InvalidScenario, read_scenario
from hypersim.service.scenarios.words import Scenario
from hypersim.service.simulated_clock import SimulatedClock
from hypersim.service.stopping import FEED_BY_S, Stopping
from hypersim.settings import Settings, SettingsError
from hypersim.storage.archive import PostgresArchive

FIRST_PRICES_S = 1.0
"""How long the start waits for prices, and for the past of a few markets, before it says that it is
ready."""


def scenario_in(file: Path | None) -> Scenario | None:
    """The scenario of `--scenario`. Raises SettingsError that names the line."""
    if file is None:
        return None
    try:
        return read_scenario(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"--scenario: cannot read {file}: {error}") from None
    except InvalidScenario as invalid:
        raise SettingsError(f"--scenario: {file}: {invalid}") from None


class PlayedHere:
    """When the scenario of `--scenario` began on this record: it goes on from there after a
    restart, and begins when the record or the scenario is another one."""

    def __init__(self, root: Path, scenario: Scenario) -> None:
        self._file = root / "scenario.json"
        self._key = sha256(msgspec.json.encode(scenario)).hexdigest()

    def began_ms(self) -> int | None:
        """None where it has not."""
        try:
            told = json.loads(self._file.read_bytes())
            return int(told["beganMs"]) if told["scenario"] == self._key else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def begin(self, now_ms: int) -> None:
        """Remember that it begins now."""
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({"scenario": self._key, "beganMs": now_ms}))
        fresh.replace(self._file)


async def resume_scenario(
    settings: Settings,
    root: Path,
    player: Player,
    prices: ManualPrices,
    archive: PostgresArchive,
    is_recorded: bool,
) -> None:
    """Before the feed flows: what a scenario that began before a restart has set still stands."""
    scenario = scenario_in(settings.scenario)
    if scenario is None:
        return
    began_ms = PlayedHere(root, scenario).began_ms()
    if began_ms is None or not is_recorded:
        return
    player.resume(scenario, began_ms)
    quotes = await archive.last_quotes()
    await prices.restore([quote for quote in quotes if quote.symbol in player.held])


def begin_scenario(settings: Settings, root: Path, player: Player, now_ms: int) -> None:
    """Once the first prices are there. Raises SettingsError."""
    scenario = scenario_in(settings.scenario)
    if scenario is None or player.name:
        return
    PlayedHere(root, scenario).begin(now_ms)
    try:
        player.play(scenario)
    except CannotBe as error:
        raise SettingsError(f"--scenario: {settings.scenario}: {error}") from None


async def start_pump(
    pump: MarketPump,
    engine: Engine,
    stack: contextlib.AsyncExitStack,
    stopping: Stopping,
    *,
    waits: bool,
) -> None:
    """Return when the first prices are there, unless the feed has none by itself."""
    flowing = asyncio.create_task(pump.run())
    filling = asyncio.create_task(pump.backfill())
    holding = asyncio.create_task(pump.hold_books())
    for task in (flowing, filling, holding):
        stack.push_async_callback(stopping.within, FEED_BY_S, ended, task)
    if not waits:
        return
    clock = engine.clock
    if isinstance(clock, SimulatedClock) and not clock.passes_by_itself:
        # Everything of its first moment is there, however slow the machine is.
        await clock.is_driven_by(flowing)
        await asyncio.shield(filling)
        await engine.settled()
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(FIRST_PRICES_S):
            await pump.has_prices()
            if pump.has_few_markets:
                await asyncio.shield(filling)
