"""Lists of one symbol or asset, and those by time or by the last update, are read from an index,
however long ago."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

NEW = {
    "orders_user_symbol_time_idx": "orders (user_id, symbol, created_at, id)",
    "orders_user_symbol_update_idx": "orders (user_id, symbol, updated_at, id)",
    "trades_user_symbol_idx": "trades (user_id, symbol, id, order_id)",
    "order_lists_user_update_idx": "order_lists (user_id, updated_at, id)",
    "order_lists_client_list_id_idx": "order_lists (user_id, client_list_id, id)",
}

RARE = "WHERE kind NOT IN ('hold', 'release', 'trade')"
ASSETS = [f"split_part(legs, ' ', {place})" for place in (2, 8, 14)]
LEDGER = {
    "ledger_lines_user_asset_idx": "ledger_lines (user_id, asset, {}seq)",
    "ledger_lines_rare_idx": f"ledger_lines (user_id, asset, {{}}seq) {RARE}",
    "ledger_user_asset_idx": f"ledger (user_id, {ASSETS[0]}, {{}}seq)",
    "ledger_user_asset_2_idx": f"ledger (user_id, {ASSETS[1]}, {{}}seq) WHERE {ASSETS[1]} <> ''",
    "ledger_user_asset_3_idx": f"ledger (user_id, {ASSETS[2]}, {{}}seq) WHERE {ASSETS[2]} <> ''",
    "ledger_rare_idx": f"ledger (user_id, {ASSETS[0]}, {{}}seq) {RARE}",
}
NAMES = "orders (user_id, client_order_id{}) WHERE ended_seq IS NOT NULL"


def replace(name_more: str, ledger_more: str) -> None:
    op.execute("DROP INDEX orders_client_order_id_idx")
    op.execute(f"CREATE INDEX orders_client_order_id_idx ON {NAMES.format(name_more)}")
    for name, columns in LEDGER.items():
        op.execute(f"DROP INDEX {name}")
        op.execute(f"CREATE INDEX {name} ON {columns.format(ledger_more)}")


def upgrade() -> None:
    for name, columns in NEW.items():
        op.execute(f"CREATE INDEX {name} ON {columns}")
    replace(", id", "created_at, ")


def downgrade() -> None:
    replace("", "")
    for name in NEW:
        op.execute(f"DROP INDEX {name}")
