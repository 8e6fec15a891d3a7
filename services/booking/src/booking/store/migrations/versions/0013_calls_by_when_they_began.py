"""Calls by when they began: row security keeps an expression of two columns from an index."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "ALTER TABLE calls ADD COLUMN counted_at timestamptz"
        " GENERATED ALWAYS AS (coalesce(started_at, created_at)) STORED"
    )
    op.execute("CREATE INDEX calls_by_time ON calls (org_id, counted_at, id)")


def downgrade() -> None:
    op.execute("ALTER TABLE calls DROP COLUMN counted_at")
