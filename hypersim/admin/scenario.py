"""Scenarios: play one, look at it, end it."""

import asyncio
from typing import Any

from litestar import Response, delete, get, post

from hypersim.admin.bodies import reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.admin.parsing import query_of
from hypersim.api.services import AdminActions
from hypersim.service.scenarios.playing import Player, ScenarioRunning
from hypersim.service.scenarios.reading import (
    InvalidScenario,
    read_scenario,
    schema,
    wrong_at,
)
from hypersim.service.scenarios.stage import CannotBe
from hypersim.service.scenarios.words import Scenario


def scenario_handlers(control: AdminActions) -> list[Any]:
    """The handlers for scenarios."""

    @get("/admin/scenario", summary="The scenario that is played, and what became of each step")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply(_body(control.scenarios))

    @get("/admin/scenario/schema", summary="The JSON schema of a scenario")
    async def show_schema(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply(schema())

    @post(
        "/admin/scenario",
        status_code=200,
        summary="Play a scenario, in YAML or JSON, from now on",
        operation_class=takes(Scenario),
    )
    async def play(request: AdminRequest) -> Response[bytes]:
        try:
            text = (await request.body()).decode()
            await _play(control.scenarios, text)
        except UnicodeDecodeError:
            raise invalid("A scenario is text in UTF-8") from None
        except InvalidScenario as error:
            raise invalid(str(error)) from None
        except ScenarioRunning as running:
            raise AdminError(ErrorCode.SCENARIO_RUNNING, str(running), status=409) from None
        return reply(_body(control.scenarios))

    @delete("/admin/scenario", status_code=200, summary="End it; the feed is listened to again")
    async def end(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        await control.scenarios.end()
        return reply(_body(control.scenarios))

    return [show, show_schema, play, end]


async def _play(player: Player, text: str) -> None:
    """Raises InvalidScenario and ScenarioRunning."""
    # A long one takes a moment, in which others go on.
    scenario = await asyncio.to_thread(read_scenario, text)
    try:
        await player.play(scenario)
    except CannotBe as error:
        raise wrong_at(text, error.key, str(error)) from None


def _body(player: Player) -> dict[str, Any]:
    performance = player.performance
    return {
        "name": None if performance is None else performance.scenario.name,
        "playing": player.is_playing,
        "beganMs": None if performance is None else performance.beginning.time_ms,
        "held": player.held,
        "steps": [
            {
                "at": one.step.at if isinstance(one.step.at, str) else None,
                "dueMs": one.due_ms,
                "action": one.step.kind,
                "state": one.state,
                "reason": one.reason or None,
            }
            for one in (() if performance is None else performance.steps)
        ],
    }
