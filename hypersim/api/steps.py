"""The steps of every request, over HTTP and over a WebSocket, in every dialect:

receive → arrive → charge → authenticate → perform → answer

Receiving is the edge's and the dialect's: limits and deadlines, then a `Call` made of the bytes.
"""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from hypersim.api.call import Call

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

    def refuse(self, call: C_contra, failure: Exception) -> A_co:
        """The same of what was raised, a bug too. Sets the call's status and code."""
        ...


async def take(steps: Steps[C_contra, A], call: C_contra) -> A:
    """Take a request that was received through its steps. Raises nothing."""
    services = call.services
    traffic = services.traffic
    begun = traffic.begin()
    traffic.in_flight += 1
    call.arrived_ms = services.engine.clock.now_ms()
    try:
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
