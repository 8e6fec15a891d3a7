"""Objects that are passed on as they are, between JSON and what protobuf carries."""

from collections.abc import Iterable
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct, Value

from gateway.http.problems import Refused, malformed_field

_DEEPEST = 24
"""Objects and lists in each other; what protobuf reads ends at about 30."""


def struct_of(field: str, value: dict[str, Any], form: str) -> Struct:
    """Raises Refused for what no message can carry: too deep, or a number beyond all."""
    refused = Refused(malformed_field(field, form))
    if _is_too_deep(value):
        raise refused
    struct = Struct()
    try:
        struct.update(value)
    except (ValueError, OverflowError):
        raise refused from None
    return struct


def _is_too_deep(value: Any, left: int = _DEEPEST) -> bool:
    inside: Iterable[Any] = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_is_too_deep(one, left - 1) for one in inside)


def json_of(message: Struct | Value) -> Any:
    return _with_whole_numbers(MessageToDict(message))


def _with_whole_numbers(value: Any) -> Any:
    """Protobuf carries floating-point numbers only; 300 shall not come back as 300.0."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
