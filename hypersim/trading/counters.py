"""The numbers that the exchange gives out: equal inputs give equal ids."""

import msgspec


class Counters(msgspec.Struct):
    """The last number given out of each kind. `seq` counts events that change the record,
    `generation` how often the exchange began again, and `time_ms` is the exchange's time up to
    which the record tells: these three never go back."""

    seq: int = 0
    generation: int = 0
    time_ms: int = 0
    account_id: int = 0
    order_id: int = 0
    trade_id: int = 0
    ledger_seq: int = 0
    rank: int = 0
    list_id: int = 0
    prevented_match_id: int = 0
    withdrawal_id: int = 0
