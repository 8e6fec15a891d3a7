"""Of which calls the report is here: what was lost is fetched."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Of calls before it nothing is known: those that Vapi still lists are fetched once more, which changes nothing.
    op.execute("ALTER TABLE calls ADD COLUMN reported boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    op.execute("ALTER TABLE calls DROP COLUMN reported")
