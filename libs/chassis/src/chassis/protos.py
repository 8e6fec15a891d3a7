"""Every gRPC service of the installed protos, by its descriptor."""

import importlib
from collections.abc import Iterator
from pathlib import Path

from google.protobuf.descriptor import ServiceDescriptor

import switchboard


def services() -> Iterator[ServiceDescriptor]:
    # `switchboard` is a namespace without __init__.py, which pkgutil does not walk.
    for root in map(Path, switchboard.__path__):
        for path in sorted(root.rglob("*_service_pb2.py")):
            name = ".".join(("switchboard", *path.relative_to(root).with_suffix("").parts))
            yield from importlib.import_module(name).DESCRIPTOR.services_by_name.values()
