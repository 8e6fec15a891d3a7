"""Plans of webhook credentials as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tenancy.domain.access.webhook_plans import Algorithm, BearerPlan, Encoding, HmacPlan, SecretPlan, WebhookPlan

_TYPES: Mapping[type[WebhookPlan], str] = {SecretPlan: "secret", BearerPlan: "bearer", HmacPlan: "hmac"}


def plan_to_json(plan: WebhookPlan) -> dict[str, object]:
    return {"type": _TYPES[type(plan)], **asdict(plan)}


def plan_from_json(kept: Mapping[str, Any]) -> WebhookPlan:
    fields = {name: value for name, value in kept.items() if name != "type"}
    match kept["type"]:
        case "secret":
            return SecretPlan()
        case "bearer":
            return BearerPlan(**fields)
        case _:
            fields["algorithm"] = Algorithm(fields["algorithm"])
            fields["signature_encoding"] = Encoding(fields["signature_encoding"])
            return HmacPlan(**fields)
