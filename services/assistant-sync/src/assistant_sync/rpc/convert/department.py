"""Between the words of DepartmentService and those of the domain."""

from typing import Any
from uuid import UUID

from assistant_sync.domain.departments.department import Changes, Department
from assistant_sync.domain.departments.find_department import Finding, Found
from assistant_sync.domain.errors import MalformedId
from assistant_sync.domain.live_call import speech
from switchboard.assistants.v1 import department_service_pb2 as pb

_RENAMED = {"default_department": "is_default", "announced": "is_announced"}
_PLAIN = ("name", "description", "number", "sip_uri", "default_department", "announced")


def department_id(text: str) -> UUID:
    """Raises MalformedId."""
    try:
        return UUID(text)
    except ValueError:
        raise MalformedId("id") from None


def chosen_id(new: pb.Department) -> UUID | None:
    """Raises MalformedId."""
    return department_id(new.id) if new.id else None


def fields(new: pb.Department) -> Changes:
    return {_RENAMED.get(name, name): getattr(new, name) for name in _PLAIN} | {"synonyms": tuple(new.synonyms)}


def changes(update: pb.UpdateDepartmentRequest) -> Changes:
    named: dict[str, Any] = {
        _RENAMED.get(field.name, field.name): value for field, value in update.ListFields() if field.name in _PLAIN
    }
    if update.HasField("synonyms"):
        named["synonyms"] = tuple(update.synonyms.synonyms)
    return named


def department(found: Department) -> pb.Department:
    wire = pb.Department(
        id=str(found.id),
        name=found.name,
        synonyms=found.synonyms,
        description=found.description,
        number=found.number,
        sip_uri=found.sip_uri,
        default_department=found.is_default,
        announced=found.is_announced,
    )
    wire.created_at.FromDatetime(found.created_at)
    wire.updated_at.FromDatetime(found.updated_at)
    return wire


def destination(finding: Finding) -> pb.FindDestinationResponse:
    return pb.FindDestinationResponse(
        department=department(finding.department) if isinstance(finding, Found) else None,
        caller_hears=speech.caller_hears_of(finding),
    )
