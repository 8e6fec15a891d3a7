"""Run by Alembic; brings the schema `tenancy` up to date."""

from chassis.database.migrations import run_environment
from tenancy.store.tables import metadata

run_environment(metadata)
