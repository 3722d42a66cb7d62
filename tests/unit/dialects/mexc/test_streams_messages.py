"""What is pushed is what CCXT's own definitions of MEXC's messages read."""

from typing import Any

import pytest
from ccxt.protobuf.mexc import PushDataV3ApiWrapper_pb2
from google.protobuf.descriptor import Descriptor

from hypersim.dialects.mexc.streams import messages

THEIRS = PushDataV3ApiWrapper_pb2.PushDataV3ApiWrapper.DESCRIPTOR
OURS = messages.read(b"").DESCRIPTOR
BODIES = [field.name for field in OURS.oneofs_by_name["body"].fields]


def _fields(message: Descriptor) -> dict[str, Any]:
    """By name: number, type, and the fields of what is in it."""
    return {
        field.name: (
            field.number,
            field.type,
            field.is_repeated,
            field.message_type and _fields(field.message_type),
        )
        for field in message.fields
    }


@pytest.mark.parametrize("name", BODIES)
def test_a_message_has_the_fields_that_clients_know(name: str) -> None:
    ours, theirs = OURS.fields_by_name[name], THEIRS.fields_by_name[name]
    assert ours.number == theirs.number
    assert _fields(ours.message_type) == _fields(theirs.message_type)


def test_the_head_of_a_push_is_the_one_that_clients_know() -> None:
    theirs = _fields(THEIRS)
    assert _fields(OURS).items() <= theirs.items()


def test_a_body_that_no_message_has_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing"):
        messages.frame("channel", None, 1, "publicAggreDeals", {"nothing": 1})
