"""The generated code is what the .proto files say."""

import filecmp
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto

from protos import release

REPOSITORY = Path(__file__).parents[2]
PROTOS = REPOSITORY / "protos"


def files(folder: Path) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if "__pycache__" not in path}


def test_generated_code_is_fresh(tmp_path: Path) -> None:
    """Generating anew gives the committed files, byte for byte; if not: make gen."""
    subprocess.run([sys.executable, PROTOS / "generate.py", str(tmp_path)], check=True, capture_output=True)

    committed = PROTOS / "gen"
    assert files(tmp_path) == files(committed)
    _, different, unreadable = filecmp.cmpfiles(tmp_path, committed, files(committed), shallow=False)
    assert (different, unreadable) == ([], [])


@pytest.fixture(scope="module")
def described() -> list[FileDescriptorProto]:
    """Our .proto files with their comments, which generated code does not keep."""
    return release.described()


def comments(file: FileDescriptorProto) -> dict[tuple[int, ...], str]:
    return {tuple(location.path): location.leading_comments for location in file.source_code_info.location}


def rpcs(described: list[FileDescriptorProto]) -> Iterator[tuple[str, str]]:
    """Each RPC's full name with its own and its service's comments."""
    for file in described:
        said = comments(file)
        for number, service in enumerate(file.service):
            for position, method in enumerate(service.method):
                own = said.get((6, number, 2, position), "")
                yield f"{file.package}.{service.name}.{method.name}", own + said.get((6, number), "")


def test_every_rpc_documents_its_errors(described: list[FileDescriptorProto]) -> None:
    assert [name for name, comment in rpcs(described) if "Errors" not in comment] == []


def test_every_rpc_has_a_request_and_a_response_of_its_own(described: list[FileDescriptorProto]) -> None:
    """But for the tools, which all answer a ToolReply."""
    strays = [
        f"{service.name}.{method.name}"
        for file in described
        for service in file.service
        for method in service.method
        if not method.input_type.endswith(f".{method.name}Request")
        or not method.output_type.endswith((f".{method.name}Response", ".ToolReply"))
    ]

    assert strays == []


def test_folder_package_and_version_are_one(described: list[FileDescriptorProto]) -> None:
    assert [file.name for file in described if file.package != str(Path(file.name).parent).replace("/", ".")] == []
