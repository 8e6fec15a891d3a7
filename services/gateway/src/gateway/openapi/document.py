"""The OpenAPI document of the resources that are served."""

import inspect
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from importlib.metadata import version
from typing import Any

from gateway.http.bodies import Body
from gateway.http.operations import Content, Operation, Resource, Who
from gateway.http.parameters import Path, Query
from gateway.http.principals import IN_PATH
from gateway.openapi.endings import endings
from gateway.openapi.examples import MESSAGES
from gateway.openapi.schemas import Json, Schemas, fields
from gateway.openapi.words import ABOUT, CREDENTIALS, MESSAGE, ORGANIZATION, RETRY_AFTER, SECURITY, WHO

_NAMES = re.compile(r"\{(\w+)\}")
_UUID = {"type": "string", "format": "uuid"}
_PROBLEM = {"$ref": "#/components/schemas/ProblemDetails"}


def document(resources: Sequence[Resource]) -> Json:
    """OpenAPI 3.1, in the order in which the resources are given."""
    schemas = Schemas(operation for one in resources for operation in one.operations.values())
    return {
        "openapi": "3.1.0",
        "info": {"title": "Switchboard", "version": version("switchboard-gateway"), "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": _tags(resources),
        "paths": {
            one.path: {
                method.lower(): _operation(method, one.path, operation, schemas)
                for method, operation in one.operations.items()
            }
            for one in resources
        },
        "components": {
            "schemas": {**schemas.components, "ServerMessage": MESSAGE},
            "securitySchemes": CREDENTIALS,
            "parameters": {"Organization": ORGANIZATION},
            "headers": {"RetryAfter": RETRY_AFTER},
        },
    }


def _tags(resources: Iterable[Resource]) -> list[Json]:
    """A tag for each module of routes, told by its docstring."""
    modules = dict.fromkeys(_module(operation) for one in resources for operation in one.operations.values())
    return [{"name": _tag(module), "description": inspect.getdoc(sys.modules[module])} for module in modules]


def _module(operation: Operation) -> str:
    return operation.handler.__module__


def _tag(module: str) -> str:
    return module.rpartition(".")[2].replace("_", " ")


def _operation(method: str, path: str, operation: Operation, schemas: Schemas) -> Json:
    about = inspect.getdoc(operation.handler)
    return {
        "tags": [_tag(_module(operation))],
        "summary": operation.summary,
        "description": "\n\n".join(filter(None, (about, f"**Who may:** {WHO[operation.who]}"))),
        "operationId": _id(method, path),
        "security": SECURITY[operation.who],
        "parameters": list(_parameters(path, operation)),
        **_request_body(operation),
        "responses": {
            **{str(status): _answer(status, told, schemas) for status, told in operation.answers.items()},
            **{str(status): _problem(status, codes) for status, codes in endings(method, path, operation).items()},
        },
    }


def _id(method: str, path: str) -> str:
    return re.sub(r"\W+", "_", f"{method.lower()}{path}").rstrip("_")


def _parameters(path: str, operation: Operation) -> Iterator[Json]:
    in_path = dict.fromkeys(_NAMES.findall(path), (_UUID, True))
    if (declared := operation.one(Path)) is not None:
        in_path |= fields(declared)
    for name, (schema, _) in in_path.items():
        yield {"name": name, "in": "path", "required": True, "schema": schema}
    if (query := operation.one(Query)) is not None:
        for name, (schema, required) in fields(query).items():
            yield {"name": name, "in": "query", "required": required, **_told_apart(schema)}
    if operation.who not in (Who.ANYONE, Who.VAPI, Who.ADMINISTRATOR) and IN_PATH not in path:
        yield {"$ref": "#/components/parameters/Organization"}


def _told_apart(schema: Json) -> Json:
    """A parameter's description stands beside its schema."""
    described = {"description": schema["description"]} if "description" in schema else {}
    return {**described, "schema": {key: value for key, value in schema.items() if key != "description"}}


def _request_body(operation: Operation) -> Json:
    if operation.who is Who.VAPI:
        examples = {name: {"value": message} for name, message in MESSAGES.items()}
        return {"requestBody": _content({"$ref": "#/components/schemas/ServerMessage"}, examples=examples)}
    if (body := operation.one(Body)) is None:
        return {}
    schema = {"$ref": f"#/components/schemas/{body.__name__}"}
    return {"requestBody": {"description": f"`{body.form}`", **_content(schema, example=dict(body.example))}}


def _content(schema: Json, **examples: Any) -> Json:
    return {"required": True, "content": {"application/json": {"schema": schema, **examples}}}


def _answer(status: int, told: Any, schemas: Schemas) -> Json:
    described = {"description": HTTPStatus(status).phrase}
    match told:
        case None:
            return described
        case Content():
            media_types = (told.media_type, *told.or_else)
            return {**described, "content": {one: {"schema": {"type": "string"}} for one in media_types}}
    return {**described, "content": {"application/json": {"schema": schemas.of(told)}}}


def _problem(status: int, codes: Sequence[str]) -> Json:
    of_codes = {"allOf": [_PROBLEM, {"properties": {"code": {"enum": list(codes)}}}]} if codes else _PROBLEM
    return {
        "description": HTTPStatus(status).phrase,
        "content": {"application/problem+json": {"schema": of_codes}},
        **_headers(status),
    }


def _headers(status: int) -> Json:
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        return {"headers": {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}}}
    return {}
