"""A file that was saved badly, or written in YAML's strange corners, is refused with its line and in French."""

import pytest

from tests.editor import Editor

TOPIC = "faq/adepape/topic.yml"
PAGE = "faq/adepape/fr.md"
FILES = (TOPIC, PAGE, "amounts.yml", "numbers.yml", "contacts/fr.yml", "themes/fr.yml", "glossary.csv", "danger/fr.yml")

NOT_UTF8 = "le fichier n'est pas en UTF-8, enregistre-le en UTF-8"
INVISIBLE = "il y a un signe invisible ou abîmé, efface-le et écris de nouveau le mot"
NO_LINK = "les liens vers un autre fichier ne sont pas acceptés"
NO_MARKS = "les ancres (& et *) et les étiquettes (!) ne sont pas acceptées"
TOO_DEEP = "il y a trop de niveaux les uns dans les autres"
COLON = "il y a un « : » de trop, ou il en manque un à la ligne d'avant"
SPECIAL = "une valeur qui commence par ce signe se met entre guillemets"
CROOKED = "cette ligne n'est pas alignée avec les autres"
TABULATION = "il y a une tabulation, mets des espaces"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("change", "name"),
    [(b"\xef\xbb\xbf", "a BOM, as Windows Notepad puts it"), (b"\r\n", "CRLF"), (b"\r", "CR, as old Macs write")],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_files_saved_on_any_computer_say_the_same(editor: Editor, change: bytes, name: str) -> None:
    before = editor.library()
    for file in FILES:
        raw = editor.path(file).read_bytes()
        editor.writes(file, change + raw if change.startswith(b"\xef") else raw.replace(b"\n", change))
    after = editor.library()
    assert (after.topics, after.pages, after.contacts) == (before.topics, before.pages, before.contacts)
    assert (after.themes, after.terms, after.facts) == (before.themes, before.terms, before.facts)


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_each_file_is_refused_when_it_is_damaged(editor: Editor, file: str) -> None:
    good = editor.path(file).read_bytes()
    lines = good.count(b"\n") + 1
    for damaged, complaint in (
        (good + "é".encode("cp1252"), f"{lines}: {NOT_UTF8}"),
        (good + b"<<<<<<< HEAD\n", f"{lines}: il reste une marque de fusion de git"),
        (good + b">>>>>>> relecture\n", f"{lines}: il reste une marque de fusion de git"),
        (good + b"\x00", f"{lines}: {INVISIBLE}"),
        (good + "\N{REPLACEMENT CHARACTER}".encode(), f"{lines}: {INVISIBLE}"),
        (good + b"#" * 5_000_000, "1: fichier trop gros (1 Mo au plus)"),
    ):
        editor.writes(file, damaged)
        assert editor.is_told() == f"{file}:{complaint}"


@pytest.mark.parametrize("file", FILES)
def test_each_file_is_refused_when_it_is_empty_missing_or_a_link(editor: Editor, file: str) -> None:
    path, elsewhere = editor.path(file), editor.folder.parent / "ailleurs"
    path.rename(elsewhere)
    assert editor.is_told() == f"{file}:1: il manque ce fichier"
    path.symlink_to(elsewhere)
    assert editor.is_told() == f"{file}:1: {NO_LINK}"
    path.unlink()
    path.mkdir()
    assert editor.is_told() == f"{file}:1: ce fichier ne peut pas être lu"
    path.rmdir()
    path.touch()
    assert editor.is_told().startswith(f"{file}:1: ")


@pytest.mark.parametrize("file", [TOPIC, PAGE, "amounts.yml", "numbers.yml", "glossary.csv"])
def test_a_file_cut_in_the_middle_is_refused(editor: Editor, file: str) -> None:
    whole = editor.path(file).read_text(encoding="utf-8")
    editor.writes(file, whole[: len(whole) // 2].rsplit(" ", 1)[0].rsplit(",", 1)[0])
    assert editor.is_told().startswith(f"{file}:")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("order: 7\norder: 8", "la clé « order » est écrite deux fois"),
        ("“order”: 7", "“order” : cette clé n'existe pas"),
        ("\torder: 7", TABULATION),
        ("order:\t7", TABULATION),
        ("order: &seven 7", NO_MARKS),
        ("&seven order: 7", NO_MARKS),
        ("order: *seven", NO_MARKS),
        ("<<: *seven", NO_MARKS),
        ("order: !!python/object/apply:os.system [ls]", NO_MARKS),
        ("order: !!python/object:os.system 7", NO_MARKS),
        ("!!python/name:os.system order: 7", NO_MARKS),
        ("order: !seven 7", NO_MARKS),
        ("order: !!binary Nw==", NO_MARKS),
        ("order: @7", SPECIAL),
        ("order: 7: 8", COLON),
        ("  order: 7", COLON),
        ("- order", CROOKED),
        ("order: [7", "le crochet ou l'accolade n'est pas fermé"),
        ("order: {seven: 7", "le crochet ou l'accolade n'est pas fermé"),
        ('order: "7', "les guillemets ne sont pas fermés"),
        ("order: [7,,8]", "il manque une valeur"),
        ("---", "il y a une ligne --- de trop"),
        ("=======", "il manque « : » après la clé"),
        ("? [order]\n: 7", "une clé doit être un mot"),
        ("no: 7", "no : cette clé n'existe pas"),
        ("order: " + "[" * 19 + "]" * 19, "order : on attend un nombre entier"),
        ("order: " + "[" * 21 + "]" * 21, TOO_DEEP),
    ],
)
def test_strange_yaml_is_refused_at_its_line(editor: Editor, written: str, problem: str) -> None:
    line = editor.replaces(TOPIC, "order:", written)
    if "\n" in written and "deux fois" in problem:
        line += 1  # the second of the two
    assert editor.is_told() == f"{TOPIC}:{line}: {problem}"


@pytest.mark.slow
def test_two_thousand_brackets_are_refused(editor: Editor) -> None:
    editor.replaces(TOPIC, "theme:", "theme: " + "[" * 2000 + "]" * 2000)
    assert editor.is_told() == f"{TOPIC}:1: {TOO_DEEP}"


def test_an_alias_bomb_is_refused_before_it_grows(editor: Editor) -> None:
    levels = [f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 10)]
    editor.writes(TOPIC, "\n".join(["l0: &l0 [lol]", *levels]))
    assert editor.is_told() == f"{TOPIC}:1: {NO_MARKS}"


def test_what_yaml_would_turn_into_something_else_stays_the_text_that_was_typed(editor: Editor) -> None:
    """YAML 1.1 reads 1, 870, False, 33612345678, 1.1 and nothing at all."""
    editor.replaces(PAGE, "keywords:", "keywords: [01, 14:30, no, +33612345678, 1.10, ~, 2026-11-22]")
    words = editor.library().page("adepape", "fr").heading.keywords
    assert words == ("01", "14:30", "no", "+33612345678", "1.10", "~", "2026-11-22")
