"""A request over the WebSocket API on its way through the steps."""

from collections.abc import Awaitable, Mapping

import msgspec

from hypersim.account.user import ApiKey
from hypersim.api.operation import Security
from hypersim.api.traffic import OTHER
from hypersim.dialects.binance.app import frames
from hypersim.dialects.binance.auth import authenticate, check_time, usable_key
from hypersim.dialects.binance.errors.general import BinanceError, rejected_key
from hypersim.dialects.binance.errors.parameters import invalid_json, mandatory
from hypersim.dialects.binance.limits.weights import LimitRow
from hypersim.dialects.binance.orders.named import named
from hypersim.dialects.binance.params.asked import read_asked
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.venue import Call, Operation, Venue, perform, told
from hypersim.service.armed import Asked
from hypersim.service.contents import Data, Sent

PATH = "/ws-api/v3"
VERSION = "v3/"

_NO_ID = msgspec.Raw(b"null")


class FrameCall(Call):
    """One request of a connection. `shows_limits` says whether the answer tells of its limits."""

    __slots__ = ("connection", "id", "operation", "shows_limits", "text", "values")

    def __init__(self, venue: Venue, connection: Session, text: str) -> None:
        super().__init__(venue, connection.client, OTHER)
        self.session = self.connection = connection
        self.unit = connection.unit
        self.text = text
        self.id = _NO_ID
        self.values: dict[str, str] = {}
        self.shows_limits = connection.shows_limits
        self.operation: Operation | None = None

    def asked(self) -> Asked:
        """See `Call`. Whoever is logged on need not name the key."""
        session = self.connection.key
        own = "" if session is None else session.key
        try:
            frame = frames.decode_frame(self.text)
            values = frames.read_values(frame.params or {})
        except BinanceError:
            return super().asked()._replace(key=own)
        method = frame.method.removeprefix(VERSION)
        self.who = self.connection.who(self.view.keys, values.get("apiKey"))
        asked = super().asked()._replace(endpoint=f"ws {method}", method=method)
        return read_asked(asked, self.view, values.get("apiKey", own), values)

    def sent(self) -> Sent:
        """See `Call`."""
        try:
            frame = frames.decode_frame(self.text)
        except BinanceError:
            return Sent("", PATH, b"", b"", self.connection.socket.is_away)
        method, values = frame.method.removeprefix(VERSION), frames.encode(frame.params or {})
        return Sent(method, PATH, b"", values, self.connection.socket.is_away)

    def reads(self) -> Data | None:
        """See `Call`."""
        return None if self.operation is None else self.operation.reads

    def limits(self) -> list[LimitRow] | None:
        """Current usage, of orders too where the request placed some; None when not wanted."""
        if not self.shows_limits:
            return None
        now_ms, venue = self.now_ms(), self.venue
        places = self.operation is not None and self.operation.orders and self.key is not None
        rows = venue.order_counts.rows(self.account_id, now_ms) if places else []
        return [*rows, venue.clients.row(self.who, now_ms)]


class Frames:
    """The steps of frames; see `Steps`."""

    def __init__(self, venue: Venue, methods: Mapping[str, Operation]) -> None:
        self._venue = venue
        self._methods = methods

    def charge(self, call: FrameCall) -> None:
        """Raises -1003 and -1135. What is no request weighs as much as the lightest."""
        keys, charge = call.view.keys, self._venue.clients.charge
        try:
            frame = frames.decode_frame(call.text)
        except BinanceError:
            charge(call.connection.who(keys), 1, call.arrived_ms)
            raise
        call.id = frame.id
        call.values = frames.read_values(frame.params or {})
        call.operation = operation = self._methods.get(frame.method.removeprefix(VERSION))
        is_lenient = operation is not None and operation.is_lenient
        # A copy, as reading takes parameters out and the signature covers all of them.
        call.params = Params(dict(call.values), is_lenient=is_lenient)
        wants_limits = call.params.boolean("returnRateLimits")
        if wants_limits is not None:
            call.shows_limits = wants_limits
        call.who = call.connection.who(keys, call.values.get("apiKey"))
        if operation is None:
            charge(call.who, 1, call.arrived_ms)
            raise invalid_json(f"Invalid 'method' in JSON request; unknown '{frame.method[:60]}'.")
        call.endpoint = f"ws {operation.methods[0]}"
        call.weight = operation.weight_of(call.params)
        charge(call.who, call.weight, call.arrived_ms)

    def authenticate(self, call: FrameCall) -> None:
        """The key that the request names, else the one that is logged on. Raises as over REST."""
        assert call.operation is not None
        if call.operation.security is Security.NONE:
            # Not needed any more, but old clients send it, and Binance ignores it.
            call.params.drop("apiKey")
        elif (name := call.params.take("apiKey")) is None:
            call.key = _logged_on(call, call.operation.security)
        else:
            call.key = authenticate(
                call.services,
                call.operation.security,
                call.params,
                name=name,
                payloads=frames.signed_payloads(call.values),
                address=call.client.address,
                now_ms=call.arrived_ms,
            )

    named = staticmethod(named)

    def perform(self, call: FrameCall) -> Awaitable[object]:
        """See `Steps`."""
        assert call.operation is not None
        return perform(call.operation, call)

    def answer(self, call: FrameCall, result: object) -> str:
        """See `Steps`."""
        assert call.operation is not None
        if call.operation.is_free_when_done:
            self._venue.clients.forgive(call.who, call.weight, call.arrived_ms)
        return frames.answer(call.id, result, call.limits())

    def refuse(self, call: FrameCall, failure: Exception) -> str:
        """See `Steps`."""
        error = told(call, failure)
        if error.code == -1135:
            call.id = frames.id_of(call.text)
        return frames.failure(call.id, error, call.limits(), call.time(call.told_ms()))


def _logged_on(call: FrameCall, security: Security) -> ApiKey:
    session, services = call.connection, call.services
    if session.forget_lost_key(services.engine.view.keys):
        # Binance ends the session with this very answer ("API key revocation").
        raise rejected_key()
    if session.key is None:
        raise mandatory("apiKey")
    key = usable_key(services, session.key.key, session.client.address, security)
    if security is not Security.KEY:
        call.params.drop("signature")
        check_time(services.engine.clock, session.key.key, call.params, call.arrived_ms)
    return key
