"""Whether an answer is one of those that the OpenAPI document tells of."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import httpx
from jsonschema_rs import Draft202012Validator


@dataclass(frozen=True, slots=True)
class Contract:
    document: Mapping[str, Any]
    _validators: dict[tuple[str, int], Draft202012Validator] = field(default_factory=dict)

    @classmethod
    async def of(cls, gateway_url: str) -> Self:
        """As a running gateway tells it."""
        async with httpx.AsyncClient(base_url=gateway_url, timeout=20) as http:
            return cls((await http.get("/openapi.json")).raise_for_status().json())

    async def require(self, response: httpx.Response) -> None:
        """For a client's hooks: every answer it gets is looked at. Raises AssertionError."""
        await response.aread()
        request = response.request
        if (operation := self._operation(request.method, request.url.path)) is None:
            return
        where = f"{request.method} {request.url.path}: {response.status_code} {response.text[:500]}"
        told = operation["responses"].get(str(response.status_code))
        assert told is not None, f"{where}\nThe document tells of no such status."
        if (content := told.get("content")) is None:
            assert response.content == b"", f"{where}\nThe document tells of no content."
            return
        media_type = response.headers["content-type"]
        assert media_type in content, f"{where}\nis of type {media_type}"
        if media_type.endswith("json"):
            validator = self._validator(operation["operationId"], response.status_code, content[media_type]["schema"])
            faults = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(response.json())]
            assert not faults, f"{where}\n{'; '.join(faults)}"

    def _operation(self, method: str, path: str) -> Mapping[str, Any] | None:
        """None where there is none: what is answered there the document does not tell."""
        for template, operations in self.document["paths"].items():
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path):
                found: Mapping[str, Any] | None = operations.get(method.lower())
                return found
        return None

    def _validator(self, operation_id: str, status: int, schema: Mapping[str, Any]) -> Draft202012Validator:
        if (operation_id, status) not in self._validators:
            whole = {**schema, "components": self.document["components"]}
            self._validators[operation_id, status] = Draft202012Validator(whole)
        return self._validators[operation_id, status]
