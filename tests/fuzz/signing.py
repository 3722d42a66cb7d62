"""Loaded by schemathesis: signs each request with the demo key, when all else is made up."""

import time
from typing import Any

import schemathesis
from requests import PreparedRequest
from requests.auth import AuthBase
from schemathesis.core.parameters import ParameterLocation

from tests.support.native_client import signature_of
from tests.support.server import DEMO_KEY, DEMO_SECRET


class Signature(AuthBase):
    """Section 4.4.2 of the source design, over what is about to be sent."""

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        body = request.body or b""
        assert isinstance(body, bytes | str), body
        content = body.encode() if isinstance(body, str) else body
        stamp = str(time.time_ns() // 1_000_000)
        signed = f"{stamp}{request.method}{request.path_url}".encode() + content
        request.headers["X-API-KEY"] = DEMO_KEY
        request.headers["X-API-TIMESTAMP"] = stamp
        request.headers["X-API-SIGNATURE"] = signature_of(DEMO_SECRET, signed)
        return request


@schemathesis.hook
def before_call(_: schemathesis.HookContext, case: schemathesis.Case[Any], kwargs: Any) -> None:
    """Leave headers alone that are wrong on purpose."""
    headers = case.meta.components.get(ParameterLocation.HEADER) if case.meta else None
    if headers is None or headers.mode.is_positive:
        kwargs["auth"] = Signature()
