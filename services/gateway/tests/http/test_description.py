"""What is told of the API is what it does."""

import base64
import hashlib
import inspect
import json
import re
import sys

import pytest
from msgspec.json import decode
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from gateway.app import build
from gateway.backends import Backends
from gateway.http.bodies import Body
from gateway.http.parameters import Path, Query
from gateway.lifecycle import Lifecycle
from gateway.openapi.endings import endings
from gateway.openapi.examples import MESSAGES
from gateway.openapi.page import curl, operations_of
from gateway.openapi.problem_codes import CODES
from gateway.routes import listing
from gateway.routes.administration import administration

DEMO_LINE = "+12125550100"
METHODS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture
async def told(room):
    return (await room.http.get("/openapi.json")).json()


@pytest.fixture
async def resources(settings):
    backends = Backends.open(settings)
    yield administration(backends, settings)
    await backends.close()


def operations(resources):
    return [(method, one.path, what) for one in resources for method, what in one.operations.items()]


async def test_the_document_is_one_of_openapi(told):
    assert [error.message for error in OpenAPIV31SpecValidator(told).iter_errors()] == []


async def test_every_route_is_told_with_every_method(told, settings):
    backends = Backends.open(settings)
    routes = {route.path: route for route in build(settings, backends, Lifecycle()).routes if isinstance(route, Route)}
    await backends.close()
    assert {path: {method.upper() for method in methods} for path, methods in told["paths"].items()} == {
        path: route.methods - {"HEAD"} for path, route in routes.items()
    }


async def test_every_operation_says_what_it_is_for_and_who_may(told):
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            assert method in METHODS
            assert operation["summary"], path
            assert "Who may" in operation["description"], path


async def test_operations_are_named_apart(told):
    names = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))


async def test_every_name_in_a_path_is_declared(told):
    for path, methods in told["paths"].items():
        for operation in methods.values():
            declared = [one["name"] for one in operation["parameters"] if one.get("in") == "path"]
            assert declared == re.findall(r"\{(\w+)\}", path), path


async def test_every_declared_parameter_is_read(resources):
    for _, path, operation in operations(resources):
        source = inspect.getsource(sys.modules[operation.handler.__module__]) + inspect.getsource(listing)
        for kind in filter(None, (operation.one(Path), operation.one(Query))):
            unread = [name for name in kind.__struct_fields__ if not re.search(rf"\w\.{name}\b", source)]
            assert unread == [], path


async def test_every_code_of_an_operation_is_known(resources):
    for method, path, operation in operations(resources):
        for codes in endings(method, path, operation).values():
            assert set(codes) <= set(CODES), path


async def test_every_problem_of_an_operation_stands_under_the_status_that_it_comes_with(resources):
    for _, path, operation in operations(resources):
        assert all(400 <= status < 600 for status in operation.problems), path


async def test_every_example_of_a_body_can_be_read(resources):
    for _, path, operation in operations(resources):
        if (body := operation.one(Body)) is not None:
            assert decode(json.dumps(dict(body.example)).encode(), type=body), path


@pytest.mark.parametrize("name", MESSAGES)
def test_every_example_of_a_message_is_a_part_of_a_real_one(vapi_bodies, name):
    on_our_line = {**json.loads(vapi_bodies[name])["message"], "phoneNumber": {"number": DEMO_LINE}}
    assert is_part(MESSAGES[name], {"message": on_our_line})


def is_part(part, whole):
    match part:
        case dict():
            return all(key in whole and is_part(value, whole[key]) for key, value in part.items())
        case list():
            return len(part) == len(whole) and all(map(is_part, part, whole))
    return part == whole


@pytest.mark.parametrize("name", MESSAGES)
async def test_every_example_of_a_message_is_answered(room, name):
    response = await room.post(MESSAGES[name])
    assert response.status_code == 200


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
async def test_it_is_told_without_a_key_and_made_once(room, path):
    first, second = [await room.http.get(path) for _ in range(2)]
    assert first.status_code == 200
    assert first.content == second.content


async def test_the_page_shows_every_operation_and_every_object(room, told):
    page = (await room.http.get("/docs")).text
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert {one["operationId"] for methods in told["paths"].values() for one in methods.values()} <= anchors
    assert set(told["components"]["schemas"]) <= anchors


async def test_every_name_in_an_example_is_explained_or_an_id_in_its_path(told):
    for one in operations_of(told):
        explained = set(re.findall(r"`([A-Z_]+)`", told["info"]["description"]))
        ids = {name.upper() for name in re.findall(r"\{(\w+)\}", one["path"])}
        assert set(re.findall(r"\$(\w+)", curl(one))) <= explained | ids, one["path"]


async def test_an_example_names_the_organization_where_the_administrator_has_to(told):
    for one in operations_of(told):
        has_to = any(parameter["name"] == "X-Organization-Id" for parameter in one["parameters"])
        assert ('-H "X-Organization-Id: $ORGANIZATION_ID"' in curl(one)) == has_to, one["path"]


async def test_no_link_within_the_page_leads_nowhere(room):
    page = (await room.http.get("/docs")).text
    anchors = re.findall(r'id="([^"]+)"', page)
    assert len(anchors) == len(set(anchors))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(anchors)


async def test_the_page_needs_nothing_from_elsewhere_and_runs_nothing(room):
    answer = await room.http.get("/docs")
    assert not re.search(r"<script|<link|<img|<iframe|src=|url\(|@import", answer.text)
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = answer.headers["content-security-policy"]
    assert f"style-src 'sha256-{allowed}'" in policy
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
