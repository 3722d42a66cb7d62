"""`listenKeys`: the names under which accounts are heard end before their time."""

from typing import Literal

from hypersim.faults import About, ExpireListenKeys, Fault, Standing


class ListenKeys(Fault, frozen=True):
    """Those that there are when it is armed, or at its `from`; new ones are as good as ever."""

    listen_keys: Literal["expire"]

    @property
    def about(self) -> About:
        """See `Fault`."""
        return About.LISTEN_KEYS

    @property
    def standing(self) -> Standing:
        """See `Fault`."""
        return ExpireListenKeys()


FAULT = ListenKeys
