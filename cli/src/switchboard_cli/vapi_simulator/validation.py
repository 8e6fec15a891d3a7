"""Judges a request to Vapi as Vapi would: by the project's own schema, in the sentences of Vapi's answers."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

import jsonschema_rs
from jsonschema_rs import ValidationErrorKind as Kind

_DEFINITIONS = {
    ("POST", "/assistant"): "CreateAssistant",
    ("PATCH", "/assistant/{id}"): "UpdateAssistant",
    ("POST", "/tool"): "CreateTool",
    ("PATCH", "/tool/{id}"): "UpdateTool",
    ("POST", "/phone-number"): "CreatePhoneNumber",
    ("PATCH", "/phone-number/{id}"): "UpdatePhoneNumber",
    ("POST", "/call"): "CreateCall",
}
_WITHOUT_BODY = {
    (method, path)
    for resource in ("/assistant", "/tool", "/phone-number", "/call")
    for method, path in (("GET", resource), ("GET", f"{resource}/{{id}}"), ("DELETE", f"{resource}/{{id}}"))
} - {("DELETE", "/call/{id}")} | {("GET", "/call/{id}/{id}")}  # a recording of it


def validate_request(method: str, path: str, body: object = None) -> list[str]:
    """What Vapi would object to, one sentence a fault; empty if it would accept the request.

    `path` is a concrete one (`/assistant/8b0e…`); `body` the decoded JSON, None for a request without one.
    A top-level null clears its field, wherever the field may be left out.
    """
    route = method.upper(), _template(path)
    if route in _WITHOUT_BODY:
        return [] if body is None else [f"{method.upper()} {path} takes no body"]
    definition = _DEFINITIONS.get(route)
    if definition is None:
        return [f"Cannot {method.upper()} {path}"]
    if not isinstance(body, dict):
        return ["the body must be a JSON object"]
    return list(dict.fromkeys(_complaints(definition, body)))


def _template(path: str) -> str:
    resource, *rest = path.partition("?")[0].strip("/").split("/")
    return f"/{resource}" + "/{id}" * len(rest)


@cache
def _validator(definition: str) -> jsonschema_rs.Validator:
    schema = json.loads(files(__package__).joinpath("schema.json").read_text(encoding="utf-8"))
    return jsonschema_rs.validator_for(
        {"$schema": schema["$schema"], "$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}
    )


def _complaints(definition: str, body: dict[str, object]) -> Iterator[str]:
    validator = _validator(definition)
    cleared = {field for field, value in body.items() if value is None}
    for error in validator.iter_errors(body):
        is_null_of_known_field = len(error.instance_path) == 1 and error.instance_path[0] in cleared
        if not is_null_of_known_field or isinstance(error.kind, Kind.FalseSchema):
            yield from _sentences(error)
    if cleared:
        stripped = {field: value for field, value in body.items() if field not in cleared}
        for error in validator.iter_errors(stripped):
            if isinstance(error.kind, Kind.Required | Kind.AnyOf):
                yield from _sentences(error)


# By JSON Schema keyword. No wording quotes the refused value: it may be a secret or a patient's.
_WORDING = {
    "type": "{field} must be a {types}",
    "enum": "{field} must be one of the following values: {options}",
    "const": "{field} must be {expected_value}",
    "maxLength": "{field} must be shorter than or equal to {limit} characters",
    "minLength": "{field} must be longer than or equal to {limit} characters",
    "maximum": "{field} must not be greater than {limit}",
    "minimum": "{field} must not be less than {limit}",
    "pattern": "{field} must match {pattern} regular expression",
}


def _sentences(error: jsonschema_rs.ValidationError) -> Iterator[str]:
    path = error.instance_path
    match error.kind:
        case Kind.AdditionalProperties(unexpected=names):
            yield from (_should_not_exist(path, name) for name in names)
        case Kind.FalseSchema():
            yield _should_not_exist(path[:-1], str(path[-1]))
        case Kind.Required(property=name):
            yield f"{_dotted([*path, name])} should not be null or undefined"
        case Kind.AnyOf(context=branches):
            faults = [fault.kind for branch in branches for fault in branch]
            names = [fault.property for fault in faults if isinstance(fault, Kind.Required)]
            yield f"one of {', '.join(names)} should be given"
        case kind:
            facts = {name: _listed(value) for name, value in kind.as_dict().items()}
            yield _WORDING.get(kind.name, "{field} is invalid").format(field=_dotted(path), **facts)


def _listed(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _should_not_exist(parent: list[str | int], name: str) -> str:
    prefix = f"{_dotted(parent)}." if parent else ""
    return f"{prefix}property {name} should not exist"


def _dotted(path: list[str | int]) -> str:
    if path and isinstance(path[-1], int):
        return f"each value in {_dotted(path[:-1])}"
    return ".".join(map(str, path))
