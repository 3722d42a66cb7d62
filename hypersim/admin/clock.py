"""The exchange's time: how it passes, and moving it by hand."""

from typing import Any

import msgspec
from litestar import Response, get, post
from msgspec import UNSET, UnsetType

from hypersim.admin.bodies import reply
from hypersim.admin.body_schema import takes
from hypersim.admin.errors import AdminError, AdminRequest, ErrorCode, invalid
from hypersim.admin.parsing import decode, query_of
from hypersim.api.plain_json import iso
from hypersim.api.services import AdminActions, Services
from hypersim.service.advance import (
    MAX_MS,
    Advanced,
    AdvanceRunning,
    Advancing,
    FeedIsEndless,
    Until,
    Wanted,
)
from hypersim.service.moment import moment_in_ms
from hypersim.service.simulated_clock import Mode, SimulatedClock, check_speed

_ONE_OF = "Give exactly one of ms, toMs, to and until"
SETTLE_MS, SETTLE_MS_MAX = 20, 60_000
_FAR_MS = 100 * 365 * 86_400_000
"""Nobody waits for longer than that, and dates are written in four digits."""


class ClockRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST /admin/clock`. What is not given stays as it is."""

    mode: Mode | UnsetType = UNSET
    speed: float | UnsetType = UNSET


class AdvanceRequest(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Body of `POST /admin/clock/advance`: how far (`ms`), to when (`toMs`, or `to` as a date), or
    `until` what, and then at most `maxMs` far. Clients have time to react after each moment that
    pushed something, until none has asked for `settleMs`, and every `paceMs`."""

    ms: int | UnsetType = UNSET
    to_ms: int | UnsetType = UNSET
    to: str | UnsetType = UNSET
    until: Until | UnsetType = UNSET
    max_ms: int | UnsetType = UNSET
    settle_ms: int | UnsetType = UNSET
    pace_ms: int | UnsetType = UNSET


_clock = msgspec.json.Decoder(ClockRequest)
_advance = msgspec.json.Decoder(AdvanceRequest)


def clock_handlers(services: Services, control: AdminActions) -> list[Any]:
    """The handlers for time."""

    @get("/admin/clock", summary="The exchange's time, and how it passes")
    async def show(request: AdminRequest) -> Response[bytes]:
        query_of(request)
        return reply(clock_body(services))

    @post(
        "/admin/clock",
        status_code=200,
        summary="Pause time, have it run, or change its speed",
        operation_class=takes(ClockRequest),
    )
    async def change(request: AdminRequest) -> Response[bytes]:
        wanted = decode(_clock, await request.body())
        moved = _movable(control.time)
        speed = moved.clock.speed if wanted.speed is UNSET else wanted.speed
        _check(speed)
        mode = moved.clock.mode if wanted.mode is UNSET else wanted.mode
        _check_not_lent(moved)
        if moved.is_running:
            raise _conflict(ErrorCode.ADVANCE_RUNNING, "Time is being advanced; wait for its end")
        moved.clock.set(mode, speed)
        return reply(clock_body(services))

    @post(
        "/admin/clock/advance",
        status_code=200,
        summary="Move time; answers when what happens is durable and pushed",
        operation_class=takes(AdvanceRequest),
    )
    async def advance(request: AdminRequest) -> Response[bytes]:
        body = decode(_advance, await request.body())
        moved = _movable(control.time)
        _check_not_lent(moved)
        wanted = _wanted(body, services.engine.clock.now_ms())
        try:
            return reply(_advanced_body(await moved.advance(wanted)))
        except AdvanceRunning as running:
            raise _conflict(ErrorCode.ADVANCE_RUNNING, str(running)) from None
        except FeedIsEndless as endless:
            raise _conflict(ErrorCode.FEED_IS_ENDLESS, str(endless)) from None

    return [show, change, advance]


def clock_body(services: Services) -> dict[str, Any]:
    """`GET /admin/clock`."""
    clock = services.engine.clock
    now_ms = clock.now_ms()
    mode, speed = Mode.RUNNING, 1.0
    if isinstance(clock, SimulatedClock):
        mode, speed = clock.mode, clock.speed
    return {"nowMs": now_ms, "datetime": iso(now_ms), "mode": mode, "speed": speed}


def _check(speed: float) -> None:
    try:
        check_speed(speed)
    except ValueError as error:
        raise invalid(str(error), field="speed") from None


def _movable(time: Advancing | None) -> Advancing:
    if time is None:
        raise _conflict(
            ErrorCode.CLOCK_IS_WALL,
            "This exchange runs on the wall's clock, which nobody moves; start it with "
            "--clock step, --speed or --start (not under a live feed)",
        )
    return time


def _check_not_lent(time: Advancing) -> None:
    if borrowers := time.clock.lending.borrowers:
        raise _conflict(
            ErrorCode.CLOCK_LENT,
            f"Programs run by a copy of this clock ({len(borrowers)} of them), which cannot follow "
            f"a change; end them first (hypersim run)",
        )


def _wanted(body: AdvanceRequest, now_ms: int) -> Wanted:
    """Raises `AdminError`."""
    wanted = _far(body, now_ms)
    pace_ms = None if body.pace_ms is UNSET else _from_one(body.pace_ms, "paceMs", _FAR_MS)
    settle_ms = 0 if pace_ms is None else SETTLE_MS
    if body.settle_ms is not UNSET:
        settle_ms = _from_one(body.settle_ms, "settleMs", SETTLE_MS_MAX)
    return wanted._replace(settle_ms=settle_ms, pace_ms=pace_ms)


def _far(body: AdvanceRequest, now_ms: int) -> Wanted:
    given = [one for one in (body.ms, body.to_ms, body.to, body.until) if one is not UNSET]
    if len(given) != 1:
        raise invalid(_ONE_OF)
    if body.max_ms is not UNSET and body.until is UNSET:
        raise invalid("maxMs goes with until", field="maxMs")
    if isinstance(body.until, Until):
        far_ms = _FAR_MS if body.until is Until.END else MAX_MS
        longest_ms = far_ms if body.max_ms is UNSET else body.max_ms
        return Wanted(now_ms + _forward(longest_ms, "maxMs"), body.until)
    if isinstance(body.ms, int):
        return Wanted(now_ms + _forward(body.ms, "ms"))
    name = "toMs" if isinstance(body.to_ms, int) else "to"
    to_ms = moment_in_ms(body.to) if isinstance(body.to, str) else body.to_ms
    if not isinstance(to_ms, int):
        raise invalid(f"to must be a time such as 2022-01-31T12:00:00Z, not {body.to!r:.40}")
    if to_ms < now_ms:
        raise invalid(f"{name} must not be before now, which is {now_ms}: time goes forward only")
    return Wanted(now_ms + _forward(to_ms - now_ms, name))


def _forward(ms: int, name: str) -> int:
    if not 0 <= ms <= _FAR_MS:
        raise invalid(f"{name} must lead forward, by at most {_FAR_MS} ms, not by {ms}", field=name)
    return ms


def _from_one(ms: int, name: str, most_ms: int) -> int:
    if not 1 <= ms <= most_ms:
        raise invalid(f"{name} must be from 1 to {most_ms} ms, not {ms}", field=name)
    return ms


def _advanced_body(done: Advanced) -> dict[str, Any]:
    return {
        "nowMs": done.now_ms,
        "marketEvents": done.market_events,
        "trades": done.trades,
        "fills": done.fills,
        "ordersClosed": done.orders_closed,
        "reached": done.reached,
    }


def _conflict(code: ErrorCode, message: str) -> AdminError:
    return AdminError(code, message, status=409)
