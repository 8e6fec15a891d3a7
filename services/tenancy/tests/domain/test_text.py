import pytest

from tenancy.domain.text import LONGEST_LABEL, label


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("Lakeside Dental", "Lakeside Dental"),
        ("  Lakeside\n\tDental\x00 ", "Lakeside Dental"),
        ("Zahnärzte am See 🦷", "Zahnärzte am See 🦷"),
        (" \x00\n", ""),
    ],
)
def test_a_label_is_one_line_of_printable_text(text, readable):
    assert label(text) == readable


def test_a_label_is_cut_where_nobody_would_read_on():
    assert len(label("x" * 10_000)) == LONGEST_LABEL
