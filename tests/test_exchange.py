"""What goes out to translators comes back whole, into the right places, or not at all."""

import csv
import re
import shutil
from collections.abc import Callable
from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from bot import content, exchange, exchange_import, i18n, workshop
from bot.exchange import Text
from bot.exchange_files import Refused, csv_of, po_of, sentences
from bot.exchange_import import Taken
from bot.yaml_files import ContentError
from tests.command_line import relais
from tests.conftest import ROOT
from tests.editor import Editor

TODAY = date(2026, 11, 22)
Rows = list[dict[str, str]]


class Desk:
    """A translator's desk beside a copy of the content: what is sent, changed and given back."""

    def __init__(self, editor: Editor, folder: Path, lang: str = "ar") -> None:
        self.folder, self.lang = editor.folder, lang
        self.locales = Path(shutil.copytree(ROOT / "locales", folder / "locales"))
        self.csv, self.po = folder / "sent.csv", folder / "sent.po"

    def texts(self) -> list[Text]:
        return [text for file in exchange.files(self.folder, self.lang) for text in file.texts]

    def sends(self) -> None:
        self.csv.write_bytes(csv_of(self.texts(), self.lang))
        self.po.write_bytes(po_of(self.texts(), sentences(self.locales, self.lang), self.lang))

    def rows(self) -> Rows:
        return list(csv.DictReader(StringIO(self.csv.read_text(encoding="utf-8-sig"), newline=""), delimiter=";"))

    def fills(self, rows: Rows, *, delimiter: str = ";", newline: str = "\r\n", encoding: str = "utf-8-sig") -> None:
        to = StringIO(newline="")
        writer = csv.DictWriter(to, list(rows[0]), delimiter=delimiter, lineterminator=newline)
        writer.writeheader()
        writer.writerows(rows)
        self.csv.write_bytes(to.getvalue().encode(encoding))

    def writes(self, id_: str, text: str) -> int:
        """Change one translation of the CSV file; return its row."""
        rows = self.rows()
        at = next(at for at, row in enumerate(rows) if row["id"] == id_)
        rows[at][self.lang] = text
        self.fills(rows)
        return at + 2

    def takes(self, path: Path | None = None) -> Taken:
        return exchange_import.take(self.folder, self.locales, self.lang, path or self.csv)

    def is_told(self, path: Path | None = None) -> list[str]:
        """Give back a file that is refused; return why. Nothing has been written."""
        before = self.all_files()
        with pytest.raises((Refused, ContentError)) as refused:
            self.takes(path)
        assert self.all_files() == before
        return str(refused.value).split("\n")

    def all_files(self) -> dict[Path, bytes]:
        return {path: path.read_bytes() for root in (self.folder, self.locales) for path in files_of(root)}


