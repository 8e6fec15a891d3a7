"""Reports that never arrived wait among the quarantined messages, once they were fetched: it is known whose they are."""

from alembic import op

revision = "0007"
down_revision = "0006"

_OUTCOMES = "ALTER TABLE quarantined_messages DROP CONSTRAINT quarantined_messages_outcome_check"
_ADD = "ALTER TABLE quarantined_messages ADD CONSTRAINT quarantined_messages_outcome_check CHECK (outcome IN ({}))"


def upgrade() -> None:
    op.execute(_OUTCOMES)
    op.execute(_ADD.format("'contradiction', 'unknown', 'resolved'"))


def downgrade() -> None:
    # What waited is missing again, and is fetched again.
    op.execute("SET LOCAL ROLE tenancy_directory")
    op.execute("DELETE FROM quarantined_messages WHERE outcome = 'resolved'")
    op.execute("RESET ROLE")
    op.execute(_OUTCOMES)
    op.execute(_ADD.format("'contradiction', 'unknown'"))
