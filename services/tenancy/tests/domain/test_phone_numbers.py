import pytest

from tenancy.domain.errors import MalformedPhoneNumber
from tenancy.domain.numbers.phone_numbers import normalise


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+14155550100", "+14155550100"),
        ("+1 (415) 555-0100", "+14155550100"),
        ("  +1.415.555.0100 ", "+14155550100"),
        ("+1\u00a0415\u2011555\u20110100", "+14155550100"),
        ("tel:+1-415-555-0100", "+14155550100"),
        ("TEL:+14155550100;ext=5", "+14155550100"),
        ("sip:+14155550100@sip.example.com", "+14155550100"),
        ("sips:%2B14155550100@sip.example.com;user=phone", "+14155550100"),
        ("sip:+14155550100;npdi:x@sip.example.com:5061", "+14155550100"),
        ('"The clinic" <sip:+14155550100@sip.example.com;transport=tls>;tag=1', "+14155550100"),
        ("<sip:+14155550100@sip.example.com>", "+14155550100"),
        ("+49 30 901820", "+4930901820"),
        ("+39 06 698 12345", "+390669812345"),
    ],
)
def test_a_number_with_its_country_code_has_one_spelling(text, number):
    assert normalise(text) == number


@pytest.mark.parametrize("number", ["+15005550006", "+12025550143", "+10000000000"])
def test_a_number_needs_only_be_possible_since_test_lines_belong_to_nobody(number):
    assert normalise(number) == number


@pytest.mark.parametrize(
    "text",
    ["", " ", "anonymous", "415-555-0100", "0014155550100", "+", "+1", "+1415555010099999", "+999 123 4567",
     "call +14155550100", "+14155550100 or so", "+1 800 FLOWERS", "sip:reception@sip.example.com",
     "sip:4155550100@sip.example.com", "tel:",
     "<sip:+14155550100@a> <sip:+14155550100@b>", "<+14155550100>",
     "\x00+14155550100", "+" + "1" * 10_000, "++14155550100"],
)  # fmt: skip
def test_text_without_a_possible_number_and_its_country_code_is_refused(text):
    with pytest.raises(MalformedPhoneNumber):
        normalise(text)
