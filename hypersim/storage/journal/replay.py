"""What the journal tells, done again to an exchange and to what its readers see."""

from hypersim.service.changes import Changes
from hypersim.service.transaction import Transaction, balances_after
from hypersim.service.view import View
from hypersim.storage.journal.encoding import Payload
from hypersim.storage.journal.events import JournalTransaction, as_it_was
from hypersim.storage.vault import Vault
from hypersim.trading.events import Event, OrderFilled
from hypersim.trading.exchange import Exchange


def replay(payload: Payload, exchange: Exchange, view: View, vault: Vault) -> None:
    """Take in one row. Afterwards both stand where it left them."""
    transactions = [_done(one, exchange, vault) for one in payload.transactions]
    exchange.state.counters.go_on_to(payload.counters)
    changes = Changes()
    changes.add(transactions)
    changes.counters = payload.counters
    view.apply(changes, ())
    view.seq = payload.counters.seq
    for transaction in transactions:
        for event in transaction.events:
            if isinstance(event, OrderFilled) and event.order.id in view.orders:
                view.put_fill(event.fill)


def _done(told: JournalTransaction, exchange: Exchange, vault: Vault) -> Transaction:
    events = done_again(told, exchange, vault)
    after = balances_after(events, exchange.take_balances(), exchange.state)
    return Transaction(told.seq, told.generation, told.time_ms, told.cause, events, after)


def done_again(told: JournalTransaction, exchange: Exchange, vault: Vault) -> list[Event]:
    """Apply what happened then; returns it. Raises as `as_it_was`."""
    events: list[Event] = []
    for one in told.events:
        event = as_it_was(one, exchange.state.orders, vault)
        exchange.apply(event)
        events.append(event)
    return events
