"""Every route behind a key: the platform's administration, and what organizations see of their own."""

from chassis.outside.carrier import Carrier
from gateway.backends import Backends
from gateway.http.operations import Resource
from gateway.outside.hosts import Hosts
from gateway.outside.recordings import Recordings
from gateway.routes.analytics import AnalyticsRoutes
from gateway.routes.api_keys import ApiKeyRoutes, PlatformApiKeyRoutes
from gateway.routes.appointments import AppointmentRoutes
from gateway.routes.assistants import AssistantRoutes
from gateway.routes.audit import AuditRoutes
from gateway.routes.calendars import CalendarRoutes
from gateway.routes.calendars_outside import CalendarOutsideRoutes
from gateway.routes.calls import CallRoutes
from gateway.routes.completeness import CompletenessRoutes
from gateway.routes.connections import ConnectionRoutes
from gateway.routes.contacts import ContactRoutes
from gateway.routes.departments import DepartmentRoutes
from gateway.routes.organizations import OrganizationRoutes
from gateway.routes.phone_lookup import PhoneLookupRoutes
from gateway.routes.phone_mappings import PhoneMappingRoutes
from gateway.routes.quarantine import QuarantineRoutes
from gateway.routes.rollouts import RolloutRoutes
from gateway.routes.services import ServiceRoutes
from gateway.routes.timelines import TimelineRoutes
from gateway.routes.webhook_credentials import WebhookCredentialRoutes
from gateway.settings import GatewaySettings


def administration(backends: Backends, settings: GatewaySettings) -> list[Resource]:
    recordings = Recordings(Hosts.of(settings.vapi_recording_hosts), Carrier())
    public_url = settings.backend_url
    tenancy, booking, assistant_sync = backends.tenancy, backends.booking, backends.assistant_sync
    return [
        *OrganizationRoutes(tenancy).resources(),
        *ApiKeyRoutes(tenancy).resources(),
        *PlatformApiKeyRoutes(tenancy).resources(),
        *WebhookCredentialRoutes(tenancy).resources(),
        *PhoneMappingRoutes(tenancy).resources(),
        *PhoneLookupRoutes(tenancy, assistant_sync).resources(),
        *AuditRoutes(tenancy).resources(),
        *QuarantineRoutes(tenancy).resources(),
        *CalendarRoutes(booking).resources(),
        *CalendarOutsideRoutes(booking, public_url).resources(),
        *ConnectionRoutes(booking).resources(),
        *ServiceRoutes(booking).resources(),
        *AppointmentRoutes(booking).resources(),
        *ContactRoutes(tenancy, booking).resources(),
        *CompletenessRoutes(assistant_sync).resources(),
        *CallRoutes(tenancy, booking, assistant_sync, recordings).resources(),
        *TimelineRoutes(tenancy, booking).resources(),
        *AnalyticsRoutes(tenancy, booking).resources(),
        *DepartmentRoutes(assistant_sync).resources(),
        *RolloutRoutes(assistant_sync, public_url).resources(),
        *AssistantRoutes(assistant_sync, public_url).resources(),
    ]
