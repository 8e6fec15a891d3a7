"""The comparison is honest: every contestant but the bare one does the same work, and really does it."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.bench import bodies
from tests.bench.arena import Arena, arena
from tests.bench.bodies import WEBHOOK, Fills, fill
from tests.bench.clinics import CALENDARS, Clinics, Scale, busy_days, free_slots, make_clinics
from tests.bench.rounds import CASES, CONTESTANTS, Contest

WORKING = [name for name in CONTESTANTS if name != "bare"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Arena]:
    with arena(tmp_path_factory.mktemp("bench") / "home") as (running, _):
        yield running


@pytest.fixture(scope="module")
async def clinics(running: Arena) -> Clinics:
    return await make_clinics(running.stack, running.home, Scale(empty=len(WORKING), busy=1, appointments=60))


def post(running: Arena, contestant: str, template: bytes, fills: Fills, secret: str = "") -> httpx.Response:
    headers = {"X-Vapi-Secret": secret or running.stack.webhook_secret, "Content-Type": "application/json"}
    url = f"http://127.0.0.1:{running.ports[contestant]}{WEBHOOK}"
    return httpx.post(url, content=fill(template, fills), headers=headers, trust_env=False, timeout=30)


def the_result(response: httpx.Response) -> dict[str, Any]:
    result: dict[str, Any]
    [result] = response.json()["results"]
    return result


def test_all_answer_the_same_about_the_same_day(running: Arena, clinics: Clinics) -> None:
    for day in list(busy_days(clinics.busy))[:3]:
        answers = [the_result(post(running, name, bodies.check_availability(), day)) for name in WORKING]
        assert answers[0]["metadata"]["slots"]
        assert all(answer == answers[0] for answer in answers)


async def test_all_say_the_same_of_the_same_time_and_really_book_it(running: Arena, clinics: Clinics) -> None:
    wishes = list(free_slots(clinics.empty))[-len(WORKING) :]  # the same time, in a clinic each
    booked = [
        the_result(post(running, name, bodies.book_clinic_appointment(), wish))
        for name, wish in zip(WORKING, wishes, strict=True)
    ]
    assert len({answer["result"] for answer in booked}) == 1
    assert len({answer["metadata"]["startsAt"] for answer in booked}) == 1
    assert await running.count_appointments([answer["metadata"]["appointmentId"] for answer in booked]) == len(WORKING)


def test_none_books_a_time_that_has_gone_in_every_calendar(running: Arena, clinics: Clinics) -> None:
    wish = list(free_slots(clinics.empty))[-len(WORKING) - 1]
    askers = ["split"] * CALENDARS + WORKING
    wishes = [
        {**wish, b"call_id": b"call-%d" % number, b"name": b"Patient %c" % (ord("A") + number)}
        for number in range(len(askers))
    ]
    outcomes = [
        the_result(post(running, name, bodies.book_clinic_appointment(), one))
        for name, one in zip(askers, wishes, strict=True)
    ]
    expected = ["booked"] * CALENDARS + ["taken"] * len(WORKING)
    assert [outcome["metadata"]["outcome"] for outcome in outcomes] == expected


def test_asked_again_each_gives_its_first_answer(running: Arena, clinics: Clinics) -> None:
    wishes = list(free_slots(clinics.empty))[-3 * len(WORKING) : -2 * len(WORKING)]
    for name, wish in zip(WORKING, wishes, strict=True):
        first, second = (the_result(post(running, name, bodies.book_clinic_appointment(), wish)) for _ in range(2))
        assert first["metadata"]["outcome"] == "booked"
        assert second == first


def test_all_refuse_who_does_not_know_the_secret(running: Arena, clinics: Clinics) -> None:
    day = next(busy_days(clinics.busy))
    refused = [post(running, name, bodies.check_availability(), day, secret="forged").status_code for name in WORKING]
    assert refused == [401] * len(WORKING)


def test_a_round_has_a_figure_for_everybody_and_every_booking_in_it_exists(running: Arena, clinics: Clinics) -> None:
    done = []
    with ThreadPoolExecutor(1) as generator:
        contest = Contest(running, clinics, generator)
        figures = contest.run(1, 0.02, lambda case, contestant: done.append((case, contestant)))
    assert {(case, contestant) for case in CASES for contestant in CONTESTANTS} == set(done)
    for case in CASES:
        assert figures.ratios(case, "split", "floor")[0] > 0
    for contestant in WORKING:
        ids = contest.booked[contestant]
        assert 0 < len(ids) == len(set(ids)) == asyncio.run(running.count_appointments(ids))