def files_of(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.fixture(scope="module")
def sent() -> tuple[bytes, bytes]:
    """What goes out for Arabic: made once, it is the same for every copy of the content."""
    texts = [text for file in exchange.files(ROOT / "content", "ar") for text in file.texts]
    return csv_of(texts, "ar"), po_of(texts, sentences(ROOT / "locales", "ar"), "ar")


@pytest.fixture
def desk(editor: Editor, tmp_path: Path, sent: tuple[bytes, bytes]) -> Desk:
    made = Desk(editor, tmp_path)
    for path, data in zip((made.csv, made.po), sent, strict=True):
        path.write_bytes(data)
    return made


def test_what_comes_back_as_it_was_sent_changes_no_file(desk: Desk) -> None:
    before = desk.all_files()
    assert desk.takes() == desk.takes(desk.po) == Taken((), ())
    assert desk.all_files() == before


@pytest.mark.parametrize("lang", ["ar", "en"])
def test_every_file_written_again_says_the_same(lang: str) -> None:
    for file in exchange.files(ROOT / "content", lang):
        written = exchange.written(file, {text.id: text.translated for text in file.texts})
        assert written.replace("'", "") == file.path.read_text(encoding="utf-8").replace("'", ""), file.path


@pytest.mark.parametrize(("delimiter", "newline"), [(";", "\r\n"), (",", "\n"), ("\t", "\r\n")])
def test_a_spreadsheet_may_write_its_own_way(desk: Desk, delimiter: str, newline: str) -> None:
    rows = desk.rows()
    for row in rows:
        row["ar"], row["fr"] = (row[key].replace("\n", newline) for key in ("ar", "fr"))
        if row["id"] == "themes.droits":
            row["ar"] = "حقوقي كلها"
    desk.fills([*rows, dict.fromkeys(rows[0], "")], delimiter=delimiter, newline=newline)
    assert desk.takes().written == (desk.folder / "themes" / "ar.yml",)
    assert content.load(desk.folder).themes["ar"]["droits"] == "حقوقي كلها"


def test_a_changed_translation_takes_its_place_and_loses_its_signature_and_nothing_else(
    desk: Desk, editor: Editor
) -> None:
    page = "faq/cej/ar.md"
    editor.adds(page, "keywords:", "# le mot de la Mission Locale\nreviewed_on: 2026-11-20\nreviewed_by: Amina B.")
    before = editor.path(page).read_text(encoding="utf-8")
    first = next(text for text in desk.texts() if text.id == "cej.1")
    desk.writes("cej.1", first.translated + "\n\nهذا مجاني.")
    assert desk.takes().written == (editor.path(page),)
    after = editor.path(page).read_text(encoding="utf-8")
    expected = before.replace("reviewed_on: 2026-11-20\nreviewed_by: Amina B.", "reviewed_on:\nreviewed_by:")
    assert after == expected.replace("\n\n## لمن؟", "\n\nهذا مجاني.\n\n## لمن؟")


def in_spanish(rows: Rows, english: dict[str, str]) -> Rows:
    """Translate; nobody here speaks Spanish, so what is said is in English."""
    return [row | {"es": english[row["id"]]} for row in rows]


def test_a_new_language_comes_from_one_file(editor: Editor, tmp_path: Path) -> None:
    english = {text.id: text.translated for file in exchange.files(editor.folder, "en") for text in file.texts}
    desk = Desk(editor, tmp_path, "es")
    desk.sends()
    desk.fills(in_spanish(desk.rows(), english))
    desk.takes()
    library = content.load(desk.folder)
    assert library.prepared == ("fr", "ar", "en", "es")
    assert {text.id: text.translated for text in desk.texts()} == english
    assert [slug for slug in library.topics if library.page(slug, "es").lang != "es"] == []
    assert desk.takes() == Taken((), ())


def test_a_new_language_comes_with_its_interface_from_a_po_file(
    editor: Editor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(editor, tmp_path, "es")
    desk.sends()
    told = desk.po.read_text(encoding="utf-8")
    told = told.replace('msgid "Menu"\nmsgstr ""', 'msgid "Menu"\nmsgstr "Menú"')
    for id_, spanish in {"droits": "Mis derechos", "logement": "Vivienda", "argent": "Dinero", "sante": "Salud",
                         "emploi": "Trabajo", "papiers": "Papeles", "vie": "Vida"}.items():  # fmt: skip
        told, count = re.subn(rf'(msgctxt "themes\.{id_}"\nmsgid ".*"\nmsgstr )""', rf'\1"{spanish}"', told)
        assert count == 1
    desk.po.write_text(told, encoding="utf-8")
    written = desk.takes(desk.po).written
    assert [path.name for path in written] == ["es.yml", "messages.po"]
    monkeypatch.setattr(i18n, "LOCALES", desk.locales)
    i18n.reload()
    assert i18n.translator("es")("Menu") == "Menú"
    i18n.reload()
    library = content.load(desk.folder)
    assert library.themes["es"]["vie"] == "Vida"
    assert "Le contrat d'engagement jeune" in library.answer("cej", "es", today=TODAY)


def test_a_translation_of_an_older_french_stays_so_until_it_is_changed_or_confirmed(desk: Desk, editor: Editor) -> None:
    editor.replaces("faq/cej/fr.md", "button:", "button: Le contrat CEJ")
    desk.sends()
    assert {row["id"] for row in desk.rows() if row["à refaire"]} == {
        "cej.title", "cej.button", "cej.keywords", "cej.1", "cej.2", "cej.3", "cej.4", "cej.5",
    }  # fmt: skip
    assert desk.takes() == desk.takes(desk.po) == Taken((), ("cej",))

    confirmed = desk.po.read_text(encoding="utf-8").replace("#, fuzzy", "#, ")
    desk.po.write_text(confirmed, encoding="utf-8")
    assert desk.takes(desk.po) == Taken((editor.path("faq/cej/ar.md"),), ())
    assert not editor.library().is_stale("cej", "ar")


def test_a_text_still_to_be_looked_at_again_is_not_taken(desk: Desk, editor: Editor) -> None:
    editor.replaces("faq/cej/fr.md", "button:", "button: Le contrat CEJ")
    desk.sends()
    told = desk.po.read_text(encoding="utf-8").replace('msgstr "عقد التزام الشباب (CEJ)"', 'msgstr "عقد CEJ"')
    desk.po.write_text(told, encoding="utf-8")
    problems = desk.is_told(desk.po)
    assert len(problems) == 8
    assert re.fullmatch(
        r".*sent\.po:\d+: cej\.title : cette traduction est encore marquée « à revoir » \(fuzzy\)", problems[0]
    )


Change = Callable[[dict[str, str]], None]


def text(new: Callable[[str], str] | str) -> Change:
    def change(row: dict[str, str]) -> None:
        row["ar"] = new if isinstance(new, str) else new(row["ar"])

    return change


MISTAKES: dict[str, tuple[str, Change, str]] = {
    "an id changed": ("cej.2", lambda row: row.update(id="cej.02"), "cej.02 : cet identifiant n'existe pas"),
    "an id twice": ("cej.2", lambda row: row.update(id="cej.1"), "cej.1 : cet identifiant est déjà à la ligne"),
    "French changed": ("cej.2", lambda row: row.update(fr=row["fr"] + " Oui."), "cej.2 : le texte français n'est pas"),
    "fingerprint lost": ("cej.2", lambda row: row.update(empreinte="0" * 12), "cej.2 : le texte français n'est pas"),
    "an amount lost": ("cej.3", text(lambda ar: ar.replace("{montant:cej_mineur}", "")), "cej.3 : il manque {mon"),
    "an amount more": ("cej.1", text(lambda ar: ar + " {montant:cej_mineur}"), "cej.1 : le texte français n'a pas"),
    "a number lost": ("contacts.hebergement.name", text("المأوى"), "contacts.hebergement.name : il manque {numero:"),
    "a date lost": ("plan.before_21_6_months", text(lambda ar: ar.replace("{date}", "غدا")), "il manque {date}"),
    "a raw amount": ("cej.2", text(lambda ar: ar + "\n\n500 €"), "cej.2 : un montant s'écrit {montant:…}"),
    "a link not safe": ("cej.5", text(lambda ar: ar + " [x](http://x.fr)"), "cej.5 : lien refusé"),
    "steps not numbered": ("cej.4", text("## ماذا\nالاتصال"), "cej.4 : les étapes doivent être numérotées"),
    "a heading lost": ("cej.2", text(lambda ar: ar.replace("## ", "")), "cej.2 : on attend un titre « ## »"),
    "a heading more": ("cej.2", text(lambda ar: ar + "\n\n## أكثر\nنعم"), "cej.2 : on attend un titre « ## »"),
    "a heading alone": ("cej.2", text("## لمن؟"), "cej.2 : il n'y a rien sous le titre"),
    "a part emptied": ("cej.2", text(""), "cej.2 : la traduction a disparu"),
    "left in French": ("cej.2", lambda row: row.update(ar=row["fr"]), "cej.2 : cette ligne est restée en français"),
    "a title too long": ("cej.title", text("ع" * 71), "cej.title : title : trop long"),
    "a button on two lines": ("cej.button", text("عقد\nعقد"), "cej.button : on attend une seule ligne"),
    "no keywords": ("cej.keywords", text(","), "cej.keywords : keywords : il en faut au moins 1"),
    "a plan title lost": ("plan.check_in", text("نعم\n\nلا"), "plan.check_in : on attend une ligne de titre"),
    "an answer too long": ("cej.5", text(lambda ar: ar + "\n" + "نعم. " * 900), "réponse trop longue"),
    "a contact without a name": ("contacts.adepape.name", text("[x](ftp://x)"), "contacts.adepape.name : lien refusé"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_its_file_row_and_id_and_nothing_is_written(desk: Desk, mistake: str) -> None:
    id_, change, wanted = MISTAKES[mistake]
    rows = desk.rows()
    at = next(at for at, row in enumerate(rows) if row["id"] == id_)
    change(rows[at])
    next(row for row in rows if row["id"] == "themes.vie")["ar"] = "الحياة"  # all that is right is not written either
    desk.fills(rows)
    told = [problem for problem in desk.is_told() if wanted in problem]
    assert len(told) == 1
    assert told[0].startswith(
        f"{desk.csv}:{at + 2}: " if "too long" not in mistake or id_ == "cej.title" else f"{desk.csv}:"
    )


def test_a_row_that_is_gone_is_named(desk: Desk) -> None:
    desk.fills([row for row in desk.rows() if row["id"] != "cej.3"])
    assert desk.is_told() == [f"{desk.csv}:1: il manque cej.3"]


def test_all_the_mistakes_are_told_at_once(desk: Desk) -> None:
    rows = [desk.writes(id_, "") for id_ in ("cej.2", "cej.4", "pacea.1")]
    assert [int(problem.split(":")[1]) for problem in desk.is_told()] == sorted(rows)


def test_a_topic_half_translated_is_not_taken(desk: Desk, editor: Editor) -> None:
    editor.path("faq/cej/ar.md").unlink()
    whole = {text.id: text.translated for text in desk.texts()}
    assert set(whole) >= {"cej.1"}
    row = desk.writes("cej.2", "")
    desk.lang = "ar"
    assert desk.is_told() == [f"{desk.csv}:{row}: cej.2 : il manque la traduction, et le reste de la fiche est traduit"]


def test_french_that_has_changed_since_is_named(desk: Desk, editor: Editor) -> None:
    editor.adds("faq/cej/fr.md", "## C'est quoi ?", "C'est gratuit.\n")
    told = desk.is_told()
    assert len(told) == 8
    assert all(" : le texte français n'est pas celui d'aujourd'hui : exporte de nouveau" in problem for problem in told)


@pytest.mark.parametrize(
    ("spoil", "wanted"),
    [
        (lambda raw: raw.decode("utf-8-sig").encode("cp1256", "ignore"), "le fichier n'est pas en UTF-8"),
        (lambda raw: raw.replace(b"cej.1;", b"<<<<<<< HEAD\ncej.1;"), "il reste une marque de fusion de git"),
        (lambda raw: raw.replace(b"cej.1;", b"cej.1\0;"), "il y a un signe invisible ou abîmé"),
        (lambda raw: raw + b'"', "les guillemets ne sont pas fermés"),
        (lambda raw: raw.replace(b";ar;", b";en;", 1), "on attend une colonne « ar », et une seule"),
        (lambda raw: raw[:0], "on attend une colonne « id », et une seule"),
    ],
    ids=["encoding", "merge", "nul", "quotes", "other language", "empty"],
)
def test_a_file_that_cannot_be_read_is_refused_whole(desk: Desk, spoil: Callable[[bytes], bytes], wanted: str) -> None:
    desk.csv.write_bytes(spoil(desk.csv.read_bytes()))
    [problem] = desk.is_told()
    assert re.match(rf"{re.escape(str(desk.csv))}:\d+: ", problem)
    assert wanted in problem


PO_MISTAKES = {
    "a placeholder of the interface lost": (r'(msgid "[^"]*\{date\}[^"]*"\nmsgstr "[^"]*)\{date\}', r"\1", "{date}"),
    "a tag of the interface broken": (r"<b>ما أحتفظ به", "ما أحتفظ به", "il manque <b>"),
    "a command of the interface lost": (r'(msgid "[^"]*/oublier\b[^"]*"\nmsgstr "[^"]*)/oublier', r"\1", "/oublier"),
    "a wrong plural": (r'msgid "Menu"\nmsgstr (".*")', r'msgid "Menu"\nmsgid_plural "Menus"\nmsgstr[0] \1', "pluriel"),
    "a sentence changed": (r'msgid "Menu"', 'msgid "Le menu"', "cette phrase n'existe pas"),
    "an id changed": (r'msgctxt "cej\.1"', 'msgctxt "cej.11"', "cej.11 : cet identifiant n'existe pas"),
    "an id twice": (r'msgctxt "cej\.2"', 'msgctxt "cej.1"', '"cej.1" est déjà à la ligne'),
    "another language": (r'"Language: ar\\n"', r'"Language: en\\n"', "ce fichier est pour la langue « en »"),
    "a word that PO does not know": (r'msgid "Menu"', 'message "Menu"', "ce n'est pas écrit comme un fichier PO"),
    "a text emptied": (r'(msgctxt "themes\.vie"\nmsgid ".*"\nmsgstr )".*"', r'\1""', "la traduction a disparu"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", PO_MISTAKES)
def test_a_mistake_in_a_po_file_is_named_and_nothing_is_written(desk: Desk, mistake: str) -> None:
    pattern, new, wanted = PO_MISTAKES[mistake]
    told, count = re.subn(pattern, new, desk.po.read_text(encoding="utf-8"), count=1)
    assert count == 1
    desk.po.write_text(told, encoding="utf-8")
    problems = desk.is_told(desk.po)
    assert any(wanted in problem for problem in problems), problems
    assert all(re.match(rf"{re.escape(str(desk.po))}:", problem) for problem in problems)


def test_a_file_that_is_no_po_file_is_told_in_french_with_its_line(desk: Desk) -> None:
    lines = desk.po.read_text(encoding="utf-8").split("\n")
    at = lines.index('msgid "Menu"')
    problem = "cette ligne ne commence ni par msgid, ni par msgstr, ni par un guillemet"
    desk.po.write_text("\n".join([*lines[:at], 'message "Menu"', *lines[at + 1 :]]), encoding="utf-8")
    assert desk.is_told(desk.po) == [f"{desk.po}:{at + 1}: ce n'est pas écrit comme un fichier PO : {problem}"]


def test_a_catalogue_of_ours_that_is_broken_is_told_and_not_written_over(desk: Desk) -> None:
    path = desk.locales / "ar" / "LC_MESSAGES" / "messages.po"
    path.write_text(path.read_text(encoding="utf-8").replace('msgid "Menu"', 'msgid "Menu'), encoding="utf-8")
    [problem] = desk.is_told(desk.po)
    assert re.match(rf"{re.escape(str(path))}:\d+: ce n'est pas écrit comme un fichier PO : ", problem)


def test_nothing_is_written_where_one_file_cannot_be(desk: Desk, editor: Editor) -> None:
    desk.writes("themes.vie", "الحياة")
    desk.writes("cej.button", "عقد CEJ")
    editor.path("faq/cej/ar.md.new").mkdir()
    assert "ne peut pas être écrit" in desk.is_told()[0]


def test_the_commands_send_and_take_back(editor: Editor, tmp_path: Path) -> None:
    sent = tmp_path / "ar.csv"
    done = relais("content", "export", "ar", "--csv", sent, CONTENT_DIR=editor.folder)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "textes à traduire en arabe : 0 manquent, 0 sont à refaire" in done.stderr
    sent.write_text(sent.read_text(encoding="utf-8").replace("الحياة اليومية", "الحياة"), encoding="utf-8")
    done = relais("content", "import", "ar", sent, CONTENT_DIR=editor.folder)
    assert (done.returncode, done.stderr) == (0, f"Écrit : {editor.path('themes/ar.yml')}\n")
    assert editor.library().themes["ar"]["vie"] == "الحياة"
    sent.write_text(sent.read_text(encoding="utf-8").replace("cej.1;", "cej.one;"), encoding="utf-8")
    done = relais("content", "import", "ar", sent, CONTENT_DIR=editor.folder)
    assert done.returncode == 1
    assert "cej.one : cet identifiant n'existe pas, ou a été changé" in done.stderr
    assert done.stderr.endswith("relais: 2 erreurs : rien n'est changé\n")


def test_the_command_tells_how_many_texts_a_po_file_has(editor: Editor, tmp_path: Path) -> None:
    sent = tmp_path / "es.po"
    done = relais("content", "export", "es", "--po", sent, CONTENT_DIR=editor.folder)
    count = sent.read_text(encoding="utf-8").count("\nmsgid ") - 1  # without the header
    interface = len(sentences(ROOT / "locales", "es"))
    told = f"{count} textes à traduire en espagnol, dont {interface} phrases de l'interface : {count} manquent, 0 sont"
    assert told in done.stderr


def test_the_command_tells_whose_signature_is_taken_away(desk: Desk, editor: Editor) -> None:
    for lang, name in (("ar", "Amina B. : juriste"), ("fr", "Chloé M.")):
        workshop.sign(editor.folder, "cej", lang, name=name, on=TODAY)
    desk.writes("cej.button", "عقد CEJ")
    done = relais("content", "import", "ar", desk.csv, CONTENT_DIR=editor.folder)
    assert done.stderr == (
        f"Écrit : {editor.path('faq/cej/ar.md')}\n"
        "cej : la signature de Amina B. : juriste est enlevée ; fais relire, puis : "
        "relais content sign cej ar --name …\n"
    )
    desk.writes("cej.button", "عقد")
    assert "signature" not in relais("content", "import", "ar", desk.csv, CONTENT_DIR=editor.folder).stderr


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("export", "fr", "--csv", "x.csv"), "« fr » n'est pas le code d'une autre langue"),
        (("export", "xx", "--csv", "x.csv"), "« xx » n'est pas le code d'une autre langue"),
        (("export", "ar"), "donne --csv FICHIER ou --po FICHIER"),
        (("export", "ar", "--csv", "/nowhere/x.csv"), "/nowhere/x.csv ne peut pas être écrit"),
        (("import", "ar", "/nowhere/x.csv"), "/nowhere/x.csv:1: il manque ce fichier"),
        (("import", "ar", "x.xlsx"), "on attend un fichier .csv ou .po"),
    ],
)
def test_a_command_that_cannot_be_done_says_why_in_one_line(arguments: tuple[str, ...], wanted: str) -> None:
    done = relais("content", *arguments, CONTENT_DIR=ROOT / "content")
    assert done.returncode == 1
    assert wanted in done.stderr
    assert done.stderr.count("\n") == 1
