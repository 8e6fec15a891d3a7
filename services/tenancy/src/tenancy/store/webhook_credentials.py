"""Webhook credentials, their secrets sealed."""

from chassis.database.engine import Database
from chassis.encryption import Sealer


class WebhookCredentialStore:
    def __init__(self, database: Database, sealer: Sealer) -> None:
        self._database = database
        self._sealer = sealer
