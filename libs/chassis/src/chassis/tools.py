"""The catalogue: every tool an assistant can call, derived from the annotated RPCs.

A tool is one RPC that carries `switchboard.tools.v1.tool`; its arguments are the request's fields that carry
`switchboard.tools.v1.argument`. From the descriptors follow the gRPC method, the message class and the JSON Schema that
the gateway validates by and that Vapi is to be given.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jsonschema_rs
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.message import Message

from chassis.protos import services
from switchboard.tools.v1.annotations_pb2 import ArgumentOptions, argument, tool

Arguments = Mapping[str, Any]

_MOST = 10**15
"""No telephone number has more digits than fifteen, and a float is exact so far."""
_JSON_TYPES = {
    FieldDescriptor.TYPE_STRING: "string",
    FieldDescriptor.TYPE_BOOL: "boolean",
    FieldDescriptor.TYPE_INT32: "integer",
    FieldDescriptor.TYPE_INT64: "integer",
    FieldDescriptor.TYPE_UINT32: "integer",
    FieldDescriptor.TYPE_DOUBLE: "number",
    FieldDescriptor.TYPE_FLOAT: "number",
}


@dataclass(frozen=True, slots=True)
class ArgumentProblem:
    """One argument that is missing or wrong, and what to ask the caller."""

    name: str
    missing: bool
    ask: str


@dataclass(frozen=True)
class Tool:
    """One tool: an annotated RPC."""

    name: str
    description: str
    package: str
    """Proto package of the service that answers it, e.g. `switchboard.booking.v1`."""
    method: str
    """Full gRPC method path, e.g. `/switchboard.booking.v1.ReceptionistService/CheckAvailability`."""
    read_only: bool
    """True if calling it twice is the same as calling it once without any record (NO_SIDE_EFFECTS)."""
    request_class: type[Message]
    arguments: Mapping[str, ArgumentOptions]
    """By JSON name, in the order of the request's fields."""
    json_schema: Mapping[str, Any]
    """JSON Schema of the arguments, as Vapi takes it for a function's `parameters`."""

    @cached_property
    def _validator(self) -> jsonschema_rs.Validator:
        return jsonschema_rs.validator_for(dict(self.json_schema))

    def known(self, arguments: Arguments) -> dict[str, Any]:
        """The annotated arguments alone; null and blank text are what models send for "nothing".

        A whole number is text where text is wanted: models write telephone numbers and hours so.
        """
        known = {name: value for name, value in arguments.items() if name in self.arguments and not _blank(value)}
        return {name: _as_text(value) if self._is_text(name) else value for name, value in known.items()}

    def _is_text(self, name: str) -> bool:
        return bool(self.json_schema["properties"][name]["type"] == "string")

    def problems(self, arguments: Arguments) -> list[ArgumentProblem]:
        """What is missing or wrong in arguments that `known` has cleaned; empty if nothing is."""
        # No argument is an object or a list; one that is may be nested deeper than the validator can follow.
        nested = {name for name, value in arguments.items() if isinstance(value, dict | list)}
        names = dict.fromkeys(nested, False)
        for error in self._validator.iter_errors({**arguments, **dict.fromkeys(nested)}):
            kind = error.kind
            if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
                names[kind.property] = True
            elif error.instance_path:
                names.setdefault(str(error.instance_path[0]), False)
        return [
            ArgumentProblem(name=name, missing=missing, ask=self.arguments[name].ask) for name, missing in names.items()
        ]

    def request(self, arguments: Arguments) -> Message:
        """The RPC's request with these (valid) arguments; its `context` is left to the caller.

        Raises ValueError for a value that JSON Schema lets through and protobuf cannot hold (2**40, a lone surrogate).
        """
        try:
            return ParseDict(dict(arguments), self.request_class())
        except ParseError:
            raise ValueError("an argument does not fit its type") from None


Catalogue = Mapping[str, Tool]
"""Tools by name."""


def load_catalogue() -> Catalogue:
    """Every tool of every service in the installed protos. Raises ValueError if two tools share a name."""
    catalogue: dict[str, Tool] = {}
    for service in services():
        for method in service.methods:
            if (found := _tool(service, method)) is None:
                continue
            if found.name in catalogue:
                raise ValueError(f"two RPCs are the tool {found.name}: {catalogue[found.name].method}, {found.method}")
            catalogue[found.name] = found
    return catalogue


def _tool(service: ServiceDescriptor, method: MethodDescriptor) -> Tool | None:
    options = method.GetOptions()
    if not options.HasExtension(tool):
        return None
    annotation = options.Extensions[tool]
    arguments = {
        field.json_name: field.GetOptions().Extensions[argument]
        for field in method.input_type.fields
        if field.GetOptions().HasExtension(argument)
    }
    return Tool(
        name=annotation.name,
        description=annotation.description,
        package=service.file.package,
        method=f"/{service.full_name}/{method.name}",
        read_only=options.idempotency_level == MethodOptions.NO_SIDE_EFFECTS,
        request_class=message_factory.GetMessageClass(method.input_type),
        arguments=arguments,
        json_schema=_json_schema(method, arguments),
    )


def _json_schema(method: MethodDescriptor, arguments: Mapping[str, ArgumentOptions]) -> dict[str, Any]:
    kinds = {
        field.json_name: _JSON_TYPES[field.type] for field in method.input_type.fields if field.json_name in arguments
    }
    return {
        "type": "object",
        "properties": {name: _property(kinds[name], options) for name, options in arguments.items()},
        "required": [name for name, options in arguments.items() if options.required],
    }


def _property(json_type: str, options: ArgumentOptions) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": json_type, "description": options.description}
    if options.format:
        schema["format"] = options.format
    if options.choices:
        schema["enum"] = list(options.choices)
    return schema


def _as_text(value: object) -> object:
    match value:
        case bool():
            return value
        case int() if abs(value) < _MOST:
            return str(value)
        case float() if value.is_integer() and abs(value) < _MOST:
            return str(int(value))
    return value


def _blank(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
