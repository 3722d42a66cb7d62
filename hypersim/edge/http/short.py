"""A plain request that came whole, read in one go: as the parser reads it, of what clients usually
send. Whatever is unusual is left to the parser."""

from collections.abc import Callable

from hypersim.edge.asgi import HEADERS, IS_GONE, Scope
from hypersim.edge.forms import Form, Forms

_METHOD_LENGTH = 4
"""Bytes that tell one method from another."""


class ShortRequest:
    """The state of one that is being answered, as uvicorn's cycle has it."""

    __slots__ = ("disconnected", "keep_alive", "response_complete", "response_started", "scope")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.keep_alive = True
        self.disconnected = self.response_started = self.response_complete = False


class ShortReader:
    """Reads the requests of one connection, with `headers_max` headers each at most."""

    __slots__ = ("_client", "_forms", "_headers_max", "_is_gone", "_last")

    def __init__(
        self,
        forms: Forms,
        client: tuple[str, int] | None,
        headers_max: int,
        is_gone: Callable[[], bool],
    ) -> None:
        self._forms = forms
        self._is_gone = is_gone
        self._client = client
        self._headers_max = headers_max
        self._last: dict[bytes, Form] = {}
        """By method."""

    def read(self, data: bytes) -> tuple[Scope, bytes] | None:
        """A request's scope, with what plain answers need, and its body; None if only the parser
        can tell."""
        form = self._last.get(data[:_METHOD_LENGTH])
        found = None if form is None else form.pattern.match(data)
        if form is None or found is None:
            form = self._forms.of(data)
            if form is None or len(form.names) > self._headers_max:
                return None
            found = form.pattern.match(data)
            if found is None:
                return None
            self._last[data[:_METHOD_LENGTH]] = form
        method, path, query, *values = found.groups()
        headers: dict[bytes, bytes] = dict(zip(form.names, values, strict=False))
        body = data[found.end() :]
        if int(headers.get(b"content-length", 0)) != len(body):
            return None
        return {
            "type": "http",
            "method": method.decode(),
            "path": path.decode(),
            "raw_path": path,
            "query_string": query or b"",
            "headers": headers.items(),
            "client": self._client,
            HEADERS: headers,
            IS_GONE: self._is_gone,
        }, body
