"""Objects that protobuf has carried, as the JSON that they were."""

from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct, Value


def json_of(message: Struct | Value) -> Any:
    return _with_whole_numbers(MessageToDict(message))


def _with_whole_numbers(value: Any) -> Any:
    """Protobuf carries floating-point numbers only; 300 shall not come back as 300.0."""
    if isinstance(value, dict):
        return {key: _with_whole_numbers(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_whole_numbers(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
