"""Every route behind a key: the platform's administration, and what organizations see of their own."""

from starlette.routing import Route

from gateway.backends import Backends
from gateway.http.door import Door
from gateway.http.intake import Intake
from gateway.http.principals import Principals
from gateway.limits.rate_limits import RateLimits
from gateway.routes.api_keys import ApiKeyRoutes, PlatformApiKeyRoutes
from gateway.routes.appointments import AppointmentRoutes
from gateway.routes.assistants import AssistantRoutes
from gateway.routes.audit import AuditRoutes
from gateway.routes.calendars import CalendarRoutes
from gateway.routes.calendars_outside import CalendarOutsideRoutes
from gateway.routes.calls import CallRoutes
from gateway.routes.connections import ConnectionRoutes
from gateway.routes.contacts import ContactRoutes
from gateway.routes.organizations import OrganizationRoutes
from gateway.routes.phone_lookup import PhoneLookupRoutes
from gateway.routes.phone_mappings import PhoneMappingRoutes
from gateway.routes.quarantine import QuarantineRoutes
from gateway.routes.rollouts import RolloutRoutes
from gateway.routes.services import ServiceRoutes
from gateway.routes.webhook_credentials import WebhookCredentialRoutes


def administration(
    administrator_key: str, limits: RateLimits, intake: Intake, backends: Backends, public_url: str | None = None
) -> list[Route]:
    tenancy, booking = backends.tenancy, backends.booking
    principals = Principals(tenancy, administrator_key, limits)
    door = Door(principals, intake)
    return [
        *map(door.route, OrganizationRoutes(tenancy).resources()),
        *map(door.route, ApiKeyRoutes(tenancy).resources()),
        *map(door.route, PlatformApiKeyRoutes(tenancy).resources()),
        *map(door.route, WebhookCredentialRoutes(tenancy).resources()),
        *map(door.route, PhoneMappingRoutes(tenancy).resources()),
        *map(door.route, PhoneLookupRoutes(tenancy, backends.assistant_sync).resources()),
        *map(door.route, AuditRoutes(tenancy).resources()),
        *map(door.route, QuarantineRoutes(tenancy).resources()),
        *map(door.route, CalendarRoutes(booking).resources()),
        *map(door.route, CalendarOutsideRoutes(booking, public_url).resources()),
        *map(door.route, ConnectionRoutes(booking).resources()),
        *map(door.route, ServiceRoutes(booking).resources()),
        *map(door.route, AppointmentRoutes(booking).resources()),
        *map(door.route, ContactRoutes(booking).resources()),
        *map(door.route, CallRoutes(booking).resources()),
        *map(door.route, RolloutRoutes(backends.assistant_sync, public_url).resources()),
        *map(door.route, AssistantRoutes(backends.assistant_sync, public_url).resources()),
    ]
