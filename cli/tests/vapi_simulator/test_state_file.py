import os
import stat


async def test_assistants_tools_and_numbers_survive_a_restart(start):
    _, before = start()
    created = {
        path: (await before.post(path, json=fields)).json()
        for path, fields in {
            "/assistant": {"name": "A"},
            "/tool": {"type": "endCall"},
            "/phone-number": {"provider": "vapi", "numberDesiredAreaCode": "415"},
        }.items()
    }

    _, after = start()

    for path, item in created.items():
        assert (await after.get(path)).json() == [item]
    later = (await after.post("/assistant", json={"name": "B"})).json()
    assert later["orgId"] == created["/assistant"]["orgId"]
    assert later["createdAt"] > created["/phone-number"]["createdAt"]


async def test_changes_and_deletions_survive_too(start):
    _, before = start()
    kept, gone = [(await before.post("/assistant", json={"name": name})).json() for name in "AB"]
    await before.patch(f"/assistant/{kept['id']}", json={"name": "C"})
    await before.delete(f"/assistant/{gone['id']}")

    _, after = start()

    assert [item["name"] for item in (await after.get("/assistant")).json()] == ["C"]


async def test_the_state_file_is_readable_by_its_owner_alone_and_no_draft_is_left(start, tmp_path):
    """It holds the webhook secret, as header of the assistants' servers; an open umask must not open it."""
    old_umask = os.umask(0)
    try:
        _, vapi = start()
        await vapi.post("/assistant", json={"server": {"headers": {"X-Vapi-Secret": "planted-secret"}}})
    finally:
        os.umask(old_umask)

    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
