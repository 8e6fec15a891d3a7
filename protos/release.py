"""What the protos promise to those who were compiled with them before.

`python protos/release.py` writes what the .proto files say now into protos/released.json, if that breaks nothing which
stands there; a test compares the two. Comments, options and the order of things may change freely.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeAlias

import grpc_tools
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileDescriptorSet,
    MethodDescriptorProto,
)
from grpc_tools import protoc

HERE = Path(__file__).resolve().parent
RELEASED = HERE / "released.json"

ADVICE = (
    "What is released is only added to: put it back as it was. What replaces it gets a name and a number of its own, "
    "beside it, and what nobody shall use any more is marked `deprecated = true`. Only what is not released yet may "
    "go, its number and name `reserved`."
)

Promises: TypeAlias = Mapping[str, Mapping[str, str]]
"""By what makes them (`message a.b.v1.C`), and then by number or name, what is declared there."""


def described(root: Path = HERE) -> list[FileDescriptorProto]:
    """The .proto files under `root`, with the comments that generated code does not keep.

    Raises RuntimeError if protoc refuses them; it has said why.
    """
    well_known = Path(grpc_tools.__file__).parent / "_proto"
    sources = sorted(str(path) for path in root.rglob("*.proto"))
    with TemporaryDirectory() as folder:
        out = Path(folder) / "all.pb"
        options = [f"-I{root}", f"-I{well_known}", "--include_source_info", f"--descriptor_set_out={out}"]
        if protoc.main(["protoc", *options, *sources]) != 0:
            raise RuntimeError("protoc refused the sources above")
        return list(FileDescriptorSet.FromString(out.read_bytes()).file)


def promises(files: list[FileDescriptorProto]) -> Promises:
    """All that a client or a server of another version relies on."""
    return dict(sorted((name, members) for file in files for name, members in _of_file(file)))


def broken(released: Promises, present: Promises) -> list[str]:
    """A sentence for each promise that is not kept."""
    return [complaint for name, members in released.items() for complaint in _complaints(name, members, present)]


def _complaints(name: str, members: Mapping[str, str], present: Promises) -> Iterator[str]:
    if name not in present:
        yield f"{name} is gone"
        return
    for key, declared in members.items():
        now = present[name].get(key)
        if now is None:
            yield f"{name}: {key} = `{declared}` is gone"
        elif now != declared:
            yield f"{name}: {key} was `{declared}` and is `{now}`"


def _of_file(file: FileDescriptorProto) -> Iterator[tuple[str, Mapping[str, str]]]:
    for enum in file.enum_type:
        yield _of_enum(enum, file.package)
    for message in file.message_type:
        yield from _of_message(message, file.package)
    for service in file.service:
        methods = {method.name: _method(method) for method in service.method}
        yield f"service {file.package}.{service.name}", methods
    for option in file.extension:
        yield f"option {file.package}.{option.name}", {str(option.number): f"{_field(option)} of {option.extendee[1:]}"}


def _of_enum(enum: EnumDescriptorProto, scope: str) -> tuple[str, Mapping[str, str]]:
    return f"enum {scope}.{enum.name}", {str(value.number): value.name for value in enum.value}


def _of_message(message: DescriptorProto, scope: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    name = f"{scope}.{message.name}"
    fields = sorted(message.field, key=lambda field: field.number)
    yield f"message {name}", {str(field.number): _field(field, message) for field in fields}
    for enum in message.enum_type:
        yield _of_enum(enum, name)
    for nested in message.nested_type:
        yield from _of_message(nested, name)


def _field(field: FieldDescriptorProto, message: DescriptorProto | None = None) -> str:
    kind = field.type_name.removeprefix(".") or FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    words = [kind, field.name]
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        words.insert(0, "repeated")
    if field.proto3_optional:
        words.insert(0, "optional")
    elif field.HasField("oneof_index") and message is not None:
        words.append(f"in oneof {message.oneof_decl[field.oneof_index].name}")
    return " ".join(words)


def _method(method: MethodDescriptorProto) -> str:
    takes = "stream " * method.client_streaming + method.input_type[1:]
    answers = "stream " * method.server_streaming + method.output_type[1:]
    return f"({takes}) returns ({answers})"


def released() -> Promises:
    """What stands in protos/released.json."""
    read: Promises = json.loads(RELEASED.read_text())
    return read


def release() -> None:
    """Write down what is promised from now on. SystemExit, and nothing written, if that breaks an older promise."""
    present = promises(described())
    if RELEASED.exists() and (complaints := broken(released(), present)):
        sys.exit("\n".join([*complaints, "", ADVICE]))
    RELEASED.write_text(json.dumps(present, indent=2) + "\n")


if __name__ == "__main__":
    release()
