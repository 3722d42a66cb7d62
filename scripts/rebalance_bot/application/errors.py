"""What may go wrong with a request, sorted by what is to be done about it."""


class ExchangeError(Exception):
    """Base of them all. `code` is the exchange's, or HTTP's where it told none."""

    def __init__(self, code: int, message: str, wait_s: float = 0) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.wait_s = wait_s
        """How long the exchange asked to wait."""


class RateLimited(ExchangeError):
    """Too many requests; nothing was done."""


class ClockOff(ExchangeError):
    """The request's timestamp is outside of the window; nothing was done."""


class BadKey(ExchangeError):
    """The key or the signature is refused."""


class Refused(ExchangeError):
    """The exchange said no to what was asked, and did nothing."""


class NoSuchOrder(Refused):
    """The exchange does not know the order, or it is over."""


class Unreachable(ExchangeError):
    """The request never got there; nothing was done."""


class Unclear(ExchangeError):
    """No answer, or one that does not say whether anything was done."""
