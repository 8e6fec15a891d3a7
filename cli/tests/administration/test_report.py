"""What `switchboard report` shows of a clinic's calls."""

import json

import pytest
from starlette.responses import Response

from cli.tests.administration.fake_gateway import HARBOR, LAKESIDE
from cli.tests.administration.reports import a_busy_report, a_quiet_report

SUMMARY, CALLS = "/api/analytics/summary", "/api/analytics/calls.csv"
IN = ("-o", "Lakeside Dental")


@pytest.fixture
def busy(gateway):
    gateway.will_answer("GET", SUMMARY, a_busy_report())
    return gateway


def lines(result):
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def line_of(result, beginning):
    """The first such line."""
    return next(line for line in (" ".join(line.split()) for line in lines(result)) if line.startswith(beginning))


def test_a_report_fits_into_80_columns(switchboard, busy):
    assert max(len(line) for line in lines(switchboard("report", *IN))) <= 80


def test_the_figures_are_told_in_words(switchboard, busy):
    result = switchboard("report", *IN)

    assert line_of(result, "Lakeside Dental") == "Lakeside Dental 2026-11-02 to 2026-11-15, America/New_York"
    assert line_of(result, "asked for a time") == "asked for a time 180 calls; 112 of them booked (62%)"
    assert line_of(result, "minutes") == "minutes 612.4; a call 2:10 on average,"
    assert line_of(result, "an appointment") == "an appointment $0.267"
    assert ", 2 without their report" in line_of(result, "calls ")


def test_bars_are_in_proportion(switchboard, busy):
    result = switchboard("report", *IN)

    lengths = {name: line_of(result, f"{name} █").count("█") for name in ("information", "transferred")}
    assert lengths == {"information": 36, "transferred": 36 * 21 // 118}


def test_the_busiest_hour_is_the_darkest_and_is_named(switchboard, busy):
    result = switchboard("report", *IN)

    (darkest,) = [line for line in lines(result) if line.startswith("Mon  ") and "██" in line]
    assert darkest.index("█") == len("Mon ") + 2 * 9
    assert line_of(result, "The busiest") == "The busiest: Mon 9:00, 21 calls"


def test_tools_tell_how_long_they_take_and_why_they_did_not_help(switchboard, busy):
    result = switchboard("report", *IN)

    told = line_of(result, "bookClinicAppointment")
    assert told.startswith("bookClinicAppointment 141 21 89 1 database")
    assert "17 taken" in result.stdout
    assert line_of(result, "endCall") == "endCall - - -"


def test_a_year_is_drawn_in_weeks(switchboard, gateway):
    gateway.will_answer("GET", SUMMARY, a_busy_report(days=365))
    result = switchboard("report", *IN)

    assert "Calls a week, and those that booked" in result.stdout
    assert len(lines(result)) < 110


def test_a_time_without_calls_is_told_in_a_sentence(switchboard, gateway):
    gateway.will_answer("GET", SUMMARY, a_quiet_report())

    assert lines(switchboard("report", *IN))[-1] == "No call in this time."


def test_what_others_wrote_does_nothing_to_the_terminal(switchboard, gateway):
    report = a_busy_report()
    report["ended_reasons"][0]["reason"] = "[bold]\x1b[2Jgone"
    gateway.will_answer("GET", SUMMARY, report)
    result = switchboard("report", *IN)

    assert "\x1b[2J" not in result.stdout
    assert "[bold]" in result.stdout


def test_a_period_is_passed_on_as_it_is_typed(switchboard, busy):
    switchboard("report", "--from", "2026-11-02", "--to", "2026-11-16", *IN)

    assert busy.asked[-1].query == {"from": "2026-11-02", "to": "2026-11-16"}
    assert busy.asked[-1].organization == LAKESIDE["id"]


def test_for_machines_it_is_what_the_gateway_told(switchboard, busy):
    assert json.loads(switchboard("report", "--json", *IN).stdout) == a_busy_report()


def test_the_only_organization_need_not_be_named(switchboard, busy):
    busy.will_list("/api/organizations", HARBOR)
    assert "Harbor Physiotherapy" in switchboard("report").stdout

    busy.will_list("/api/organizations", HARBOR, LAKESIDE)
    result = switchboard("report")
    assert result.exit_code == 1
    assert "Name one with -o" in result.stderr


def test_calls_are_written_to_a_file_a_row_each(switchboard, busy, tmp_path):
    busy.answers["GET", CALLS] = Response("id,cost\r\n1,0.5\r\n", media_type="text/csv")
    result = switchboard("report", "--csv", "calls.csv", "--from", "2026-11-02", *IN)

    assert (tmp_path / "calls.csv").read_bytes() == b"id,cost\r\n1,0.5\r\n"
    assert busy.asked[-1].query == {"from": "2026-11-02"}
    assert "The calls are in calls.csv." in result.stderr


def test_a_file_that_cannot_be_had_whole_is_not_there_at_all(switchboard, busy, tmp_path):
    busy.will_refuse("GET", CALLS, 503, detail="Try later.", fix="")
    result = switchboard("report", "--csv", "calls.csv", *IN)

    assert (result.exit_code, "Try later." in result.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_told_in_a_sentence(switchboard, busy):
    busy.answers["GET", CALLS] = Response("id\r\n", media_type="text/csv")
    result = switchboard("report", "--csv", "nowhere/calls.csv", *IN)

    assert (result.exit_code, "nowhere/calls.csv cannot be written" in result.stderr) == (1, True)
