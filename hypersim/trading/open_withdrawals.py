"""The withdrawals that have not ended."""

from collections import Counter
from collections.abc import Iterator, Mapping

from hypersim.account.withdrawal import Withdrawal, WithdrawalStatus
from hypersim.trading.deadlines import Deadlines


class OpenWithdrawals(Mapping[int, Withdrawal]):
    """Unfinished withdrawals by id, in the order in which they were asked for; `deadlines` are when
    they complete by themselves."""

    def __init__(self) -> None:
        self.deadlines = Deadlines()
        self._withdrawals: dict[int, Withdrawal] = {}
        self._counts: Counter[int] = Counter()

    def put(self, withdrawal: Withdrawal) -> None:
        """Enter a withdrawal or its end; one that is over is forgotten."""
        number = withdrawal.id
        is_open = withdrawal.status is WithdrawalStatus.PROCESSING
        self._counts[withdrawal.account_id] += is_open - (number in self._withdrawals)
        self.deadlines.discard(number)
        if not is_open:
            self._withdrawals.pop(number, None)
            return
        self._withdrawals[number] = withdrawal
        if withdrawal.due_ms is not None:
            self.deadlines.add(number, withdrawal.due_ms)

    def count(self, account_id: int) -> int:
        """How many the account has."""
        return self._counts[account_id]

    def __getitem__(self, withdrawal_id: int) -> Withdrawal:
        return self._withdrawals[withdrawal_id]

    def __iter__(self) -> Iterator[int]:
        return iter(self._withdrawals)

    def __len__(self) -> int:
        return len(self._withdrawals)
