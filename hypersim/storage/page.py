"""SQL for one page of an account's rows."""

from collections.abc import Collection
from typing import Any, TypeVar

from hypersim.account.entries import EntryKind
from hypersim.service.record import PageQuery
from hypersim.storage.parameters import TIME_PARAMETER, time_parameter
from hypersim.storage.tables.money import LEG_PARTS, ORDER_ENTRIES, RARE_ENTRIES

_Row = TypeVar("_Row")


class Page:
    """The conditions of a `PageQuery` and of whoever adds to them. Rows come ascending: the first
    ones from `since_ms` or `from_id`, else the latest ones, which the database has to find from the
    end. `time` is the column of the time that they are asked for by. `times_of_ids` names a table
    whose ids count up with time, and that is read by its ids: bounds in time are looked up as
    such."""

    def __init__(
        self, query: PageQuery, *, has_symbol: bool = True, times_of_ids: str | None = None
    ) -> None:
        self._times_of_ids = times_of_ids
        self.time = "updated_at" if query.by_update else "created_at"
        is_latest = query.since_ms is None and query.from_id is None
        self._is_latest = query.is_latest or is_latest
        self._limit, self._offset = query.limit, query.offset
        self._arguments: list[Any] = []
        self._conditions: list[str] = []
        self.where("user_id = {}", query.account_id)
        if has_symbol and query.symbol is not None:
            self.where("symbol = {}", query.symbol)
        if query.from_id is not None:
            self.where("id >= {}", query.from_id)
        if query.since_ms is not None:
            self._where_time(">=", query.since_ms)
        if query.until_ms is not None:
            # Rows are of whole milliseconds.
            self._where_time("<=", query.until_ms)

    def where(self, condition: str, *arguments: Any) -> None:
        """Add a condition with `{}` for each argument."""
        self._conditions.append(condition.format(*map(self.parameter, arguments)))

    def select(self, columns: str, table: str, by: tuple[str, ...]) -> tuple[str, list[Any]]:
        """The statement and its arguments; rows in the order of `by`."""
        statement = (
            f"SELECT {columns} FROM {table} WHERE {' AND '.join(self._conditions)} "
            f"ORDER BY {self._directed(by)} {self._span()}"
        )
        return statement, self._arguments

    def count(self, table: str) -> tuple[str, list[Any]]:
        """The statement that counts all rows, and its arguments."""
        conditions = " AND ".join(self._conditions)
        return f"SELECT count(*) FROM {table} WHERE {conditions}", self._arguments

    def ledger_select(self, columns: str, asset: str | None) -> tuple[str, list[Any]]:
        """The ledger has an index by asset: ask it for each asset that the account has."""
        held = "user_id = $1"
        if asset is not None:
            held += f" AND asset = {self.parameter(asset)}"
        # Each asset may have all of the rows, and those that are passed over.
        enough = None if self._limit is None else self._limit + self._offset
        limit = f"LIMIT {self.parameter(enough)}::bigint"
        by = self._directed(("created_at", "seq"))
        where = f"{' AND '.join(self._conditions)} AND asset = held"
        is_rare = RARE_ENTRIES in self._conditions
        parts = [
            f"(SELECT * FROM ({part}) AS part WHERE {where} ORDER BY {by} {limit})"
            for part in (LEG_PARTS[:2] if is_rare else LEG_PARTS)
        ]
        statement = (
            f"SELECT {columns} FROM (SELECT asset AS held FROM balances WHERE {held}) assets "
            f"CROSS JOIN LATERAL ({' UNION ALL '.join(parts)}) AS lines "
            f"ORDER BY {self._directed(('created_at', 'seq', 'leg'))} {self._span()}"
        )
        return statement, self._arguments

    def ascending(self, found: list[_Row]) -> list[_Row]:
        """The rows as they were asked for."""
        return found[::-1] if self._is_latest else found

    def _span(self) -> str:
        limit, offset = self.parameter(self._limit), self.parameter(self._offset)
        return f"LIMIT {limit}::bigint OFFSET {offset}::bigint"

    def _directed(self, by: tuple[str, ...]) -> str:
        direction = " DESC" if self._is_latest else ""
        return ", ".join(f"{column}{direction}" for column in by)

    def _where_time(self, comparison: str, time_ms: int) -> None:
        parameter = self.parameter(time_parameter(time_ms)).removeprefix("$")
        bound = f"{self.time} {comparison} {TIME_PARAMETER.format(parameter)}"
        if self._times_of_ids is not None:
            direction = "" if comparison == ">=" else " DESC"
            bound = (
                f"id {comparison} (SELECT id FROM {self._times_of_ids} WHERE user_id = $1 AND "
                f"{bound} ORDER BY {self.time}{direction}, id{direction} LIMIT 1)"
            )
        self._conditions.append(bound)

    def parameter(self, argument: Any) -> str:
        """How the statement names it."""
        self._arguments.append(argument)
        return f"${len(self._arguments)}"


def ledger_page(query: PageQuery, kinds: Collection[EntryKind]) -> Page:
    """Of ledger lines, of some kinds only where these are named."""
    page = Page(query, has_symbol=False)
    # What its indexes are of.
    page.where("user_id > 0")
    if kinds:
        page.where("kind = ANY({}::text[])", [kind.value for kind in kinds])
        if ORDER_ENTRIES.isdisjoint(kinds):
            page.where(RARE_ENTRIES)
    return page
