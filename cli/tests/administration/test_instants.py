from datetime import UTC, datetime

import pytest

from switchboard_cli.administration.errors import Unreadable
from switchboard_cli.administration.instants import read_instant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        (None, None),
        ("30m", "2026-11-21T12:30:00+00:00"),
        ("2h", "2026-11-21T14:00:00+00:00"),
        ("7d", "2026-11-28T12:00:00+00:00"),
        ("2027-01-31T12:00:00Z", "2027-01-31T12:00:00+00:00"),
        ("2027-01-31T12:00:00-05:00", "2027-01-31T12:00:00-05:00"),
    ],
)
def test_an_instant_is_read(text, instant):
    assert read_instant(text, NOW) == instant


@pytest.mark.parametrize("text", ["", "soon", "7 d", "-1h", "2027-01-31", "2027-01-31T12:00:00", "99999d"])
def test_what_names_no_instant_is_refused(text):
    with pytest.raises(Unreadable):
        read_instant(text, NOW)
