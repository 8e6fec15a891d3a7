"""Whether a call's times are its report's: status updates tell them before it, less exactly."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_COLUMNS = ("start_reported", "end_reported")


def upgrade() -> None:
    for column in _COLUMNS:
        # Until now nearly all times were those of reports.
        op.execute(f"ALTER TABLE calls ADD COLUMN {column} boolean NOT NULL DEFAULT true")
        op.execute(f"ALTER TABLE calls ALTER COLUMN {column} SET DEFAULT false")


def downgrade() -> None:
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE calls DROP COLUMN {column}")
