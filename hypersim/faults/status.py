"""`status`: the venue answers with this HTTP status. Nothing is done."""

from typing import Annotated, Literal

import msgspec

from hypersim.faults import Chance, Effect, Fault, Refuse, Trouble, Troubled

_PAGE = (
    b"<html>\r\n<head><title>%(status)d</title></head>\r\n<body>\r\n<center><h1>%(status)d</h1>"
    b"</center>\r\n<hr><center>cloudfront</center>\r\n</body>\r\n</html>\r\n"
)
"""As a gateway before the venue says it."""


class Status(Fault, frozen=True, omit_defaults=True):
    """With a `body` as the venue words it, or a gateway's page in HTML."""

    status: Annotated[int, msgspec.Meta(ge=400, le=599)]
    body: Literal["venue", "html"] = "venue"

    def before(self, chance: Chance, hits: int) -> Effect | None:
        """See `Fault`."""
        del chance, hits
        page = _PAGE % {b"status": self.status} if self.body == "html" else None
        return Refuse(Troubled(Trouble.FAILING, status=self.status, page=page))


FAULT = Status
