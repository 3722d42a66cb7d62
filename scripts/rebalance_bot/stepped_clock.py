"""A clock for exchanges whose time stands still until somebody moves it: to sleep is to move it.

This is all that anything here knows of the simulator besides a base address, and the bot itself
does not use it: tests and the backtest do.
"""

import httpx

ADVANCE_TIMEOUT_S = 60


class SteppedClock:
    """Time is the exchange's, told by `/admin/clock`."""

    def __init__(self, http: httpx.AsyncClient, now_ms: int) -> None:
        self._http = http
        self._now_ms = now_ms
        self.slept: list[float] = []

    @classmethod
    async def of(cls, http: httpx.AsyncClient) -> "SteppedClock":
        """`http` has the base address and the admin token."""
        answer = await http.get("/admin/clock")
        answer.raise_for_status()
        return cls(http, answer.json()["nowMs"])

    def now_ms(self) -> int:
        """The exchange's time, as it was last moved."""
        return self._now_ms

    async def sleep(self, seconds: float) -> None:
        """Everything of that time has happened when this returns."""
        self.slept.append(seconds)
        body = {"ms": max(1, round(seconds * 1000))}
        answer = await self._http.post("/admin/clock/advance", json=body, timeout=ADVANCE_TIMEOUT_S)
        answer.raise_for_status()
        self._now_ms = answer.json()["nowMs"]
