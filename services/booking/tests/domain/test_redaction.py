"""Whoever is told of is taken out before anything is kept."""

from typing import Any

import pytest

from booking.domain.calls.redaction import MASK, Personal, redacted

NAME = {"patientName": "Ana Exempla"}


def of(say: str = "", arguments: Any = None, data: Any = None, personal: Personal | None = None) -> dict[str, Any]:
    told = {"arguments": arguments or {}, "say": say, "error": "", "data": data or {}}
    return redacted(told, personal or Personal(identifying=["patientName", "searchKey"], worded=["reason"]))


def test_personal_arguments_are_masked_and_others_stay() -> None:
    arguments = {**NAME, "reason": "It hurts", "appointmentDate": "2026-12-01", "appointmentTime": "10:00"}
    assert of(arguments=arguments)["arguments"] == {
        "patientName": MASK,
        "reason": MASK,
        "appointmentDate": "2026-12-01",
        "appointmentTime": "10:00",
    }


@pytest.mark.parametrize("say", ["Ana Exempla, yes.", "Yes, ana exempla.", "ANA, yes.", "For Exempla."])
def test_a_name_that_was_told_is_masked_wherever_it_is_said(say: str) -> None:
    said = of(say, NAME)["say"].casefold()
    assert "ana" not in said
    assert "exempla" not in said


def test_words_that_only_begin_like_a_name_stay() -> None:
    assert of("Anatomy on Monday.", NAME)["say"] == "Anatomy on Monday."


def test_words_of_free_text_are_no_names() -> None:
    assert of("It is cancelled.", {"reason": "It is too late"})["say"] == "It is cancelled."


def test_names_among_the_facts_are_masked_and_found_in_the_sentence() -> None:
    data = {"outcome": "caller_known", "names": ["Bo Li"], "appointments": [{"patientName": "Mia Li", "x": 1}]}
    kept = of("Yes, Bo Li and Mia Li.", data=data)
    assert kept["data"] == {"outcome": "caller_known", "names": MASK, "appointments": [{"patientName": MASK, "x": 1}]}
    assert kept["say"] == f"Yes, {MASK} {MASK} and {MASK} {MASK}."


@pytest.mark.parametrize(
    "reachable", ["+14155550123", "+1 415 555 0123", "415-555-0123", "(415) 555-0123", "ana@example.com"]
)
def test_numbers_and_addresses_are_masked_wherever_they_are(reachable: str) -> None:
    kept = of(f"I call {reachable} back.", {"serviceType": f"for {reachable}"})
    assert reachable not in str(kept)


@pytest.mark.parametrize(
    "kept", ["2026-12-01T10:00:00-05:00", "2026-12-01", "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31", "10:00"]
)
def test_times_and_ids_stay(kept: str) -> None:
    assert of(arguments={"x": kept}, data={"x": kept})["data"] == {"x": kept}


def test_what_is_told_besides_stays() -> None:
    grounds = {"calendars": [["id", "Dr. Exempla"]]}
    assert redacted({"arguments": NAME, "grounds": grounds}, Personal(["patientName"]))["grounds"] == grounds


def test_arguments_of_any_type_are_masked() -> None:
    kept = of("It is 7.", {"patientName": {"first": "Ana"}, "searchKey": 7, "duration": 30})
    assert kept["arguments"] == {"patientName": MASK, "searchKey": MASK, "duration": 30}
