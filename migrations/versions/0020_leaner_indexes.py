"""Less is written for each order: the house's side of the ledger is in no index by asset, an order
without a client order id in none by that, and indexes in which no two rows are equal do not look
for equal ones."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OF_USERS = "user_id > 0"
RARE = "kind NOT IN ('hold', 'release', 'trade')"
ASSETS = [f"split_part(legs, ' ', {place})" for place in (2, 8, 14)]
LEDGER = {
    "ledger_user_asset_idx": (ASSETS[0], ""),
    "ledger_user_asset_2_idx": (ASSETS[1], f"{ASSETS[1]} <> ''"),
    "ledger_user_asset_3_idx": (ASSETS[2], f"{ASSETS[2]} <> ''"),
    "ledger_rare_idx": (ASSETS[0], RARE),
}
NAMES = "orders (user_id, client_order_id, id)"
ENDED = "ended_seq IS NOT NULL"
DISTINCT = (
    "orders_user_time_idx",
    "orders_user_symbol_time_idx",
    "orders_user_symbol_update_idx",
    "order_lists_user_time_idx",
    "withdrawals_user_time_idx",
    "trades_user_time_idx",
    "trades_user_symbol_idx",
)


def make(name: str, on: str, conditions: str, options: str = "") -> None:
    where = f" WHERE {conditions}" if conditions else ""
    op.execute(f"DROP INDEX {name}")
    op.execute(f"CREATE INDEX {name} ON {on}{options}{where}")


def upgrade() -> None:
    off = " WITH (deduplicate_items = off)"
    for name, (asset, condition) in LEDGER.items():
        where = f"{OF_USERS} AND {condition}" if condition else OF_USERS
        make(name, f"ledger (user_id, {asset}, created_at, seq)", where, off)
    make("orders_client_order_id_idx", NAMES, f"{ENDED} AND client_order_id IS NOT NULL", off)
    for name in DISTINCT:
        op.execute(f"ALTER INDEX {name} SET (deduplicate_items = off)")


def downgrade() -> None:
    for name, (asset, condition) in LEDGER.items():
        make(name, f"ledger (user_id, {asset}, created_at, seq)", condition)
    make("orders_client_order_id_idx", NAMES, ENDED)
    for name in DISTINCT:
        op.execute(f"ALTER INDEX {name} RESET (deduplicate_items)")
