import grpc
import pytest

from chassis.errors import DomainError, Kind, RemoteError
from chassis.rpc.status import CODES, KINDS


def test_every_kind_has_a_code_of_its_own() -> None:
    assert set(CODES) == set(Kind)
    assert {KINDS[code] for code in CODES.values()} == set(Kind)
    assert grpc.StatusCode.OK not in KINDS


def test_a_state_takes_kind_and_reason_from_its_class_and_shows_its_reason_alone() -> None:
    class SlotTaken(DomainError, kind=Kind.CONFLICT, reason="SLOT_TAKEN"):
        pass

    class AnotherSlotTaken(SlotTaken):
        pass

    state = AnotherSlotTaken(calendar="a")

    assert (state.kind, state.reason, state.metadata) == (Kind.CONFLICT, "SLOT_TAKEN", {"calendar": "a"})
    assert str(state) == "SLOT_TAKEN"


@pytest.mark.parametrize("key", ["kind", "reason", "self"])
def test_metadata_may_use_any_name(key: str) -> None:
    assert RemoteError(Kind.INVALID, "MALFORMED", **{key: "x"}).metadata == {key: "x"}
