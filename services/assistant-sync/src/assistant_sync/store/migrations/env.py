from assistant_sync.store.tables import metadata
from chassis.database.migrations import run_environment

run_environment(metadata)
