from collections.abc import Callable

import pytest

from booking.domain.errors import MalformedService, MissingName
from booking.domain.schedule.services import Service, check_service, wanted_service

MakeService = Callable[..., Service]


@pytest.mark.parametrize("spoken", ["Check-up", "check up", "CHECKUP", "check_up!"])
def test_a_service_is_found_as_it_sounds(make_service: MakeService, spoken: str) -> None:
    check_up = make_service(name="Check-up")
    assert wanted_service([make_service(default_service=True), check_up], spoken) is check_up


@pytest.mark.parametrize(
    "spoken", ["cleaning", "Teeth-cleaning", "a cleaning", "an appointment for my cleaning, please"]
)
def test_a_service_is_found_by_what_callers_call_it(make_service: MakeService, spoken: str) -> None:
    prophylaxis = make_service(name="Prophylaxis", synonyms=("Cleaning", "teeth cleaning"))
    assert wanted_service([make_service(default_service=True), prophylaxis], spoken) is prophylaxis


def test_a_name_goes_before_a_synonym_and_a_synonym_of_two_is_asked_about(make_service: MakeService) -> None:
    cleaning, deep = make_service(name="Cleaning"), make_service(name="Deep cleaning", synonyms=("cleaning", "big one"))
    whitening = make_service(name="Whitening", synonyms=("big one",))
    assert wanted_service([deep, cleaning, whitening], "cleaning") is cleaning
    assert wanted_service([deep, cleaning, whitening], "the big one") is None


@pytest.mark.parametrize("synonyms", [("",), ("Cleaning", "!"), tuple(f"cleaning {count}" for count in range(51))])
def test_synonyms_can_be_said_and_are_not_too_many(make_service: MakeService, synonyms: tuple[str, ...]) -> None:
    with pytest.raises(MalformedService) as refused:
        check_service(make_service(synonyms=synonyms))
    assert refused.value.metadata == {"field": "synonyms"}


@pytest.mark.parametrize("nothing", ["", "  ", "-", "an appointment", "appointment please"])
def test_without_a_wish_it_is_the_default_one(make_service: MakeService, nothing: str) -> None:
    default = make_service(name="Consultation", default_service=True)
    assert wanted_service([make_service(name="Check-up"), default], nothing) is default


def test_without_a_wish_and_a_default_it_is_the_only_one(make_service: MakeService) -> None:
    only = make_service()
    assert wanted_service([only], "") is only
    assert wanted_service([only, make_service(name="Check-up")], "") is None


def test_a_wish_for_something_else_is_not_the_default_one(make_service: MakeService) -> None:
    assert wanted_service([make_service(default_service=True)], "Skydiving") is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("duration_minutes", 4),
        ("duration_minutes", 721),
        ("step_minutes", 0),
        ("step_minutes", 721),
        ("buffer_before_minutes", -1),
        ("buffer_after_minutes", 241),
        ("lead_time_minutes", -1),
        ("horizon_days", 0),
        ("horizon_days", 731),
    ],
)
def test_an_impossible_figure_is_named(make_service: MakeService, field: str, value: int) -> None:
    with pytest.raises(MalformedService) as refused:
        check_service(make_service(**{field: value}))
    assert refused.value.metadata == {"field": field}


def test_the_longest_service_with_the_longest_buffers_is_possible(make_service: MakeService) -> None:
    longest = make_service(
        duration_minutes=720, step_minutes=720, buffer_before_minutes=240, buffer_after_minutes=240, horizon_days=730
    )
    assert check_service(longest) is longest


def test_a_service_needs_a_name(make_service: MakeService) -> None:
    with pytest.raises(MissingName):
        check_service(make_service(name=""))
