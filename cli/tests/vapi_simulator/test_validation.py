import pytest

from switchboard_cli.vapi_simulator.validation import validate_request

SERVER = {
    "url": "https://hooks.example.com/api/vapi/webhook",
    "timeoutSeconds": 20,
    "headers": {"X-Vapi-Secret": "s3cret"},
    "backoffPlan": {"type": "exponential", "maxRetries": 3, "baseDelaySeconds": 1, "excludedStatusCodes": [400, 401]},
}
FUNCTION = {
    "name": "bookClinicAppointment",
    "description": "Books an appointment.",
    "parameters": {
        "type": "object",
        "properties": {
            "appointmentDate": {"type": "string", "format": "date", "description": "The day."},
            "duration": {"type": "integer"},
            "reminders": {"type": "array", "items": {"type": "string", "enum": ["sms", "email"]}},
        },
        "required": ["appointmentDate"],
    },
}
ASSISTANT = {
    "name": "Lakeside receptionist",
    "firstMessage": "Lakeside Dental, how can I help?",
    "model": {"provider": "openai", "model": "gpt-4.1", "toolIds": ["7001"], "emotionRecognitionEnabled": True},
    "voice": {"provider": "vapi", "voiceId": "Elliot"},
    "transcriber": {"provider": "deepgram", "model": "nova-3"},
    "serverMessages": ["tool-calls", "status-update", "end-of-call-report"],
    "metadata": {"org_id": "a"},
    "server": SERVER,
}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/assistant", ASSISTANT),
        ("POST", "/assistant", {"name": "A", "voicemailMessage": None}),
        ("PATCH", "/assistant/some-id", {"server": SERVER, "voice": None}),
        ("POST", "/tool", {"type": "function", "function": FUNCTION, "server": SERVER, "async": False}),
        ("POST", "/tool", {"type": "function", "parameters": [{"key": "org_id", "value": "a"}]}),
        ("POST", "/tool", {"type": "endCall"}),
        ("PATCH", "/tool/some-id", {"function": FUNCTION}),
        ("POST", "/phone-number", {"provider": "twilio", "number": "+14155550100", "twilioAccountSid": "AC0"}),
        ("POST", "/phone-number", {"provider": "vapi", "numberDesiredAreaCode": "415"}),
        ("PATCH", "/phone-number/some-id", {"provider": "twilio", "assistantId": None, "server": SERVER}),
        ("POST", "/call", {"assistantId": "a", "phoneNumberId": "p", "customer": {"number": "+14155550123"}}),
        ("GET", "/assistant/some-id", None),
        ("GET", "/assistant?limit=100", None),
        ("DELETE", "/tool/some-id", None),
    ],
)
def test_what_the_project_sends_is_accepted(method, path, body):
    assert validate_request(method, path, body) == []


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        ("POST", "/assistant", {"customer": {}}, "property customer should not exist"),
        ("POST", "/assistant", {"customer": None}, "property customer should not exist"),
        ("POST", "/assistant", {"serverUrl": "https://x"}, "property serverUrl should not exist"),
        ("PATCH", "/assistant/1", {"id": "1"}, "property id should not exist"),
        ("PATCH", "/assistant/1", {"orgId": "1"}, "property orgId should not exist"),
        ("PATCH", "/assistant/1", {"createdAt": "now"}, "property createdAt should not exist"),
        ("PATCH", "/assistant/1", {"updatedAt": "now"}, "property updatedAt should not exist"),
        ("PATCH", "/assistant/1", {"latestVersion": "v1"}, "property latestVersion should not exist"),
        (
            "PATCH",
            "/assistant/1",
            {"server": {"url": "https://x", "secret": "s"}},
            "server.property secret should not exist",
        ),
        ("POST", "/assistant", {"name": "x" * 41}, "name must be shorter than or equal to 40 characters"),
        ("POST", "/assistant", {"name": 7}, "name must be a string"),
        (
            "POST",
            "/assistant",
            {"server": {"timeoutSeconds": 301}},
            "server.timeoutSeconds must not be greater than 300",
        ),
        ("POST", "/assistant", {"server": {"timeoutSeconds": 0}}, "server.timeoutSeconds must not be less than 1"),
        (
            "POST",
            "/assistant",
            {"server": {"backoffPlan": {"type": "linear", "maxRetries": 1, "baseDelaySeconds": 1}}},
            "server.backoffPlan.type must be one of the following values: fixed, exponential",
        ),
        (
            "POST",
            "/assistant",
            {"server": {"backoffPlan": {"type": "fixed", "baseDelaySeconds": 1}}},
            "server.backoffPlan.maxRetries should not be null or undefined",
        ),
        (
            "PATCH",
            "/assistant/1",
            {"model": {"model": "gpt-4.1", "toolIds": []}},
            "model.provider should not be null or undefined",
        ),
        ("POST", "/assistant", {"voicemailDetection": "on"}, "voicemailDetection must be off"),
        ("POST", "/assistant", {"server": {"headers": {"X-Count": 1}}}, "server.headers.X-Count must be a string"),
        ("PATCH", "/assistant/1", [], "the body must be a JSON object"),
        ("POST", "/tool", {}, "type should not be null or undefined"),
        ("POST", "/tool", {"type": None}, "type should not be null or undefined"),
        ("POST", "/tool", {"type": "endCall", "server": SERVER}, "property server should not exist"),
        (
            "POST",
            "/tool",
            {"type": "function", "function": {"name": "two words"}},
            "function.name must match ^[a-zA-Z0-9_-]{1,64}$ regular expression",
        ),
        (
            "POST",
            "/tool",
            {"type": "function", "function": {"name": "f", "description": "x" * 1000}},
            "function.description must be shorter than or equal to 999 characters",
        ),
        (
            "POST",
            "/tool",
            {
                "type": "function",
                "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "date"}}}},
            },
            (
                "function.parameters.properties.a.type must be one of the following values: "
                "string, number, integer, boolean, array, object"
            ),
        ),
        ("PATCH", "/tool/1", {"type": "function"}, "property type should not exist"),
        ("PATCH", "/tool/1", {"type": None}, "property type should not exist"),
        ("PATCH", "/phone-number/1", {"assistantId": "a"}, "provider should not be null or undefined"),
        (
            "POST",
            "/phone-number",
            {"provider": "twilio", "twilioAccountSid": "AC0"},
            "number should not be null or undefined",
        ),
        (
            "POST",
            "/phone-number",
            {"provider": "vapi", "number": "+14155550100"},
            "property number should not exist",
        ),
        (
            "PATCH",
            "/phone-number/1",
            {"provider": "vapi", "numberDesiredAreaCode": "415"},
            "property numberDesiredAreaCode should not exist",
        ),
        (
            "PATCH",
            "/phone-number/1",
            {"provider": "twilio", "credentialId": None},
            "property credentialId should not exist",
        ),
        (
            "POST",
            "/call",
            {"assistantId": "a", "customer": {"metadata": {}}},
            "customer.property metadata should not exist",
        ),
        ("POST", "/call", {"phoneNumberId": "p"}, "one of assistantId, assistant, squadId should be given"),
        ("GET", "/assistant", {}, "GET /assistant takes no body"),
        ("PUT", "/assistant/1", {}, "Cannot PUT /assistant/1"),
        ("POST", "/knowledge-base", {}, "Cannot POST /knowledge-base"),
        ("GET", "/assistant/1/versions", None, "Cannot GET /assistant/1/versions"),
    ],
)
def test_what_vapi_would_refuse_is_refused_with_its_one_sentence(method, path, body, complaint):
    assert validate_request(method, path, body) == [complaint]


def test_every_fault_is_told_at_once():
    """One request with three faults brings three sentences, so that a client need not ask three times."""
    body = {"name": "x" * 41, "zzz": 1, "serverMessages": ["tool-calls", "call-ended"]}

    complaints = validate_request("POST", "/assistant", body)

    assert len(complaints) == 3
    assert any(c.startswith("each value in serverMessages must be one of") for c in complaints)


def test_a_refused_value_is_not_repeated():
    """Complaints end up in logs and errors, and the value may be a secret."""
    [complaint] = validate_request("PATCH", "/assistant/1", {"server": {"url": {"token": "planted-secret"}}})

    assert complaint == "server.url must be a string"
