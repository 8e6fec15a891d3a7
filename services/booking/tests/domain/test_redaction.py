"""Whoever is told of is taken out before anything is kept."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from booking.domain.calls.redaction import MASK, Personal, redacted
from booking.domain.schedule.calendars import Calendar
from booking.domain.schedule.grounds import Grounds
from booking.domain.schedule.services import Service
from chassis.tools import load_catalogue

TODAY = date(2026, 11, 21)
NAME = {"patientName": "Ana Exempla"}
GROUNDS = Grounds(
    now=datetime(2026, 11, 21, tzinfo=UTC),
    service=Service(id=UUID(int=1), name="Blood test", duration_minutes=30, step_minutes=15),
    calendars=[Calendar(UUID(int=2), "Dr. Lake", "America/New_York", ())],
    first=TODAY,
    last=TODAY,
    busy={},
).facts()


def of(say: str = "", arguments: Any = None, data: Any = None, personal: Personal | None = None) -> dict[str, Any]:
    told = {"arguments": arguments or {}, "say": say, "error": "", "data": data or {}}
    return redacted(told, personal or Personal(identifying=["patientName", "searchKey"], worded=["reason"]), TODAY)


def argument(value: Any, name: str = "serviceType", **told: Any) -> Any:
    """What is kept of an argument that nothing is declared of."""
    return redacted({"arguments": {name: value}, **told}, Personal(), TODAY)["arguments"][name]


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
    kept = of(f"I call {reachable} back.", data={"note": f"for {reachable}"})
    assert reachable not in str(kept)


@pytest.mark.parametrize(
    "kept", ["2026-12-01T10:00:00-05:00", "2026-12-01", "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31", "10:00"]
)
def test_times_and_ids_stay(kept: str) -> None:
    assert of(arguments={"x": kept}, data={"x": kept})["data"] == {"x": kept}


def test_what_is_told_besides_stays() -> None:
    grounds = {"calendars": [["id", "Dr. Exempla"]]}
    assert redacted({"arguments": NAME, "grounds": grounds}, Personal(["patientName"]), TODAY)["grounds"] == grounds


def test_arguments_of_any_type_are_masked() -> None:
    kept = of("It is 7.", {"patientName": {"first": "Ana"}, "searchKey": 7, "duration": 30})
    assert kept["arguments"] == {"patientName": MASK, "searchKey": MASK, "duration": 30}


@pytest.mark.parametrize("tool", load_catalogue().values(), ids=lambda tool: tool.name)
@pytest.mark.parametrize("words", ["HIV result talk for Ana Exempla", "10:00 for Ana Exempla", "billing", "Exempla"])
def test_words_are_masked_in_whichever_argument_they_stand(tool: Any, words: str) -> None:
    told = {"arguments": dict.fromkeys(tool.arguments, words), "grounds": GROUNDS}
    assert set(redacted(told, Personal(), TODAY)["arguments"].values()) == {MASK}


@pytest.mark.parametrize(
    "value", [12065550142, 4155550142.0, {"of": "Ana"}, ["Ana"], "12065550142", "2026-13-41", "25:00", "x" * 100_000]
)
def test_what_is_no_day_time_id_or_small_figure_is_masked(value: Any) -> None:
    assert argument(value) == MASK


@pytest.mark.parametrize(
    "value",
    [
        *("2026-12-01", "2026-12-01T10:00", "10:00", "10 am", "noon", "tomorrow", "December 1st"),
        *("30", 30, 30.0, True, "6b1d4c1e-3a5f-4d0e-9c55-0f7a8e2b9d31"),
    ],
)
def test_days_times_ids_and_small_figures_stay(value: Any) -> None:
    assert argument(value) == value


def test_a_choice_that_was_declared_stays() -> None:
    personal = Personal(chosen=["searchType"])
    kept = redacted({"arguments": {"searchType": "name", "other": "name"}}, personal, TODAY)
    assert kept["arguments"] == {"searchType": "name", "other": MASK}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("blood test", {"grounds": GROUNDS}),
        ("Lake", {"grounds": GROUNDS}),
        ("Billing", {"data": {"outcome": "put_through", "department": "Billing office"}}),
        ("dr. lake", {"data": {"practitioners": ["Dr. Reed", "Dr. Lake"]}}),
        ("cleaning", {"data": {"appointments": [{"serviceName": "Cleaning"}]}}),
    ],
)
def test_words_for_what_the_answer_names_stay(words: str, told: Any) -> None:
    assert argument(words, **told) == words


@pytest.mark.parametrize(
    "words", ["blood test for Ana", "my blood test", "Lake Ana", "blood Lake", "...", "Ana", "nurse Lake about my test"]
)
def test_words_that_say_more_than_the_answer_names_are_masked(words: str) -> None:
    assert argument(words, grounds=GROUNDS, data={"note": "Ana", "names": ["Ana"]}) == MASK


def test_a_patient_who_is_called_like_a_calendar_is_masked() -> None:
    told = {"arguments": {"patientName": "Mia Lake", "practitioner": "Dr. Lake"}, "grounds": GROUNDS}
    assert "Lake" not in str(redacted(told, Personal(["patientName"]), TODAY)["arguments"])
