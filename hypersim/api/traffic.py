"""What was answered: counts by endpoint and status for metrics, and a line each for who wants an
access log.

An endpoint is a pattern of a table (`GET /v1/order/{order_id}`), never a path that a client made
up, so that there are only so many. Lines have neither queries nor headers: keys and signatures are
in these.
"""

import re
import sys
import time
from collections import defaultdict
from collections.abc import Callable, MutableMapping
from typing import Any

from hypersim.edge.asgi import AsgiApp, Receive, Scope, Send
from hypersim.edge.client import Counted, client_of

OTHER = "other"
"""Whatever is not served."""

COUNTED = "hypersim.counted"
"""In the scope of a request that counted itself."""

_TYPE = re.compile(r":\w+(?=\})")
"""What a pattern says of the kind of a part."""


class Traffic:
    """`answered` counts by dialect, endpoint and status; where it `is_logged`, stderr has a line
    each, with the wall's time that it took."""

    def __init__(self, *, is_logged: bool = False) -> None:
        # A `Counter` adds at nearly three times the price.
        self.answered: defaultdict[tuple[str, str, int], int] = defaultdict(int)
        self.in_flight = 0
        """Requests to a dialect that are not answered yet."""
        self._is_logged = is_logged
        self.begin: Callable[[], float] = time.perf_counter if is_logged else float
        """For `count`, once the answer is made. Where nobody reads it, it is 0."""

    def count(
        self,
        dialect: str,
        endpoint: str,
        status: int,
        *,
        begun: float,
        client: str,
        who: Counted | None = None,
        code: object = "",
    ) -> None:
        """One more answer. `code` is the dialect's own of a refusal."""
        self.answered[dialect, endpoint, status] += 1
        if self._is_logged:
            took_ms = (time.perf_counter() - begun) * 1_000
            account_id = None if who is None else who.account_id
            account = "-" if account_id is None else account_id
            sys.stderr.write(
                f"access {client or '-'} account={account} {dialect} {endpoint!r} {status} "
                f"{code or '-'} {took_ms:.1f}ms\n"
            )


class CountedApp:
    """A Litestar app whose answers are counted by the pattern of their route."""

    def __init__(self, app: AsgiApp, traffic: Traffic, dialect: str) -> None:
        self._app = app
        self._traffic = traffic
        self._dialect = dialect

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = self._traffic.begin(), 500

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            if COUNTED not in scope:
                self._count(scope, status, begun)

    def _count(self, scope: Scope, status: int, begun: float) -> None:
        # Litestar leaves the pattern in the scope; a method may be any word.
        pattern = scope.get("path_template")
        endpoint = OTHER
        if pattern and status != 405:
            endpoint = f"{scope['method']} {_TYPE.sub('', pattern)}"
        address = client_of(scope).address
        self._traffic.count(self._dialect, endpoint, status, begun=begun, client=address)
