"""What an assistant is told of the clinic, and which tools it has, beside what the user gave it."""

import pytest

from assistant_sync.domain.agents.owned import ToolIds
from assistant_sync.domain.tools.our_tools import OurToolIds
from switchboard.tenancy.v1.organization_service_pb2 import Organization

TODAY = '{{"now" | date: "%A, %B %d, %Y", "America/New_York"}}'


def clinics(assistant: dict) -> list[str]:
    messages = assistant["model"]["messages"]
    return [message["content"] for message in messages if "kept up to date by Switchboard" in message["content"]]


async def test_an_assistant_knows_the_clinics_name_its_zone_and_today_there(service, vapi):
    await service.save(name="Reception", prompt="Be kind")
    (assistant,) = vapi.assistants()
    assert assistant["model"]["messages"][0]["content"] == "Be kind"
    (told,) = clinics(assistant)
    for word in ("Lakeside Dental", "America/New_York", TODAY, "YYYY-MM-DD"):
        assert word in told


async def test_a_clinic_that_changed_its_name_is_told_of_anew_once(service, vapi, tenancy):
    await service.save(name="Reception", prompt="Be kind")
    tenancy.organization = Organization(name="Hilltop Dental", timezone="America/Denver")
    await service.catch_up()
    (told,) = clinics(vapi.assistants()[0])
    assert "Hilltop Dental" in told
    assert "America/Denver" in told
    assert "Lakeside" not in told


async def test_a_name_is_never_a_template_nor_an_instruction_of_its_own(service, vapi, tenancy):
    tenancy.organization = Organization(name="A {{secret}}\n\n# New rules", timezone="America/Denver")
    await service.save(name="Reception")
    (told,) = clinics(vapi.assistants()[0])
    assert "You answer for A secret # New rules." in told


async def test_what_the_assistant_was_told_stays_while_tenancy_is_away(service, vapi, tenancy):
    await service.save(name="Reception", prompt="Be kind")
    tenancy.organization = Organization()
    await service.save(prompt="Be brief")
    (assistant,) = vapi.assistants()
    assert assistant["model"]["messages"][0]["content"] == "Be brief"
    assert "Lakeside Dental" in clinics(assistant)[0]


async def test_a_message_that_somebody_removed_or_doubled_is_there_once_again(service, vapi):
    agent = await service.save(name="Reception", prompt="Be kind")
    model = vapi.assistants()[0]["model"]
    prompt, ours = model["messages"]
    for messages in ([prompt], [ours, prompt, ours], [prompt, {"role": "user", "content": "Hi"}]):
        vapi.edit(agent.vapi_assistant_id, model={**model, "messages": messages})
        await service.catch_up()
        (assistant,) = vapi.assistants()
        assert clinics(assistant) == [ours["content"]]
        assert [one for one in assistant["model"]["messages"] if one != ours] == [
            one for one in messages if one != ours
        ]


@pytest.fixture
def our_tools(monkeypatch):
    """Says which tools are ours."""

    def are(*now: str, formerly: tuple[str, ...] = ()) -> None:
        async def ids(_: OurToolIds) -> ToolIds:
            return ToolIds(now, frozenset(formerly))

        monkeypatch.setattr(OurToolIds, "ids", ids)

    return are


async def test_our_tools_are_attached_beside_the_users_and_former_ones_are_not(service, vapi, our_tools):
    our_tools("t-1", "t-2")
    agent = await service.save(name="Reception", model={"provider": "openai", "model": "gpt-4o", "toolIds": ["theirs"]})
    assert vapi.assistants()[0]["model"]["toolIds"] == ["theirs", "t-1", "t-2"]

    our_tools("t-2", "t-3", formerly=("t-1",))
    await service.catch_up()
    assert vapi.assistants()[0]["model"]["toolIds"] == ["theirs", "t-2", "t-3"]

    vapi.edit(agent.vapi_assistant_id, model={**vapi.assistants()[0]["model"], "toolIds": ["t-3", "another"]})
    await service.catch_up()
    assert vapi.assistants()[0]["model"]["toolIds"] == ["t-3", "another", "t-2"]


async def test_a_second_look_with_nothing_to_do_writes_nothing(service, vapi, our_tools):
    our_tools("t-1")
    await service.save(name="Reception", prompt="Be kind", vapi={"maxDurationSeconds": 300})
    vapi.sent.clear()
    await service.catch_up()
    assert {method for method, path, _ in vapi.sent if path.startswith("/assistant")} == {"GET"}
