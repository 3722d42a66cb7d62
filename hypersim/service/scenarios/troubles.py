"""The faults that a scenario arms."""

from hypersim.service.arming import Arming
from hypersim.service.scenarios.actions import ArmFault, ClearFaults


class Troubles:
    """Armed with all others, and known by the names that the scenario gives them."""

    def __init__(self, arming: Arming) -> None:
        self._arming = arming
        self._ids: dict[str, list[str]] = {}

    async def arm(self, action: ArmFault, since_ms: int) -> None:
        """Times such as +2m count from then. Raises CannotArm."""
        armed = await self._arming.arm(action.wanted, since_ms)
        name = action.name if isinstance(action.name, str) else ""
        self._ids.setdefault(name, []).extend(one.id for one in armed)

    async def clear(self, action: ClearFaults | None = None) -> None:
        """All, or those of a name. Others may have been cleared by hand."""
        if action is not None and isinstance(action.name, str):
            ids = self._ids.pop(action.name, [])
        else:
            ids = [one for named in self._ids.values() for one in named]
            self._ids.clear()
        for one in ids:
            await self._arming.disarm(one)
