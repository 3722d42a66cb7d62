"""The exchange's clock on loan: while it is, nobody changes how it passes."""

import contextlib
import secrets
from collections.abc import Iterator

from hypersim.cli.admin_client import AdminClient, AdminFailure

RENEW_S = 10.0
"""Of the wall's time; the server ends a loan that nobody has renewed for 30 s."""

_LOANS = "/admin/clock/loans"


class Loan:
    """One loan of a server's clock."""

    def __init__(self, admin: AdminClient) -> None:
        self._admin = admin
        self._borrower = f"run-{secrets.token_hex(4)}"

    def renew(self) -> None:
        """Begin it, or have it last. Raises AdminFailure."""
        self._admin.post(_LOANS, {"borrower": self._borrower})

    def end(self) -> None:
        """Give the clock back; a server that is gone has it."""
        with contextlib.suppress(AdminFailure):
            self._admin.delete(f"{_LOANS}/{self._borrower}")


@contextlib.contextmanager
def borrowed(admin: AdminClient) -> Iterator[Loan]:
    """A loan for the length of a block. Raises AdminFailure."""
    loan = Loan(admin)
    loan.renew()
    try:
        yield loan
    finally:
        loan.end()
