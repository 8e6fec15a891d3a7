"""A knowledge-base request is always answered with documents: Vapi knows no other form."""

import hashlib

import pytest

from chassis.errors import Kind, RemoteError
from gateway.answer.requests.knowledge import Document, NoKnowledge
from switchboard.tenancy.v1.webhook_credential_service_pb2 import SecretPlan, WebhookPlan, WebhookVerifier

CLINIC = "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"
LINE, OTHER_LINE, SUSPENDED_LINE, UNKNOWN_LINE = "+12065550142", "+12065550143", "+12065550144", "+12065550199"
OWN = "the clinic's own secret"
AWAY = RemoteError(Kind.UNAVAILABLE, "DATABASE_UNAVAILABLE")


def asking(line=LINE):
    question = {"role": "user", "content": "Do you take my insurance?"}
    return {
        "message": {
            "type": "knowledge-base-request",
            "phoneNumber": {"number": line},
            "messagesOpenAIFormatted": [question],
        }
    }


@pytest.mark.parametrize("line", [LINE, SUSPENDED_LINE, UNKNOWN_LINE])
async def test_an_organization_without_knowledge_answers_with_no_documents(room, line):
    response = await room.post(asking(line))
    assert (response.status_code, response.content) == (200, b'{"documents":[]}')


async def test_while_nobody_can_tell_whose_it_is_there_are_no_documents(room):
    room.tenancy.fails = AWAY
    response = await room.post(asking())
    assert (response.status_code, response.json()) == (200, {"documents": []})


async def test_where_the_sender_cannot_be_checked_there_are_no_documents(room):
    room.tenancy.fails = AWAY
    response = await room.post(asking(), x_vapi_secret=OWN)
    assert (response.status_code, response.json()) == (200, {"documents": []})


async def test_who_is_not_verified_is_refused_all_the_same(room):
    digest = hashlib.sha256(OWN.encode()).digest()
    own = WebhookVerifier(credential_id="c-1", plan=WebhookPlan(secret=SecretPlan()), secret_digest=digest)
    room.tenancy.verifiers = {CLINIC: [own]}
    assert (await room.post(asking(), x_vapi_secret="wrong")).status_code == 401


@pytest.fixture
def knows(monkeypatch):
    """Have organizations know something."""

    def know(about):
        monkeypatch.setattr(NoKnowledge, "about", about)

    return know


async def test_what_is_known_is_told_as_vapi_takes_it(room, knows):
    async def about(_self, arrival):
        assert b"insurance" in arrival.body
        return [Document("We take every insurance.", 0.91, "d-1"), Document("Ask at the desk.", 0.5)]

    knows(about)
    assert (await room.post(asking())).json() == {
        "documents": [
            {"content": "We take every insurance.", "similarity": 0.91, "uuid": "d-1"},
            {"content": "Ask at the desk.", "similarity": 0.5},
        ]
    }


async def test_knowledge_that_cannot_be_looked_up_is_no_silence(room, knows):
    async def about(_self, _arrival):
        raise ZeroDivisionError

    knows(about)
    assert (await room.post(asking())).json() == {"documents": []}


async def test_nobodys_question_is_looked_up_for_nobody(room, knows):
    async def about(_self, _arrival):
        return [Document("We take every insurance.", 0.91)]

    knows(about)
    for line in (SUSPENDED_LINE, UNKNOWN_LINE):
        assert (await room.post(asking(line))).json() == {"documents": []}
