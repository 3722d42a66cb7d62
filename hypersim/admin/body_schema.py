"""What a request's body must be, for the OpenAPI page: bodies are decoded by hand, strictly."""

from dataclasses import dataclass
from types import UnionType
from typing import Any, cast

import msgspec
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema

from hypersim.admin.errors import JSON


def takes(body: type | UnionType) -> type[Operation]:
    """An OpenAPI operation with this JSON body."""
    schema = cast(Schema, _whole(msgspec.json.schema(body)))

    @dataclass
    class WithBody(Operation):
        def __post_init__(self) -> None:
            self.request_body = RequestBody({JSON: OpenAPIMediaType(schema)}, required=True)

    return WithBody


def _whole(schema: dict[str, Any]) -> Any:
    """The schema without references, which would point outside of the page."""
    definitions = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return resolved(definitions[part["$ref"].rpartition("/")[2]])
        return {name: resolved(value) for name, value in part.items()}

    return resolved(schema)
