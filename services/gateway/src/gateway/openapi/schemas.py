"""JSON Schemas of what is declared as Structs."""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import msgspec

from gateway.http.answers import Page
from gateway.http.bodies import Body
from gateway.http.operations import Content, Operation
from gateway.http.parameters import Id, Path, Query
from gateway.http.problems import ProblemDetails
from gateway.openapi.problem_codes import CODES

Json = dict[str, Any]

_PAGE = re.compile(rf"{Page.__name__}_(\w+)_")
"""What msgspec calls a page of something."""


class Schemas:
    """Of the bodies and answers of operations, each kept once among the components."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        kinds = {repr(kind): kind for one in operations for kind in _declared(one)}
        written, components = msgspec.json.schema_components(
            [ProblemDetails, *kinds.values()],
            schema_hook=_schema_of_custom,
            ref_template="#/components/schemas/{name}",
        )
        self._written: Mapping[str, Json] = dict(zip(kinds, map(_named_well, written[1:]), strict=True))
        self.components: Json = {name: _named_well(schema) for name, schema in _named_well(components).items()}
        self.components[ProblemDetails.__name__]["properties"]["code"]["enum"] = sorted(CODES)

    def of(self, kind: Any) -> Json:
        """Raises KeyError for what no operation declares."""
        return self._written[repr(kind)]


def fields(kind: type[Path | Query]) -> Mapping[str, tuple[Json, bool]]:
    """The schema of each parameter by its name, and whether it has to be there."""
    (_, components) = msgspec.json.schema_components([kind], schema_hook=_schema_of_custom, ref_template="{name}")
    (schema,) = components.values()
    return MappingProxyType(
        {name: (_present(field), name in schema["required"]) for name, field in schema["properties"].items()}
    )


def _declared(operation: Operation) -> Iterable[Any]:
    if (body := operation.one(Body)) is not None:
        yield body
    yield from (told for told in operation.answers.values() if told is not None and not isinstance(told, Content))


def _schema_of_custom(kind: type) -> Json:
    if kind is Id:
        return {"type": "string", "format": "uuid"}
    raise NotImplementedError


def _present(schema: Json) -> Json:
    """A parameter is there or not; it is never null."""
    if "anyOf" not in schema:
        return schema
    (present,) = (one for one in schema["anyOf"] if one != {"type": "null"})
    return {**present, **{key: value for key, value in schema.items() if key not in ("anyOf", "default")}}


def _named_well(written: Any) -> Any:
    """`Page_CallItem_` is a page of CallItems: `CallItems`. A default may be a tuple, which JSON has not."""
    if isinstance(written, dict):
        return {_PAGE.sub(r"\1s", key): _named_well(value) for key, value in written.items()}
    if isinstance(written, list | tuple):
        return [_named_well(one) for one in written]
    return _PAGE.sub(r"\1s", written) if isinstance(written, str) else written
