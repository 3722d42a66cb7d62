"""The exchange's clock on loan: while it is, nobody changes how it passes."""

import contextlib
import secrets
import sys
from collections.abc import Iterator
from typing import Any

from hypersim.cli.admin_client import AdminClient, AdminFailure

RENEW_S = 10.0
"""Of the wall's time; the server ends a loan that nobody has renewed for 30 s."""

_LOANS = "/admin/clock/loans"


class Loan:
    """One loan of a server's clock."""

    def __init__(self, admin: AdminClient) -> None:
        self._admin = admin
        self._borrower = f"run-{secrets.token_hex(4)}"
        self._told: set[str] = set()

    def renew(self) -> None:
        """Begin it, or have it last. Raises AdminFailure."""
        self._tell(self._admin.post(_LOANS, {"borrower": self._borrower}).body["skews"])

    def end(self) -> None:
        """Give the clock back; a server that is gone has it."""
        with contextlib.suppress(AdminFailure):
            self._tell(self._admin.delete(f"{_LOANS}/{self._borrower}").body["skews"])

    def _tell(self, skews: list[dict[str, Any]]) -> None:
        for skew in skews:
            key, behind_s = skew["apiKey"], int(skew["behindMs"]) // 1000
            if key not in self._told:
                self._told.add(key)
                print(
                    f"hypersim: who signs with {key[:8]}... stamps {behind_s} s behind the "
                    f"exchange's time: it sees another clock (Go and static programs see the "
                    f"machine's), or its work takes too long for this speed",
                    file=sys.stderr,
                )


@contextlib.contextmanager
def borrowed(admin: AdminClient) -> Iterator[Loan]:
    """A loan for the length of a block. Raises AdminFailure."""
    loan = Loan(admin)
    loan.renew()
    try:
        yield loan
    finally:
        loan.end()
