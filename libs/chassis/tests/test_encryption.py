"""What is sealed is read only with the right key and in the right place."""

import base64

import pytest

from chassis.encryption import CannotOpen, MalformedKeys, Sealer

FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
ABOUT = "webhook_credentials/a/1/secret"
VALUE = b"hunter2"


def in_base64(*keys: bytes) -> str:
    return ",".join(base64.b64encode(key).decode() for key in keys)


@pytest.fixture
def sealer() -> Sealer:
    return Sealer([FIRST])


@pytest.mark.parametrize("value", [b"", VALUE, bytes(1_000_000)])
def test_what_was_sealed_is_opened_as_it_was(sealer: Sealer, value: bytes) -> None:
    assert sealer.open(sealer.seal(value, about=ABOUT), about=ABOUT) == value


def test_a_sealed_value_does_not_show_what_it_is(sealer: Sealer) -> None:
    assert VALUE not in sealer.seal(VALUE, about=ABOUT)


def test_a_value_sealed_twice_looks_different_each_time(sealer: Sealer) -> None:
    assert sealer.seal(VALUE, about=ABOUT) != sealer.seal(VALUE, about=ABOUT)


@pytest.mark.parametrize("about", ["webhook_credentials/b/1/secret", "webhook_credentials/a/2/secret", ""])
def test_in_another_place_it_is_not_opened(sealer: Sealer, about: str) -> None:
    sealed = sealer.seal(VALUE, about=ABOUT)
    with pytest.raises(CannotOpen):
        sealer.open(sealed, about=about)


def test_with_another_key_it_is_not_opened(sealer: Sealer) -> None:
    with pytest.raises(CannotOpen):
        Sealer([SECOND]).open(sealer.seal(VALUE, about=ABOUT), about=ABOUT)


def test_a_new_key_in_front_seals_and_the_old_one_still_opens(sealer: Sealer) -> None:
    rotated, without_the_old = Sealer([SECOND, FIRST]), Sealer([SECOND])

    assert rotated.open(sealer.seal(VALUE, about=ABOUT), about=ABOUT) == VALUE
    assert without_the_old.open(rotated.seal(VALUE, about=ABOUT), about=ABOUT) == VALUE


def test_no_byte_of_it_can_be_changed(sealer: Sealer) -> None:
    """The key's name, the nonce, the ciphertext, the tag."""
    sealed = sealer.seal(VALUE, about=ABOUT)
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        with pytest.raises(CannotOpen):
            sealer.open(bytes(changed), about=ABOUT)


def test_no_end_can_be_cut_off_or_put_on(sealer: Sealer) -> None:
    sealed = sealer.seal(VALUE, about=ABOUT)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            sealer.open(sealed[:length], about=ABOUT)
    with pytest.raises(CannotOpen):
        sealer.open(sealed + b"\0", about=ABOUT)


def test_keys_are_written_in_base64_with_commas_between() -> None:
    sealed = Sealer([SECOND]).seal(VALUE, about=ABOUT)

    assert Sealer.from_text(f" {in_base64(FIRST)} ,\n{in_base64(SECOND)}").open(sealed, about=ABOUT) == VALUE


def test_a_digest_is_found_again_after_a_rotation_by_the_same_value_about_the_same_alone() -> None:
    (kept,) = Sealer([FIRST]).digests(VALUE, about=ABOUT)
    rotated = Sealer([SECOND, FIRST])

    assert rotated.digests(VALUE, about=ABOUT)[1:] == [kept]
    assert kept not in rotated.digests(VALUE + b"3", about=ABOUT)
    assert kept not in rotated.digests(VALUE[1:], about=ABOUT + "h")
    assert VALUE not in kept


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hunter2",
        "schlüssel",
        in_base64(FIRST[:31]),
        in_base64(FIRST + b"\0"),
        in_base64(FIRST) + ",",
        in_base64(FIRST)[:-1],
        in_base64(FIRST) + ",hunter2",
    ],
)
def test_a_malformed_key_is_told_without_a_word_of_any(text: str) -> None:
    with pytest.raises(MalformedKeys) as told:
        Sealer.from_text(text)

    assert "openssl rand -base64 32" in str(told.value)
    assert "hunter2" not in str(told.value)
    assert in_base64(FIRST)[:8] not in str(told.value)
    assert told.value.__cause__ is None
