"""What the cards have to be told of a dialect: its client, as a table of words and a few functions.

Every dialect in `hypersim/dialects` has a module of its name beside this one with its `ADAPTER`,
and the dialect of the tests has one too.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from hypersim.api.dialect import Dialect, dialect_names
from hypersim.bootstrap.choices import DIALECTS
from hypersim.trading.rejections import Rejected
from tests.support.dialects.words import (
    Answer,
    Book,
    Holdings,
    OrderSeen,
    Push,
    Refusal,
    Request,
    Signer,
    Told,
    Topic,
    Wanted,
)


class Adapter(Protocol):
    """A dialect's client. Functions that ask make requests, all others read."""

    dialect: Dialect

    does_not_apply: Mapping[int, str]
    """By the number of a card: the venue's document that says why there is no such thing."""

    refusals: Mapping[Refusal, Told]

    unknown_path: str

    requests_max: int
    """So many questions for the time are answered in a minute when limits are as low as these."""

    limits: Mapping[str, int]
    """See `Services.limits`."""

    time_units: Sequence[tuple[Mapping[str, str], int]]
    """Headers that choose a unit of time, and how many of it a millisecond has."""

    def place(self, signer: Signer, order: Wanted) -> Request:
        """A new order."""
        ...

    def after_placing(self, signer: Signer, order_id: str) -> Sequence[Request]:
        """What has to be asked to know what the answer to a new order does not tell."""
        ...

    def completed(self, answers: Sequence[Answer]) -> OrderSeen:
        """The new order, as all of these tell of it."""
        ...

    def cancel(self, signer: Signer, order_id: str) -> Request:
        """The end of an order."""
        ...

    def query(self, signer: Signer, order_id: str) -> Request:
        """One order."""
        ...

    def balances(self, signer: Signer) -> Request:
        """What the trader has."""
        ...

    def book(self) -> Request:
        """All of the book."""
        ...

    def time(self) -> Request:
        """The exchange's."""
        ...

    def refused(self, rejected: Rejected) -> Sequence[tuple[int, object, str]]:
        """(status, code, text) of a refused command, for each way in which it can be worded. Raises
        what a member without words raises."""
        ...

    def told(self, answer: Answer) -> Told:
        """Of a refusal."""
        ...

    def wait_s(self, answer: Answer) -> int:
        """When to ask again, as a refusal says."""
        ...

    def order_of(self, answer: Answer) -> OrderSeen:
        """An order that was placed, canceled or asked for."""
        ...

    def holdings_of(self, answer: Answer) -> Holdings:
        """All that the trader has."""
        ...

    def book_of(self, answer: Answer) -> Book:
        """The book."""
        ...

    def time_of(self, answer: Answer) -> int:
        """As it is written."""
        ...

    def path(self, topic: Topic) -> str:
        """Where the socket is that follows this."""
        ...

    def opening(self, topic: Topic, signer: Signer) -> Request | None:
        """What must be asked for before the socket is opened, if anything."""
        ...

    def query_of(self, answer: Answer) -> str:
        """The query with which the socket is opened after that was answered."""
        ...

    def subscribe(self, topic: Topic, signer: Signer) -> Sequence[object]:
        """Messages after which a socket follows it; each is answered."""
        ...

    def unsubscribe(self, topic: Topic) -> object:
        """The message after which it does so no more."""
        ...

    def ping(self, topic: Topic) -> object:
        """A message that is answered, and does nothing."""
        ...

    def is_answer(self, frame: Any) -> bool:
        """Whether it answers a message, and is no push."""
        ...

    def is_refusal(self, frame: Any) -> bool:
        """Whether an answer says no."""
        ...

    def push_of(self, frame: Any) -> Push:
        """What a push tells."""
        ...

    def followed(self, snapshot: Answer, pushes: Sequence[Push]) -> Book:
        """The book of who took a snapshot over REST while it heard all of these."""
        ...


class OpensAtOnce:
    """Of a venue whose sockets are opened without asking for anything before."""

    def opening(self, topic: Topic, signer: Signer) -> Request | None:
        """See `Adapter`."""
        del topic, signer
        return None

    def query_of(self, answer: Answer) -> str:
        """See `Adapter`."""
        del answer
        return ""


class AnswersInFull(OpensAtOnce):
    """Of a venue whose answer to a new order tells all of it."""

    def after_placing(self, signer: Signer, order_id: str) -> Sequence[Request]:
        """See `Adapter`."""
        del signer, order_id
        return ()

    def completed(self, answers: Sequence[Answer]) -> OrderSeen:
        """See `Adapter`; nothing is asked."""
        raise AssertionError(answers)


def names() -> list[str]:
    """Every dialect that there is, and the tests' own."""
    return [*dialect_names(DIALECTS), "tiny"]


def adapter_of(name: str) -> Adapter:
    """The dialect's. A dialect without one fails here."""
    return cast(Adapter, import_module(f"tests.support.dialects.{name}").ADAPTER)
