"""Everything that Vapi tells of a call: who was called, what each part cost, what was said, where it was recorded."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UP = (
    """
    ALTER TABLE calls
      ADD COLUMN direction text CHECK (direction IN ('inbound', 'outbound', 'web')),
      ADD COLUMN called_number text,
      ADD COLUMN assistant_id text,
      ADD COLUMN cost_parts jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(cost_parts) = 'object'),
      -- JSON as text: richer is longer, which needs the one spelling it was recorded in.
      ADD COLUMN structured_data text,
      ADD COLUMN success_evaluation text,
      ADD COLUMN sealed_transcript bytea,
      ADD COLUMN sealed_recording_urls bytea,
      ADD COLUMN tools_used text[] NOT NULL DEFAULT '{}'
    """,
    "ALTER TABLE calls DROP CONSTRAINT calls_erased",
    """
    ALTER TABLE calls ADD CONSTRAINT calls_erased CHECK (
      NOT erased OR (
        caller_number IS NULL AND summary IS NULL AND structured_data IS NULL AND success_evaluation IS NULL
        AND sealed_transcript IS NULL AND sealed_recording_urls IS NULL
      )
    )
    """,
)

_DOWN = (
    "ALTER TABLE calls DROP CONSTRAINT calls_erased",
    "ALTER TABLE calls ADD CONSTRAINT calls_erased CHECK (NOT erased OR (caller_number IS NULL AND summary IS NULL))",
    """
    ALTER TABLE calls
      DROP COLUMN direction,
      DROP COLUMN called_number,
      DROP COLUMN assistant_id,
      DROP COLUMN cost_parts,
      DROP COLUMN structured_data,
      DROP COLUMN success_evaluation,
      DROP COLUMN sealed_transcript,
      DROP COLUMN sealed_recording_urls,
      DROP COLUMN tools_used
    """,
)


def upgrade() -> None:
    for statement in _UP:
        op.execute(statement)


def downgrade() -> None:
    for statement in _DOWN:
        op.execute(statement)
