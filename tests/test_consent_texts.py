"""What an editor may get wrong in a consent text, the stop words or the operator's name; and which text is shown."""

from datetime import date

import pytest

from bot import consent_texts, messages
from bot.consent_texts import Purpose
from bot.library import Library
from bot.replies import LONGEST_MESSAGE, length
from tests.editor import Editor

TEXT = "consent/2026-11-22.fr.md"
PARTS = "checkin, checkin 15-17, contact, contact 15-17, forward, forward 15-17"


def test_a_part_that_is_missing_is_named(editor: Editor) -> None:
    text = editor.path(TEXT).read_text(encoding="utf-8")
    editor.writes(TEXT, text[: text.index("## contact 15-17")])
    assert editor.is_told() == f"{TEXT}:1: il manque la partie « contact 15-17 »"


def test_a_part_that_nobody_knows_is_named_with_its_line(editor: Editor) -> None:
    line = editor.replaces(TEXT, "## contact", "## telephone")
    assert editor.is_told() == f"{TEXT}:{line}: on attend une fois chacun de ces titres : {PARTS}"


def test_a_part_written_twice_is_refused(editor: Editor) -> None:
    line = editor.replaces(TEXT, "## contact", "## checkin")
    assert editor.is_told() == f"{TEXT}:{line}: il y a deux parties « checkin »"


@pytest.mark.parametrize("name", ["novembre.fr.md", "2026-11-22.md", "2026-11-22.zz.md", "2026-13-01.fr.md"])
def test_a_file_is_named_after_its_date_and_language(editor: Editor, name: str) -> None:
    editor.writes(f"consent/{name}", "…")
    expected = f"consent/{name}:1: le nom doit être une date et une langue, comme 2026-11-22.fr.md"
    assert editor.is_told() == expected


def test_french_cannot_be_missing(editor: Editor) -> None:
    editor.path(TEXT).unlink()
    assert editor.is_told().startswith("consent:1: il manque un texte de consentement")


def test_a_raw_amount_is_refused_there_too(editor: Editor) -> None:
    line = editor.adds(TEXT, "## checkin", "Tu gagnes 500 €.")
    assert editor.is_told() == f"{TEXT}:{line}: un montant s'écrit {{montant:…}}, depuis amounts.yml"


def test_the_newest_text_is_shown_and_the_hash_tells_them_apart(editor: Editor, library: Library) -> None:
    text = editor.path(TEXT).read_text(encoding="utf-8")
    editor.writes("consent/2027-01-15.fr.md", text.replace("Je t'écris dans 6 mois ?", "Je t'écris ?"))
    old = consent_texts.shown(library.consents, Purpose.CHECK_IN, "fr", minor=False)
    new = consent_texts.shown(editor.library().consents, Purpose.CHECK_IN, "fr", minor=False)
    assert (old.version, new.version) == (date(2026, 11, 22), date(2027, 1, 15))
    assert old.sha256 != new.sha256
    same = consent_texts.shown(editor.library().consents, Purpose.CONTACT, "fr", minor=False)
    assert same.sha256 == consent_texts.shown(library.consents, Purpose.CONTACT, "fr", minor=False).sha256


@pytest.mark.parametrize("lang", ["fr", "pt"])
def test_a_language_without_its_text_is_shown_the_french(library: Library, lang: str) -> None:
    for purpose in Purpose:
        for minor in (False, True):
            text = consent_texts.shown(library.consents, purpose, lang, minor=minor)
            assert (text.lang, text.purpose) == ("fr", purpose)
            assert length(text.html) <= LONGEST_MESSAGE // 2, "one bubble, with room for who runs this"


def test_a_stop_word_that_is_no_word_is_refused(editor: Editor) -> None:
    editor.adds("stop_words.yml", "fr:", "  - '!!'")
    assert "on attend une liste de mots" in editor.is_told()


def test_who_runs_the_robot_is_told_or_said_to_be_missing(editor: Editor, library: Library) -> None:
    assert "n'a pas encore écrit son nom ici" in messages.privacy(library, "fr").text
    editor.replaces("operator.yml", "name:", "name: Association Exemple <3")
    editor.replaces("operator.yml", "contact:", "contact: contact@example.org")
    told = messages.privacy(editor.library(), "fr")
    assert "Association Exemple <3. Pour lui écrire : contact@example.org." in told.text
    assert "&lt;3" in told.html
