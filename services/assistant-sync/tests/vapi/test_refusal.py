import pytest

from assistant_sync.vapi.refusal import refused_properties


@pytest.mark.parametrize(
    ("message", "properties"),
    [
        (["property customer should not exist", "property zzz should not exist"], ("customer", "zzz")),
        ("voice.property enableSsmlParsing should not exist", ("voice.enableSsmlParsing",)),
        (["name must be shorter than or equal to 40 characters"], ("name",)),
        (["each value in serverMessages must be one of the following values: a, b"], ("serverMessages",)),
        (["model.provider should not be null or undefined"], ("model.provider",)),
        ("Something about the patient Jane Doe", ()),
        ({"odd": 1}, ()),
    ],
)
def test_the_names_of_the_properties_are_taken_from_a_refusal_and_nothing_else(message, properties):
    assert refused_properties({"message": message}) == properties


def test_an_answer_that_is_no_object_names_nothing():
    assert refused_properties(["?"]) == ()
