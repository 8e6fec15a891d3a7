"""Whoever was compiled with released protos still understands us, and we them."""

from pathlib import Path

import pytest

from protos.release import ADVICE, Promises, broken, described, promises, released

CLINIC = """
syntax = "proto3";
package clinic.v1;
import "google/protobuf/descriptor.proto";

extend google.protobuf.MethodOptions { repeated string callers = 50000; }
service Rooms { rpc Ask(Request) returns (Response); }
message Request {
  string number = 1;
  Kind kind = 2;
  oneof which { string name = 3; }
  map<string, string> notes = 4;
  message Inner { int32 depth = 1; }
}
message Response {}
enum Kind { KIND_UNSPECIFIED = 0; ROOM = 1; }
"""

BREAKING = {
    "a field is removed": ("string number = 1;", "", "message clinic.v1.Request: 1 = `string number` is gone"),
    "a field is removed and reserved": (
        "string number = 1;",
        'reserved 1; reserved "number";',
        "message clinic.v1.Request: 1 = `string number` is gone",
    ),
    "a field is renamed": (
        "string number",
        "string digits",
        "message clinic.v1.Request: 1 was `string number` and is `string digits`",
    ),
    "a field is renumbered": (
        "string number = 1",
        "string number = 9",
        "message clinic.v1.Request: 1 = `string number` is gone",
    ),
    "a field is retyped": (
        "string number",
        "bytes number",
        "message clinic.v1.Request: 1 was `string number` and is `bytes number`",
    ),
    "a field has another message": (
        "Kind kind",
        "Response kind",
        "message clinic.v1.Request: 2 was `clinic.v1.Kind kind` and is `clinic.v1.Response kind`",
    ),
    "a field becomes repeated": (
        "string number",
        "repeated string number",
        "message clinic.v1.Request: 1 was `string number` and is `repeated string number`",
    ),
    "a field becomes optional": (
        "string number",
        "optional string number",
        "message clinic.v1.Request: 1 was `string number` and is `optional string number`",
    ),
    "a field leaves its oneof": (
        "oneof which { string name = 3; }",
        "string name = 3;",
        "message clinic.v1.Request: 3 was `string name in oneof which` and is `string name`",
    ),
    "a map's values are retyped": (
        "map<string, string>",
        "map<string, int32>",
        "message clinic.v1.Request.NotesEntry: 2 was `string value` and is `int32 value`",
    ),
    "a message is removed": (
        "message Inner { int32 depth = 1; }",
        "",
        "message clinic.v1.Request.Inner is gone",
    ),
    "an enum is renamed": ("Kind", "Sort", "enum clinic.v1.Kind is gone"),
    "an enum's value is removed": ("ROOM = 1;", "", "enum clinic.v1.Kind: 1 = `ROOM` is gone"),
    "an enum's value is renamed": ("ROOM", "HALL", "enum clinic.v1.Kind: 1 was `ROOM` and is `HALL`"),
    "an enum's value is renumbered": ("ROOM = 1", "ROOM = 2", "enum clinic.v1.Kind: 1 = `ROOM` is gone"),
    "a service is removed": (
        "service Rooms { rpc Ask(Request) returns (Response); }",
        "",
        "service clinic.v1.Rooms is gone",
    ),
    "a method is removed": (
        "rpc Ask(Request) returns (Response);",
        "",
        "service clinic.v1.Rooms: Ask = `(clinic.v1.Request) returns (clinic.v1.Response)` is gone",
    ),
    "a method is given another request": (
        "Ask(Request)",
        "Ask(Response)",
        (
            "service clinic.v1.Rooms: Ask was `(clinic.v1.Request) returns (clinic.v1.Response)`"
            " and is `(clinic.v1.Response) returns (clinic.v1.Response)`"
        ),
    ),
    "a method begins to stream": (
        "returns (Response)",
        "returns (stream Response)",
        (
            "service clinic.v1.Rooms: Ask was `(clinic.v1.Request) returns (clinic.v1.Response)`"
            " and is `(clinic.v1.Request) returns (stream clinic.v1.Response)`"
        ),
    ),
    "an option is renumbered": (
        "callers = 50000",
        "callers = 50001",
        "option clinic.v1.callers: 50000 = `repeated string callers of google.protobuf.MethodOptions` is gone",
    ),
    "the package is renamed": ("clinic.v1", "clinic.v2", "message clinic.v1.Request is gone"),
}

FREE = {
    "a field is added": ("string number = 1;", "string number = 1; string more = 5;"),
    "an enum's value is added": ("ROOM = 1;", "ROOM = 1; HALL = 2;"),
    "a message is added": ("message Response {}", "message Response {} message More {}"),
    "a method is added": ("returns (Response);", "returns (Response); rpc Tell(Request) returns (Response);"),
    "a field is deprecated": ("string number = 1;", "string number = 1 [deprecated = true];"),
    "a comment is changed": ("message Response {}", "// What is said.\nmessage Response {}"),
}


def promised(folder: Path, text: str) -> Promises:
    (folder / "clinic.proto").write_text(text)
    return promises(described(folder))


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


def test_no_released_proto_is_broken() -> None:
    complaints = broken(released(), promises(described()))

    assert not complaints, "\n".join([*complaints, "", ADVICE])


def test_what_is_released_is_what_callers_rely_on() -> None:
    assert released()["message switchboard.tenancy.v1.ResolveTenantRequest"]["1"] == "string called_number"
    assert {name.split()[0] for name in released()} == {"message", "enum", "service", "option"}


@pytest.mark.parametrize(("old", "new", "complaint"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_a_promise_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    before = promised(tmp_path, CLINIC)

    assert complaint in broken(before, promised(tmp_path, changed(CLINIC, old, new)))


@pytest.mark.parametrize(("old", "new"), FREE.values(), ids=FREE)
def test_what_breaks_no_promise_is_free(tmp_path: Path, old: str, new: str) -> None:
    before = promised(tmp_path, CLINIC)

    assert broken(before, promised(tmp_path, changed(CLINIC, old, new))) == []
