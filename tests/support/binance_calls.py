"""One call of a Binance operation, past the shell."""

from hypersim.account.user import ApiKey
from hypersim.dialects.binance.params.reading import Params
from hypersim.dialects.binance.user_data.session import Session
from hypersim.dialects.binance.venue import Call, Venue
from hypersim.edge.client import NOBODY, Client


def call_of(
    venue: Venue, params: Params, key: ApiKey | None = None, session: Session | None = None
) -> Call:
    """A request with these parameters that was let in already."""
    call = Call(venue, Client("127.0.0.1", NOBODY), "test")
    call.params, call.key, call.session = params, key, session
    call.arrived_ms = venue.now_ms()
    return call
