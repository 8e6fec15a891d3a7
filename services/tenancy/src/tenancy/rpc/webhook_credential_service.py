"""How an organization's Vapi proves that a message is its own."""

from switchboard.tenancy.v1.webhook_credential_service_pb2_grpc import WebhookCredentialServiceServicer
from tenancy.store.webhook_credentials import WebhookCredentialStore


class WebhookCredentialServicer(WebhookCredentialServiceServicer):
    def __init__(self, credentials: WebhookCredentialStore) -> None:
        self._credentials = credentials
