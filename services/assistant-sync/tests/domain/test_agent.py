import pytest

from assistant_sync.domain.agent import Desired, changed
from assistant_sync.domain.errors import MissingName, NameTooLong


def test_fields_that_a_save_does_not_name_stay_as_they_are():
    assert changed(Desired("Reception", prompt="Be kind"), {"first_message": "Hello"}) == Desired(
        "Reception", first_message="Hello", prompt="Be kind"
    )


def test_the_first_save_needs_a_name():
    with pytest.raises(MissingName):
        changed(None, {"prompt": "Be kind"})


def test_no_save_may_empty_the_name():
    with pytest.raises(MissingName):
        changed(Desired("Reception"), {"name": "  "})


def test_forty_characters_are_the_most_a_name_may_have():
    assert changed(None, {"name": "n" * 40}).name == "n" * 40
    with pytest.raises(NameTooLong):
        changed(None, {"name": "n" * 41})
