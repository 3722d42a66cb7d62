"""Who may write the tables, and how far they follow the journal."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWNER = """CREATE TABLE projection_owner (
    id smallint NOT NULL DEFAULT 1 CONSTRAINT projection_owner_pkey PRIMARY KEY,
    epoch bigint NOT NULL,
    CONSTRAINT projection_owner_one_row_check CHECK (id = 1)
)"""

STATUS = """CREATE VIEW record_status AS
SELECT
    checkpoint.seq AS projected_seq,
    greatest(checkpoint.seq, journal_end.last_seq) AS last_seq,
    greatest(checkpoint.seq, journal_end.last_seq) - checkpoint.seq AS events_behind,
    to_timestamp(oldest.time_ms / 1000.0) AS behind_since
FROM checkpoint
LEFT JOIN LATERAL (
    SELECT last_seq FROM journal ORDER BY last_seq DESC, time_ms DESC LIMIT 1
) AS journal_end ON true
LEFT JOIN LATERAL (
    SELECT time_ms FROM journal
    WHERE last_seq > checkpoint.seq ORDER BY last_seq, time_ms LIMIT 1
) AS oldest ON true"""


def upgrade() -> None:
    op.execute(OWNER)
    op.execute(
        "COMMENT ON COLUMN projection_owner.epoch IS 'of the server whose projector may write'"
    )
    op.execute("INSERT INTO projection_owner (epoch) VALUES (0)")
    op.execute(STATUS)
    op.execute("COMMENT ON VIEW record_status IS 'how far the tables follow the journal'")


def downgrade() -> None:
    op.execute("DROP VIEW record_status")
    op.execute("DROP TABLE projection_owner")
