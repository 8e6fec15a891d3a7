"""What reaches standard error, read from a process that really logs."""

import json
import subprocess
import sys
from typing import Any

import pytest

SECRET = "Ana Exempla +14155550123"

PROGRAM = f"""
import logging
from uuid import UUID
from chassis.logs import bound_contextvars, configure_logs, get_logger
from chassis.tenant import TenantId, tenant_scope

configure_logs("booking", "info")
log = get_logger()
log.debug("too quiet to be heard")
log.info("a key that is not listed", patient="{SECRET}", count=3)
with tenant_scope(TenantId(UUID(int=1))), bound_contextvars(call_id="call-1"):
    log.info("ids")
log.info("no ids")
try:
    raise ValueError("{SECRET}") from KeyError("{SECRET}")
except ValueError as error:
    log.exception("ours")
    log.warning("handed over", exc_info=error)
    logging.getLogger("asyncio").exception("of a library: %s", "{SECRET}")
for name in ("uvicorn.error", "grpc._cython.cygrpc", "sqlalchemy.pool"):
    logging.getLogger(name).warning("template of %s", "{SECRET}")
logging.getLogger("library").error("already put together: {SECRET}")
logging.getLogger("library").error("too few arguments: %s %s", "{SECRET}")
logging.getLogger("library").error("with more", extra={{"patient": "{SECRET}"}}, stack_info=True)
logging.getLogger("library").info("libraries are heard from warnings up")
log.info("half a character", reason="\\ud83d")
"""

Line = dict[str, Any]


@pytest.fixture(scope="module")
def output() -> str:
    return subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True).stderr


@pytest.fixture(scope="module")
def lines(output: str) -> list[Line]:
    return [json.loads(line) for line in output.splitlines()]


def the(lines: list[Line], event: str) -> Line:
    (line,) = (line for line in lines if line["event"] == event)
    return line


def test_nothing_that_a_person_said_or_is_known_by_is_written(output: str) -> None:
    assert output
    assert "Exempla" not in output
    assert "4155550123" not in output


def test_a_key_that_is_not_listed_is_dropped_and_named(lines: list[Line]) -> None:
    line = the(lines, "a key that is not listed")
    assert line["dropped"] == ["patient"]
    assert line["count"] == 3


def test_every_line_names_its_service_level_and_time(lines: list[Line]) -> None:
    assert {line["service"] for line in lines} == {"booking"}
    assert all(line["level"] and line["timestamp"].endswith("Z") for line in lines)


def test_ids_are_on_the_lines_inside_their_scope_alone(lines: list[Line]) -> None:
    inside, outside = the(lines, "ids"), the(lines, "no ids")
    assert (inside["organization_id"], inside["call_id"]) == ("00000000-0000-0000-0000-000000000001", "call-1")
    assert not {"organization_id", "call_id"} & set(outside)


@pytest.mark.parametrize("event", ["ours", "handed over", "of a library: %s"])
def test_an_exception_is_told_by_its_type_and_place(lines: list[Line], event: str) -> None:
    line = the(lines, event)
    assert line["exc_type"] == "ValueError"
    assert line["stack"] == ["__main__:<module>:15"]


@pytest.mark.parametrize("logger", ["uvicorn.error", "grpc._cython.cygrpc", "sqlalchemy.pool"])
def test_a_librarys_line_keeps_its_template_alone(lines: list[Line], logger: str) -> None:
    (line,) = (line for line in lines if line.get("logger") == logger)
    assert line["event"] == "template of %s"


def test_a_librarys_text_that_was_put_together_before_is_not_kept(lines: list[Line]) -> None:
    assert sum(line["event"] == "a library logged text that is not kept" for line in lines) == 2


def test_lines_below_the_level_are_not_written(lines: list[Line]) -> None:
    assert not [line for line in lines if line["event"].startswith(("too quiet", "libraries"))]


def test_half_a_character_keeps_no_line_from_being_written(lines: list[Line]) -> None:
    assert the(lines, "half a character")["reason"] == "\ud83d"
