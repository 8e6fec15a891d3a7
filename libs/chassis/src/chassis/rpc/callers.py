"""Who may call an RPC, as its proto says."""

from functools import cache

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor

from switchboard.chassis.v1 import callers_pb2

OPERATOR = "operator"
"""The person at the terminal, who is not a service."""

CALLERS = ("gateway", "tenancy", "booking", "assistant-sync", OPERATOR)
"""All there are, by their names in credentials files."""


@cache
def callers_of(path: str) -> frozenset[str]:
    """The callers that a served method, `/package.Service/Method`, names; none if everybody with a credential may."""
    return named_callers(descriptor_pool.Default().FindMethodByName(path.removeprefix("/").replace("/", ".")))


def named_callers(method: MethodDescriptor) -> frozenset[str]:
    return frozenset(method.GetOptions().Extensions[callers_pb2.callers])
