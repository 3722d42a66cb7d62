"""What of the journal the tables have shown for a while stands in compressed chunks, and now and
then the state as it was. Rows that are there are packed while the server runs, not here."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

CHUNKS = """CREATE TABLE journal_chunks (
    last_seq bigint NOT NULL,
    first_seq bigint NOT NULL,
    packed_at timestamptz NOT NULL,
    packed bytea NOT NULL,
    CONSTRAINT journal_chunks_pkey PRIMARY KEY (last_seq)
)"""
IMAGES = """CREATE TABLE journal_images (
    seq bigint NOT NULL,
    time_ms bigint NOT NULL,
    made_at timestamptz NOT NULL,
    image bytea NOT NULL,
    CONSTRAINT journal_images_pkey PRIMARY KEY (seq)
)"""
BYTES = {"journal_chunks": "packed", "journal_images": "image"}


def upgrade() -> None:
    op.execute(CHUNKS)
    op.execute(IMAGES)
    for table, column in BYTES.items():
        # They are compressed already.
        op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
        op.execute(f"COMMENT ON COLUMN {table}.{column} IS 'see docs/journal.md'")


def downgrade() -> None:
    for table in BYTES:
        op.execute(f"DROP TABLE {table}")
