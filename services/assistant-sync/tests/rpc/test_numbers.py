"""A clinic's phone numbers in Vapi lead to it, by themselves."""

import pytest

from assistant_sync.domain.reconciling.work import Work, WorkKind
from chassis.tenant import TenantId

LINE = "+12125550100"
WEBHOOK = "https://switchboard.example/api/vapi/webhook"


@pytest.fixture
def bought(vapi, tenancy, tenant: TenantId):
    """A number that the clinic holds and the account has; answers its id."""

    def buy(**fields: object) -> str:
        tenancy.numbers.setdefault(tenant, {})[LINE] = ""
        body = {"provider": "twilio", "number": LINE, "twilioAccountSid": "AC0", **fields}
        return str(vapi.simulator.store.create("phone-number", body)["id"])

    return buy


@pytest.fixture
def there(vapi):
    return lambda vapi_id: vapi.simulator.store.get("phone-number", vapi_id)


async def test_the_first_save_of_the_inbound_agent_points_the_clinics_numbers_at_its_assistant(
    service, tenancy, tenant, bought, there
):
    vapi_id = bought()

    agent = await service.save(name="Reception")
    await service.use_cases.reconciler.until_idle()

    assert there(vapi_id)["assistantId"] == agent.vapi_assistant_id
    assert there(vapi_id)["server"]["url"] == WEBHOOK
    assert tenancy.numbers[tenant] == {LINE: vapi_id}


async def test_an_assistant_made_anew_answers_the_clinics_numbers(service, vapi, bought, there):
    vapi_id = bought()
    gone = await service.save(name="Reception")
    await service.use_cases.reconciler.until_idle()
    vapi.simulator.store.delete("assistant", gone.vapi_assistant_id)

    agent = await service.save(recreate=True)
    await service.use_cases.reconciler.until_idle()

    assert there(vapi_id)["assistantId"] == agent.vapi_assistant_id != gone.vapi_assistant_id


async def test_a_number_that_came_later_is_pointed_by_the_next_save(service, bought, there):
    agent = await service.save(name="Reception")
    await service.use_cases.reconciler.until_idle()
    vapi_id = bought()

    await service.save(first_message="Hello")
    await service.use_cases.reconciler.until_idle()

    assert there(vapi_id)["assistantId"] == agent.vapi_assistant_id


async def test_organizations_are_found_whoever_has_an_agent(service, bought, there):
    vapi_id = bought()

    await service.use_cases.queue.want(Work(WorkKind.NUMBERS))
    await service.use_cases.reconciler.until_idle()

    assert there(vapi_id)["server"]["url"] == WEBHOOK
    assert "assistantId" not in there(vapi_id)


async def test_what_answers_a_number_for_its_assistant_is_the_same_as_for_the_number(service, vapi, bought, there):
    """Where no assistant is chosen yet, Vapi asks the number's server: as patient, and with the same secret."""
    vapi_id = bought()

    await service.save(name="Reception")
    await service.use_cases.reconciler.until_idle()

    [assistant] = vapi.assistants()
    assert there(vapi_id)["server"] == assistant["server"]


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("http://127.0.0.1:8000/api/vapi/webhook", "LOOPBACK"),
        ("http://clinic.example/hook", "NOT_HTTPS"),
        ("https://clinic.example/hook", "FOREIGN"),
    ],
)
async def test_a_number_that_posts_elsewhere_is_warned_of_until_it_is_put_right(service, vapi, bought, url, fault):
    vapi_id = bought()
    await service.save(name="Reception")
    await service.catch_up()
    vapi.simulator.store.patch("phone-number", vapi_id, {"server": {"url": url}})

    [warning] = (await service.drift()).warnings

    told = (warning.Kind.Name(warning.kind), warning.name, warning.vapi_id, warning.url)
    assert (*told, warning.Fault.Name(warning.fault)) == ("PHONE_NUMBER", LINE, vapi_id, url, fault)
    await service.catch_up()
    assert not (await service.drift()).warnings


async def test_a_number_that_somebody_gave_to_another_assistant_is_warned_of_and_left_so(service, vapi, bought, there):
    vapi_id = bought(assistantId="theirs")
    await service.save(name="Reception")
    await service.catch_up()

    [warning] = (await service.drift()).warnings

    assert (warning.name, warning.Fault.Name(warning.fault)) == (LINE, "ANSWERED_BY_OTHERS")
    assert there(vapi_id)["assistantId"] == "theirs"
