import pytest

from booking.domain.errors import ArgumentNotUnderstood
from booking.domain.people.contacts import Patient, Source, Told, calling_number, patient

CALLER = "+14155550123"


def known(
    name: str = "Ana Exempla",
    phone: str = "",
    email: str = "",
    caller_number: str = CALLER,
    called_number: str = "",
    timezone: str = "UTC",
) -> Patient:
    return patient(Told(name, phone, email, caller_number, called_number), timezone)


@pytest.mark.parametrize(
    "spelling", ["+1 415 555 0199", "(415) 555-0199", "415.555.0199", "4155550199", "tel:+1-415-555-0199"]
)
def test_a_number_is_the_same_however_it_is_spelled(spelling: str) -> None:
    assert known(phone=spelling).phone == "+14155550199"


def test_without_a_number_of_their_own_it_is_the_one_they_call_from() -> None:
    assert known().phone == CALLER
    assert known(phone="  ").phone == CALLER


@pytest.mark.parametrize(
    ("caller", "phone", "read"),
    [
        ("+493012345678", "030 987654321", "+4930987654321"),
        ("+442079460000", "020 7946 0999", "+442079460999"),
        ("+15555550100", "415 555 0199", "+14155550199"),
        ("+493012345678", "+1 415 555 0199", "+14155550199"),
    ],
)
def test_a_number_without_country_code_is_one_of_the_callers_country(caller: str, phone: str, read: str) -> None:
    assert known(phone=phone, caller_number=caller).phone == read


@pytest.mark.parametrize("caller", ["", "anonymous"])
def test_where_the_caller_has_no_number_it_is_one_of_the_clinics_country(caller: str) -> None:
    read = known(phone="030 987654321", caller_number=caller, called_number="+493012345678")

    assert read.phone == "+4930987654321"


def test_without_any_line_it_is_a_number_of_the_country_the_clinics_clock_is_in() -> None:
    assert known(phone="415 555 0199", caller_number="", timezone="America/New_York").phone == "+14155550199"


def test_a_number_that_cannot_be_read_stops_nobody_who_can_be_reached_by_email() -> None:
    told = known(phone="030 987654321", caller_number="", email="ana@example.com")

    assert (told.phone, told.email) == (None, "ana@example.com")


def test_a_number_of_no_known_country_is_asked_for_again() -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(phone="030 987654321", caller_number="", called_number="")

    assert refused.value.metadata == {"argument": "patientPhone"}


@pytest.mark.parametrize("caller", ["", "anonymous", "client:web", "+1"])
def test_who_calls_from_no_number_has_none(caller: str) -> None:
    assert known(caller_number=caller).phone is None


@pytest.mark.parametrize("phone", ["12", "my usual one", "+1 415 555 0199 0199 0199"])
def test_a_number_that_cannot_be_one_is_asked_for_again(phone: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(phone=phone)
    assert refused.value.metadata == {"argument": "patientPhone"}


@pytest.mark.parametrize("name", ["", "??", "123", "\n", "x" * 201])
def test_a_name_that_cannot_be_one_is_asked_for_again(name: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(name=name)
    assert refused.value.metadata == {"argument": "patientName"}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "null",
            "None",
            "undefined",
            "UNKNOWN",
            "unknown unknown",
            "N/A",
            "not provided",
            "Unknown Caller",
            "Patient",
        ),
        *("[patient name]", "<name>", "{{customer.name}}", "{{patientName}}", "(unknown)", "anonymous", "patient_name"),
    ],
)
def test_what_models_write_where_no_name_was_told_is_asked_for(name: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(name=name)
    assert refused.value.metadata == {"argument": "patientName"}


@pytest.mark.parametrize("name", ["Ana None", "Christopher Null", "Na", "Nan Sample", "Noname Exempla", "Will Unknown"])
def test_a_name_that_sounds_like_none_is_a_name(name: str) -> None:
    assert known(name=name).name == name


@pytest.mark.parametrize("nothing", ["null", "none", "unknown", "N/A", "not provided", "{{customer.number}}"])
def test_a_number_or_an_address_that_nobody_told_is_none(nothing: str) -> None:
    told = known(phone=nothing, email=nothing)

    assert (told.phone, told.email, told.phone_source) == (CALLER, None, Source.CALL)


@pytest.mark.parametrize("phone", ["555-1234", "5551234", "+1 555 1234"])
def test_a_number_that_is_one_within_a_town_alone_is_asked_for_again(phone: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(phone=phone)
    assert refused.value.metadata == {"argument": "patientPhone"}


@pytest.mark.parametrize("phone", ["+1 212 555 0100", "212-555-0100"])
def test_the_clinics_own_line_is_nobodys_number(phone: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(phone=phone, called_number="+12125550100")
    assert refused.value.metadata == {"argument": "patientPhone"}
    assert known(phone=phone, called_number="+12125550100", email="ana@example.com").phone is None


@pytest.mark.parametrize(
    ("phone", "caller", "source"),
    [("", CALLER, Source.CALL), (CALLER, CALLER, Source.CALL), ("+14155550199", CALLER, Source.HEARSAY)],
)
def test_a_number_is_the_callers_or_hearsay(phone: str, caller: str, source: Source) -> None:
    assert known(phone=phone, caller_number=caller).phone_source is source


@pytest.mark.parametrize(
    ("caller", "called", "number"),
    [
        (CALLER, "+12125550100", CALLER),
        ("+12125550100", "+12125550100", None),
        ("", "", None),
        ("anonymous", "+12125550100", None),
        ("+266696687", "", None),
        ("+86282452253", "", None),
        ("+7378742883", "", None),
    ],
)
def test_the_number_somebody_calls_from_is_neither_withheld_nor_the_clinics(
    caller: str, called: str, number: str | None
) -> None:
    assert calling_number(caller, called) == number


@pytest.mark.parametrize(
    "name", ["Ana\nExempla", "Ana\0Exempla", "  Ana \t Exempla ", "Ana\u2028Exempla", "Ana\u202eExempla"]
)
def test_a_name_is_one_line_without_control_characters(name: str) -> None:
    assert known(name=name).name == "Ana Exempla"


@pytest.mark.parametrize("name", ["José Núñez", "O'Neill-Smith", "李小龍", "Ö"])
def test_a_name_keeps_its_letters(name: str) -> None:
    assert known(name=name).name == name


@pytest.mark.parametrize(
    ("one", "other"),
    [("Ana Exempla", "ANA  exempla"), ("José", "Jose\u0301"), ("Straße", "STRASSE"), ("\uff21\uff4e\uff41", "ana")],
)
def test_names_that_differ_in_writing_only_have_one_key(one: str, other: str) -> None:
    assert known(name=one).name_key == known(name=other).name_key


def test_different_names_have_different_keys() -> None:
    assert known(name="Jose").name_key != known(name="José").name_key


@pytest.mark.parametrize(
    ("email", "read"), [("Ana@Example.COM", "ana@example.com"), (" ana@example.com ", "ana@example.com"), ("", None)]
)
def test_an_address_is_read_without_regard_to_case(email: str, read: str | None) -> None:
    assert known(email=email).email == read


@pytest.mark.parametrize(
    "email", ["ana at example", "ana@example", "a na@example.com", "@example.com", f"{'a' * 200}@b.c"]
)
def test_an_address_that_cannot_be_one_is_asked_for_again(email: str) -> None:
    with pytest.raises(ArgumentNotUnderstood) as refused:
        known(email=email)
    assert refused.value.metadata == {"argument": "patientEmail"}
