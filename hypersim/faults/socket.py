"""`socket`: a WebSocket is closed, hangs, cannot be opened, or is silent for a while."""

from typing import Annotated, Literal

import msgspec

from hypersim.faults import PUSHES, About, Chance, Cut, Fault, Freeze, Lose, PushEffect

SILENT_S_MAX = 86_400


class Silence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    """Nothing is pushed for so long, on the exchange's clock."""

    silent_s: Annotated[float, msgspec.Meta(gt=0, le=SILENT_S_MAX)]


class SocketFault(Fault, frozen=True):
    """Of those that are open, all but `refuse`."""

    socket: Literal["close", "freeze", "refuse"] | Silence

    @property
    def about(self) -> About:
        """See `Fault`."""
        return About.HANDSHAKE if self.socket == "refuse" else About.SOCKET | PUSHES

    @property
    def lasts_ms(self) -> int | None:
        """See `Fault`."""
        wanted = self.socket
        return None if isinstance(wanted, str) else round(wanted.silent_s * 1_000)

    def pushed(self, chance: Chance, hits: int) -> PushEffect | None:
        """See `Fault`."""
        del chance, hits
        match self.socket:
            case "close" | "refuse":
                return Cut()
            case "freeze":
                return Freeze()
            case Silence():
                return Lose()


FAULT = SocketFault
