import pytest

from switchboard_cli.vapi_simulator.faults import Fault


async def test_a_refusing_fault_carries_nothing_out_and_ends_after_its_times(vapi, simulator):
    await vapi.post("/_simulator/faults", json={"method": "POST", "route": "/assistant", "status": 429, "times": 2})

    statuses = [(await vapi.post("/assistant", json={"name": "A"})).status_code for _ in range(3)]

    assert statuses == [429, 429, 201]
    assert len((await vapi.get("/assistant")).json()) == 1
    assert simulator.journal.count("POST", "/assistant") == 3


async def test_a_committed_fault_loses_only_the_answer(vapi, simulator):
    """What a client sees as a timeout, while Vapi has created the assistant: the way twins are made."""
    simulator.journal.faults.append(Fault("POST", "/assistant", status=504, committed=True))

    assert (await vapi.post("/assistant", json={"name": "A"})).status_code == 504
    assert [item["name"] for item in (await vapi.get("/assistant")).json()] == ["A"]


async def test_a_fault_meets_only_its_own_method_and_route(vapi, simulator):
    item = (await vapi.post("/assistant", json={"name": "A"})).json()
    simulator.journal.faults.append(Fault("PATCH", "/assistant/{id}", status=500))

    assert (await vapi.get(f"/assistant/{item['id']}")).status_code == 200
    assert (await vapi.patch(f"/assistant/{item['id']}", json={"name": "B"})).status_code == 500


@pytest.mark.parametrize("fault", [{"method": "POST"}, {"method": "POST", "route": "/tool", "zzz": 1}, []])
async def test_a_fault_that_could_never_happen_is_refused(vapi, fault):
    assert (await vapi.post("/_simulator/faults", json=fault)).status_code == 400


async def test_requests_are_counted_by_method_and_route_until_forgotten(vapi):
    await vapi.post("/assistant", json={"zzz": 1})
    await vapi.get("/assistant/1")
    await vapi.get("/assistant/2")

    assert (await vapi.get("/_simulator/requests")).json() == {"POST /assistant": 1, "GET /assistant/{id}": 2}
    await vapi.delete("/_simulator/requests")
    assert (await vapi.get("/_simulator/requests")).json() == {}


async def test_administration_needs_the_key_but_health_does_not(vapi):
    assert (await vapi.get("/_simulator/health", headers={"Authorization": ""})).status_code == 200
    assert (await vapi.get("/_simulator/requests", headers={"Authorization": ""})).status_code == 401
