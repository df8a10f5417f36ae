"""What is sealed opens with its key and at its place alone, and nothing that is shown holds a key or a value."""

import base64
import secrets
import traceback
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import keys
from bot.crypto import KEY_BYTES, Keyring, KeysError, key_of
from bot.vault import place

AMINA, BILAL = place("person", "name_sealed", "a"), place("person", "name_sealed", "b")
WORDS = {
    "empty": "",
    "accents": "Zoé-Ève",
    "emoji": "🙂👩‍👩‍👧🇫🇷",
    "Arabic": "أمينة",
    "10,000 characters": "é" * 10_000,
    "separators": "a|b.c\x00\n",
    "looks sealed": "v1.k1.AAAA",
}


def new_keyring(current: str = "k1") -> Keyring:
    fresh = [secrets.token_bytes(KEY_BYTES) for _ in range(3)]
    return Keyring(current, {current: fresh[0]}, fresh[1], fresh[2], "AGE-SECRET-KEY-1FICTITIOUS")


RING = new_keyring()


@pytest.mark.parametrize("value", WORDS.values(), ids=WORDS)
def test_a_value_opens_as_it_was(value: str) -> None:
    assert RING.unseal(RING.seal(value, AMINA), AMINA) == value


@pytest.mark.parametrize(
    "elsewhere", [BILAL, place("person", "phone_sealed", "a"), place("outgoing", "name_sealed", "a")]
)
def test_a_value_opens_only_at_its_place(elsewhere: str) -> None:
    with pytest.raises(KeysError, match="moved here"):
        RING.unseal(RING.seal("Amina", AMINA), elsewhere)


def test_no_bit_of_a_sealed_value_can_be_changed() -> None:
    form, name, body = RING.seal("Amina", AMINA).split(".")
    raw = base64.urlsafe_b64decode(body)
    for at in range(len(raw)):
        changed = raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :]
        with pytest.raises(KeysError, match="damaged"):
            RING.unseal(f"{form}.{name}.{base64.urlsafe_b64encode(changed).decode()}", AMINA)
    for spoilt in (f"{body}AAAA", f"{body} ", f"!{body}"):
        with pytest.raises(KeysError):
            RING.unseal(f"{form}.{name}.{spoilt}", AMINA)
    for shorter in (raw[:-1], raw[:20], raw[:5], b""):
        with pytest.raises(KeysError):
            RING.unseal(f"{form}.{name}.{base64.urlsafe_b64encode(shorter).decode()}", AMINA)


def test_another_key_of_the_same_name_opens_nothing() -> None:
    with pytest.raises(KeysError, match="does not open with key k1"):
        new_keyring().unseal(RING.seal("Amina", AMINA), AMINA)


def test_a_key_that_is_not_here_is_named() -> None:
    with pytest.raises(KeysError, match="a key that is not here: k7"):
        RING.unseal(new_keyring("k7").seal("Amina", AMINA), AMINA)


def test_a_format_of_later_is_refused_as_such() -> None:
    with pytest.raises(KeysError, match="a format this version does not know"):
        RING.unseal(RING.seal("Amina", AMINA).replace("v1.", "v2.", 1), AMINA)


def test_a_key_that_seals_no_more_still_opens() -> None:
    sealed = RING.seal("Amina", AMINA)
    assert keys.with_new(RING, "k2").unseal(sealed, AMINA) == "Amina"
    assert key_of(keys.with_new(RING, "k2").seal("Amina", AMINA)) == "k2"


def test_the_same_value_never_looks_the_same_twice() -> None:
    assert len({RING.seal("Amina", AMINA) for _ in range(1000)}) == 1000


@given(st.text(), st.text())
def test_an_index_is_the_same_for_the_same_value_and_for_no_other(one: str, other: str) -> None:
    assert RING.index(one) == RING.index(one)
    assert (RING.index(one) == RING.index(other)) == (one == other)
    assert len({RING.index(one), RING.ledger_index(one), new_keyring().index(one)}) == 3


@given(st.text(min_size=3), st.integers(min_value=0))
def test_nothing_shown_holds_a_key_or_a_value(text: str, at: int) -> None:
    value = f"☎{text}"
    sealed = RING.seal(value, AMINA)
    at %= len(sealed)
    attempts = [
        (RING, sealed, BILAL),
        (new_keyring(), sealed, AMINA),
        (replace(RING, sealing={}), sealed, AMINA),
        (RING, sealed[:at], AMINA),
        (RING, value, AMINA),  # never sealed: someone wrote it there by hand
        (RING, f"{value}.{value}.{value}", AMINA),
    ]
    shown = [repr(RING), str(RING), f"{RING!r:>200}", f"{RING}"]
    for ring, what, where in attempts:
        with pytest.raises(KeysError) as refused:
            ring.unseal(what, where)
        shown += [repr(refused.value), "".join(traceback.format_exception(refused.value))]
    every_key = [*RING.sealing.values(), RING.index_key, RING.ledger_key]
    secret = [form(key) for key in every_key for form in (repr, bytes.hex, lambda key: base64.b64encode(key).decode())]
    for line in shown:
        assert value not in line
        assert not [one for one in [*secret, RING.backup_identity] if one in line]
