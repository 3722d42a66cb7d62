"""The steps of every request, over HTTP and over a WebSocket, in every dialect:

receive → arrive → charge → authenticate → perform → answer

Receiving is the edge's and the dialect's: limits and deadlines, then a `Call` made of the bytes.
Where faults are armed, they happen on arrival and on the way to the answer, and nowhere else.
"""

import asyncio
from collections.abc import Awaitable, Iterable
from typing import Protocol, TypeVar, assert_never, cast

import msgspec

from hypersim.api.call import Call
from hypersim.api.decided import submit
from hypersim.api.watching import Witness
from hypersim.edge.plain import NoAnswer, Response
from hypersim.faults import Effect, Garble, HangUp, Refuse, Skew, Troubled, Wait
from hypersim.service.armed import Asked
from hypersim.service.contents import Named
from hypersim.service.faults import Hit

C_contra = TypeVar("C_contra", bound=Call, contravariant=True)
A = TypeVar("A")
A_co = TypeVar("A_co", covariant=True)


class Steps(Protocol[C_contra, A_co]):
    """What a dialect does in each step. All but `refuse` may raise. Answers are `Response`s over
    HTTP and frames over a WebSocket."""

    def charge(self, call: C_contra) -> None:
        """Count the request against the limits of whom it comes from."""
        ...

    def authenticate(self, call: C_contra) -> None:
        """Find whose request it is, where the operation asks that; what is counted by account or
        key is counted now."""
        ...

    def perform(self, call: C_contra) -> Awaitable[object]:
        """Have the operation done."""
        ...

    def answer(self, call: C_contra, result: object) -> A_co:
        """The result in the dialect's words."""
        ...

    def named(self, result: object) -> Iterable[Named]:
        """The orders that an answer with this result, or failure, names; for who watches."""
        ...

    def refuse(self, call: C_contra, failure: Exception) -> A_co:
        """The same of what was raised, a bug too. Sets the call's status and code."""
        ...


async def take(steps: Steps[C_contra, A], call: C_contra) -> A:
    """Take a request that was received through its steps. Raises nothing but `NoAnswer`, where a
    fault wants that."""
    services = call.services
    traffic = services.traffic
    begun = traffic.begin()
    traffic.in_flight += 1
    call.arrived_ms = services.engine.clock.now_ms()
    try:
        if services.faults.is_armed or services.watch is not None:
            answer = await _disturbed(steps, call)
        else:
            steps.charge(call)
            steps.authenticate(call)
            answer = steps.answer(call, await steps.perform(call))
    except Exception as failure:
        answer = steps.refuse(call, failure)
    finally:
        traffic.in_flight -= 1
    traffic.count(
        call.dialect,
        call.endpoint,
        call.status,
        begun=begun,
        client=call.client.address,
        who=call.who,
        code=call.code,
    )
    return answer


async def _disturbed(steps: Steps[C_contra, A], call: C_contra) -> A:
    """The same steps with what goes wrong, and with whoever watches them."""
    asked, watch = call.asked(), call.services.watch
    hit = _hit(call, asked)
    if call.services.faults.is_armed:
        call.disturbed, call.suffered = submit, hit.names
    if watch is None:
        return await _through(steps, call, hit, None)
    witness = Witness(watch, call, asked, hit.names)
    try:
        answer = await _through(steps, call, hit, witness)
    except asyncio.CancelledError:
        witness.lost()
        raise
    witness.answered(steps.named(witness.result))
    return answer


async def _through(
    steps: Steps[C_contra, A], call: C_contra, hit: Hit, witness: Witness | None
) -> A:
    """A fault is no reason for another one not to happen."""
    try:
        await _suffer(call, hit.before)
        steps.charge(call)
        call.arrived_ms += call.skew_ms
        try:
            steps.authenticate(call)
        finally:
            call.arrived_ms -= call.skew_ms
        result = await steps.perform(call)
        answer = steps.answer(call, result)
    except Exception as failure:
        result = failure
        answer = _refused(steps, call, failure)
    if witness is not None:
        witness.result = result
    for effect in hit.after:
        try:
            await _suffer(call, (effect,))
        except Exception as failure:
            answer = _refused(steps, call, failure)
        if isinstance(effect, Garble):
            answer = _with_text(answer, effect.text)
            if witness is not None:
                witness.is_readable = False
    return answer


def _hit(call: Call, asked: Asked) -> Hit:
    key = call.view.keys.get(asked.key)
    account_id = None if key is None else key.account_id
    return call.services.faults.hit(asked, account_id, call.arrived_ms)


async def _suffer(call: Call, effects: Iterable[Effect]) -> None:
    """Have them happen. Raises Troubled, NoAnswer."""
    for effect in effects:
        match effect:
            case Wait(ms, is_wall):
                await _wait(call, ms, is_wall=is_wall)
            case HangUp():
                raise NoAnswer
            case Refuse(failure):
                raise failure
            case Skew(ms):
                call.skew_ms += ms
            case Garble():
                pass
            case _:
                assert_never(effect)


async def _wait(call: Call, ms: int, *, is_wall: bool) -> None:
    clock = call.services.engine.clock
    if is_wall:
        # The wall's clock is what a client's own time-outs are measured by.
        await asyncio.sleep(ms / 1_000)
    else:
        await clock.wait_until(clock.now_ms() + ms)


def _refused(steps: Steps[C_contra, A], call: C_contra, failure: Exception) -> A:
    answer = steps.refuse(call, failure)
    if isinstance(failure, Troubled) and failure.page is not None:
        return _with_text(answer, failure.page, b"text/html")
    return answer


def _with_text(answer: A, text: bytes | None, kind: bytes | None = None) -> A:
    """An answer over HTTP with another body, or another frame; its first half without a text."""
    if isinstance(answer, Response):
        body = answer.body[: len(answer.body) // 2] if text is None else text
        changed = msgspec.structs.replace(
            answer, body=body, content_type=kind or answer.content_type
        )
        return cast(A, changed)
    assert isinstance(answer, str)
    return cast(A, answer[: len(answer) // 2] if text is None else text.decode())
