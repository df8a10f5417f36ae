"""The editors' workshop: where each text stands, who signed it, skeletons, and what changed since."""

import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from typer.testing import CliRunner, Result

from bot import __main__ as command
from bot import clock, content_checks, content_diff, new_content, status_page, workshop
from bot.content_versions import version
from bot.editing import WorkshopError
from bot.translations import heading, mark
from bot.workshop import State
from bot.yaml_files import ContentError
from tests.conftest import ROOT
from tests.editor import Editor

TODAY = date(2026, 11, 22)
CHLOE = "Chloé M., juriste : droit social"
PAGE, TOPIC, ENGLISH = "faq/adepape/fr.md", "faq/adepape/topic.yml", "faq/adepape/en.md"


def lines(editor: Editor, file: str) -> list[str]:
    return editor.path(file).read_bytes().decode().split("\n")


def changed(before: list[str], after: list[str]) -> tuple[list[str], list[str]]:
    return [line for line in before if line not in after], [line for line in after if line not in before]


@pytest.fixture
def relais(editor: Editor, monkeypatch: pytest.MonkeyPatch) -> "Relais":
    monkeypatch.setenv("CONTENT_DIR", str(editor.folder))
    shutil.copytree(ROOT / "nlu" / "data", editor.folder.parent / "nlu" / "data")
    shutil.copytree(ROOT / "nlu" / "tests", editor.folder.parent / "nlu" / "tests")
    monkeypatch.setenv("NLU_DIR", str(editor.folder.parent / "nlu"))
    return Relais()


class Relais:
    def __call__(self, *arguments: str | Path) -> Result:
        return CliRunner().invoke(command.app, ["content", *(str(one) for one in arguments)], env={"COLUMNS": "200"})


# Signing


def test_a_signature_changes_three_lines_of_the_facts_and_no_other_byte(editor: Editor) -> None:
    editor.adds(TOPIC, "reviewed_on:", "# une remarque à garder")
    editor.replaces(TOPIC, "reviewed_by:", "reviewed_by:   # personne encore")
    before = lines(editor, TOPIC)
    workshop.sign(editor.folder, "adepape", "fr", name=CHLOE, on=date(2026, 11, 20))
    assert changed(before, lines(editor, TOPIC)) == (
        ["reviewed_on: 2026-11-22", "reviewed_by:   # personne encore"],
        [
            "reviewed_on: 2026-11-20",
            f'reviewed_by: "{CHLOE}"   # personne encore',
            f"reviewed_text: {mark(editor.path(PAGE))}",
        ],
    )
    topic = editor.library().topics["adepape"]
    assert (topic.reviewed_on, topic.reviewed_by) == (date(2026, 11, 20), CHLOE)


def test_a_signature_of_a_translation_stands_in_its_front_matter(editor: Editor) -> None:
    before = lines(editor, ENGLISH)
    workshop.sign(editor.folder, "adepape", "en", name="Amina B.", on=TODAY)
    assert changed(before, lines(editor, ENGLISH)) == (
        [],
        ["reviewed_on: 2026-11-22", 'reviewed_by: "Amina B."', f"reviewed_text: {mark(editor.path(ENGLISH))}"],
    )
    signed = editor.library().pages["adepape"]["en"].heading
    assert (signed.reviewed_on, signed.reviewed_by) == (TODAY, "Amina B.")
    workshop.sign(editor.folder, "adepape", "en", name="Denis", on=TODAY)
    assert lines(editor, ENGLISH).count("reviewed_by: Denis") == 1


@pytest.mark.parametrize(("lang", "file"), [("fr", PAGE), ("en", ENGLISH)])
def test_a_text_changed_since_it_was_signed_has_been_read_by_nobody(editor: Editor, lang: str, file: str) -> None:
    workshop.sign(editor.folder, "adepape", "fr", name=CHLOE, on=TODAY)
    workshop.sign(editor.folder, "adepape", "en", name=CHLOE, on=TODAY)
    read, unread = READ[lang]
    assert read in editor.library().answer("adepape", lang, today=TODAY)
    assert told(editor) == []

    editor.adds(file, "## ", "Appelle.")
    library = editor.library()
    assert unread in library.answer("adepape", lang, today=TODAY)
    assert workshop.states(library, TODAY)["adepape"][lang] == State.DRAFT
    assert any(
        f"changée depuis sa relecture : fais-la relire, puis relais content sign adepape {lang} --name …" in one
        for one in told(editor)
    )

    workshop.sign(editor.folder, "adepape", lang, name="Denis", on=TODAY)
    assert read in editor.library().answer("adepape", lang, today=TODAY)
    assert [line for line in told(editor) if "changée" in line] == []


READ = {
    "fr": ("Fiche relue le 22 novembre 2026", "Fiche du 22 novembre 2026, relecture en cours"),
    "en": ("Translation checked on 22 November 2026", "Translation not checked yet"),
}


def told(editor: Editor) -> list[str]:
    """What `relais content check` says of one topic, but for its style and its questions."""
    found = content_checks.warnings(editor.folder, editor.folder.parent / "nlu", editor.library(), today=TODAY)
    return [problem for path, _, problem in found if path.parent.name == "adepape" and "mots" not in problem]


def test_a_rank_taken_twice_and_a_part_of_another_name_are_told(editor: Editor) -> None:
    line = editor.replaces(TOPIC, "order:", f"order: {editor.library().topics['recours'].order}")
    part = editor.replaces(PAGE, "## Pour qui ?", "## Pour qui?")
    found = content_checks.warnings(editor.folder, editor.folder.parent / "nlu", editor.library(), today=TODAY)
    ours = [
        (path.name, number, problem) for path, number, problem in found if path.parent.name in ("adepape", "recours")
    ]
    assert ("fr.md", part, "cette partie s'appelle partout « Pour qui ? »") in ours
    [(_, at, _)] = [one for one in ours if "a déjà ce rang dans ce thème" in one[2]]
    assert at == line


def test_lines_may_end_as_windows_ends_them_and_begin_with_a_mark(editor: Editor) -> None:
    for file in (TOPIC, ENGLISH):
        raw = editor.path(file).read_bytes()
        editor.writes(file, b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n"))
    workshop.sign(editor.folder, "adepape", "fr", name="Chloé", on=TODAY)
    workshop.sign(editor.folder, "adepape", "en", name="Chloé", on=TODAY)
    for file in (TOPIC, ENGLISH):
        written = editor.path(file).read_bytes()
        assert written.startswith(b"\xef\xbb\xbf")
        assert written.count(b"\n") == written.count(b"\r\n")
    assert editor.library().topics["adepape"].reviewed_by == "Chloé"


@pytest.mark.parametrize("name", ["Zoé", "no", "12", "a: b", "# moi", '"moi"', "l'équipe", "[a]", "\\n", "سلمى", "- x"])
def test_any_name_reads_back_as_it_was_given(editor: Editor, name: str) -> None:
    workshop.sign(editor.folder, "adepape", "en", name=name, on=TODAY)
    assert heading(editor.path(ENGLISH)).reviewed_by == name


@pytest.mark.parametrize("name", ["Chloé M. : juriste # 1", "l'équipe # 2", 'dite "Zoé" # 3', "\\ # 4", "Zoé"])
@pytest.mark.parametrize("comment", ["", '  # l\'autre : "à prévenir"'])
def test_any_name_survives_another_signature(editor: Editor, name: str, comment: str) -> None:
    workshop.sign(editor.folder, "adepape", "fr", name=name, on=TODAY)
    signed = next(line for line in lines(editor, TOPIC) if line.startswith("reviewed_by:"))
    editor.replaces(TOPIC, "reviewed_by:", signed + comment)
    assert editor.library().topics["adepape"].reviewed_by == name
    workshop.sign(editor.folder, "adepape", "fr", name="Denis", on=TODAY)
    assert f"reviewed_by: Denis{comment}" in lines(editor, TOPIC)


def test_a_comment_stays_below_a_name_in_plain_quotation_marks(editor: Editor) -> None:
    editor.replaces(TOPIC, "reviewed_by:", "reviewed_by: 'l''équipe # 1' # à garder")
    workshop.sign(editor.folder, "adepape", "fr", name="Denis", on=TODAY)
    assert "reviewed_by: Denis # à garder" in lines(editor, TOPIC)


def test_nothing_is_signed_that_is_stale_or_due_again_or_not_there(editor: Editor) -> None:
    with pytest.raises(WorkshopError, match=r"il n'y a pas de fichier .*de\.md"):
        workshop.sign(editor.folder, "adepape", "de", name="Chloé", on=TODAY)
    with pytest.raises(WorkshopError, match="review_by: 2028-04-01"):
        workshop.sign(editor.folder, "adepape", "fr", name="Chloé", on=date(2027, 12, 1))
    editor.adds(PAGE, "## ", "Une ligne de plus.")
    with pytest.raises(WorkshopError, match="--renew"):
        workshop.sign(editor.folder, "adepape", "en", name="Chloé", on=TODAY)


def test_a_value_on_several_lines_is_left_alone(editor: Editor) -> None:
    editor.replaces(TOPIC, "reviewed_by:", "reviewed_by: >\n  Chloé")
    before = lines(editor, TOPIC)
    with pytest.raises(WorkshopError, match="sur plusieurs lignes"):
        workshop.sign(editor.folder, "adepape", "fr", name="Denis", on=TODAY)
    assert lines(editor, TOPIC) == before


def test_renewing_a_translation_takes_the_old_signature_away(editor: Editor) -> None:
    workshop.sign(editor.folder, "adepape", "en", name="Chloé", on=TODAY)
    editor.adds(PAGE, "## ", "Une ligne de plus.\n")
    assert editor.library().is_stale("adepape", "en")
    workshop.renew(editor.folder, "adepape", "en")
    assert not editor.library().is_stale("adepape", "en")
    assert "reviewed_by:" in lines(editor, ENGLISH)
    with pytest.raises(WorkshopError, match="déjà la traduction"):
        workshop.renew(editor.folder, "adepape", "en")


@pytest.mark.parametrize(
    ("today", "review"),
    [
        ("2026-11-22", "2027-04-01"),
        ("2027-01-01", "2027-04-01"),
        ("2027-01-02", "2027-10-01"),
        ("2027-09-30", "2028-04-01"),
    ],
)
def test_texts_are_read_again_in_april_and_in_october(today: str, review: str) -> None:
    assert workshop.next_review(date.fromisoformat(today)) == date.fromisoformat(review)


# Where texts stand


def test_each_text_is_in_one_of_five_states(editor: Editor) -> None:
    workshop.sign(editor.folder, "cej", "fr", name="Chloé", on=TODAY)
    workshop.sign(editor.folder, "cej", "en", name="Chloé", on=TODAY)
    editor.path("faq/cjm/ar.md").unlink()
    editor.adds(PAGE, "## ", "Une ligne de plus.\n")
    editor.replaces("faq/pacea/topic.yml", "review_by:", "review_by: 2026-11-23")
    library = editor.library()
    now = workshop.states(library, TODAY)
    assert list(now) == [slug for theme in library.themes["fr"] for slug in library.in_theme(theme)]
    assert now["cej"] == {"fr": State.REVIEWED, "en": State.REVIEWED, "ar": State.DRAFT}
    assert now["cjm"]["ar"] == State.MISSING
    assert now["adepape"] == {"fr": State.DRAFT, "en": State.STALE, "ar": State.STALE}
    assert set(now["pacea"].values()) == {State.DRAFT}
    assert set(workshop.states(library, date(2026, 11, 24))["pacea"].values()) == {State.PAST}
    assert workshop.totals(now, "ar")[State.STALE] == 1

    editor.replaces("faq/cej/fr.md", "title:", 'title: "<b>CEJ</b>"')
    page = status_page.page(editor.library(), now, TODAY)
    assert "&lt;b&gt;CEJ&lt;/b&gt;" in page
    assert all(f">{state.value}</td>" in page for state in State if state != State.PAST)
    assert not re.search(r"(?:src|href)=|@import|url\(", page)  # it needs nothing else


def test_the_table_is_shown_and_written_as_a_page(relais: Relais, tmp_path: Path) -> None:
    shown = relais("status")
    assert shown.exit_code == 0
    assert re.search(r"cej +│ brouillon +│ brouillon +│ brouillon", shown.stdout)
    assert relais("status", "--html", tmp_path / "textes.html").exit_code == 0
    assert "<td" in (tmp_path / "textes.html").read_text(encoding="utf-8")
    nowhere = relais("status", "--html", tmp_path / "nulle" / "part.html")
    assert (nowhere.exit_code, nowhere.stdout) == (1, "")


# Checking


def test_what_gets_old_or_is_missing_is_told_with_its_line(editor: Editor, tmp_path: Path) -> None:
    line = editor.replaces("faq/cjm/topic.yml", "review_by:", "review_by: 2026-11-23")
    editor.path("faq/cej/ar.md").unlink()
    editor.adds(PAGE, "## ", "Une ligne de plus.\n")
    checked = editor.replaces("amounts.yml", "  checked_on:", "  checked_on: 2025-05-20")
    text = editor.path("plan/en.md").read_text(encoding="utf-8")
    editor.writes("plan/en.md", "## " + text.split("\n## ", 1)[1])
    consent = editor.path("consent/2026-11-22.fr.md")
    shutil.copy(consent, editor.path("consent/2026-12-01.fr.md"))
    found = content_checks.warnings(editor.folder, ROOT / "nlu", editor.library(), today=date(2026, 11, 24))
    told = {str(one).removeprefix(f"{editor.folder}/") for one in found}
    assert f"faq/cjm/topic.yml:{line}: à relire depuis le 2026-11-23, puis : relais content sign cjm --name …" in told
    assert f"amounts.yml:{checked}: cej_majeur : montant vérifié le 2025-05-20, il y a plus de 18 mois" in told
    again = "relais content new translation"
    assert f"faq/cej/ar.md:1: pas encore de traduction en arabe : {again} cej ar" in told
    stale = "le texte français a changé, le français est montré : relis, puis"
    assert f"faq/adepape/en.md:1: {stale} {again} adepape en --renew" in told
    assert "plan/en.md:1: pas encore de traduction, le français est montré : check_in" in told
    assert "consent/2026-12-01.ar.md:1: il manque ce texte : celui du 2026-11-22 est encore montré" in told


def test_a_topic_without_questions_asks_for_training(relais: Relais, editor: Editor) -> None:
    nlu = editor.folder.parent / "nlu"
    (nlu / "data" / "fr" / "cej.yml").rename(nlu / "data" / "fr" / "voyages.yml")
    text = (nlu / "data" / "fr" / "voyages.yml").read_text(encoding="utf-8")
    (nlu / "data" / "fr" / "voyages.yml").write_text(text.replace("intent: cej", "intent: voyages"), encoding="utf-8")
    done = relais("check")
    assert done.exit_code == 0
    none = "pas encore de questions d'exemple pour « cej » : il en faut au moins 60"
    assert f"{nlu}/data/fr/cej.yml:1: {none}" in done.output
    assert "des questions pour « voyages », qui n'est pas une fiche" in done.output
    assert re.search(r"Aucune erreur, \d+ avertissements\.", done.output)
    assert relais("check", "--strict").exit_code == 1


# Beginning


def test_a_topic_is_begun_filled_in_and_answered(relais: Relais, editor: Editor) -> None:
    done = relais("new", "topic", "cv_lettre", "--theme", "emploi")
    assert done.exit_code == 0, done.output
    assert done.output.count("Écrit : ") == 3
    assert editor.path("faq/cv_lettre").stat().st_mode & 0o777 == 0o755  # the bot may not be its editor
    assert editor.path("faq/cv_lettre/fr.md").stat().st_mode & 0o777 == 0o644
    refused = relais("check")
    assert refused.exit_code == 1
    assert "cv_lettre/topic.yml:3: facts : il en faut au moins 1" in refused.output
    text = editor.path("faq/cv_lettre/fr.md").read_text(encoding="utf-8")
    text = text.replace("title:", "title: Le CV").replace("button:", "button: Le CV").replace("[]", "[cv]")
    steps = r"\1\n1. Demande à ta Mission Locale."
    editor.writes("faq/cv_lettre/fr.md", re.sub(r"^(## .*)$", steps, text, flags=re.MULTILINE))
    editor.replaces("faq/cv_lettre/topic.yml", "facts:", "facts: [ML-01]")
    editor.replaces("faq/cv_lettre/topic.yml", "  - title:", "  - title: Code du travail, art. L5131-6")
    editor.replaces("faq/cv_lettre/topic.yml", "    url:", "    url: https://www.service-public.gouv.fr")
    editor.replaces("faq/cv_lettre/topic.yml", "    dated:", "    dated: 2026-07-23")
    assert editor.library().topics["cv_lettre"].review_by == workshop.next_review(clock.now().date())
    assert relais("new", "translation", "cv_lettre", "en").exit_code == 0
    english = editor.path("faq/cv_lettre/en.md").read_text(encoding="utf-8")
    assert f"french: {mark(editor.path('faq/cv_lettre/fr.md'))}\n" in english
    assert re.findall(r"^## (.*)$", english, re.MULTILINE) == list(new_content.HEADINGS)
    assert "cv_lettre/en.md:4: title" in relais("check").output


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["topic", "cej", "--theme", "droits"], "existe déjà : rien n'est changé"),
        (["topic", "Mon CV", "--theme", "emploi"], "nom de fiche"),
        (["topic", "salutation", "--theme", "emploi"], "a déjà un sens pour le robot"),
        (["topic", "cv", "--theme", "voyages"], "le thème « voyages » n'existe pas : droits, logement"),
        (["translation", "cej", "en"], "existe déjà : rien n'est changé"),
        (["translation", "cej", "klingon"], "n'est pas le code d'une autre langue"),
        (["translation", "rien", "en"], "il n'y a pas de fichier"),
        (["translation", "cej", "de", "--renew"], "il n'y a pas de fichier"),
        (["language", "fr"], "n'est pas le code d'une autre langue"),
        (["language", "../x"], "n'est pas le code d'une autre langue"),
    ],
)
def test_nothing_is_written_over_or_under_a_wrong_name(
    relais: Relais, editor: Editor, arguments: list[str], problem: str
) -> None:
    before = {path: path.read_bytes() for path in editor.folder.parent.rglob("*") if path.is_file()}
    done = relais("new", *arguments)
    assert done.exit_code == 1
    assert problem in done.output
    assert {path: path.read_bytes() for path in editor.folder.parent.rglob("*") if path.is_file()} == before


def test_what_is_begun_in_a_language_has_its_file_of_questions(relais: Relais, editor: Editor) -> None:
    spanish = editor.folder.parent / "nlu" / "data" / "es"
    assert relais("new", "translation", "cej", "es").exit_code == 0
    assert [path.name for path in spanish.iterdir()] == ["cej.yml"]
    assert (spanish / "cej.yml").read_text(encoding="utf-8").endswith("nlu:\n- intent: cej\n  examples: |\n")
    written = b'version: "3.1"\nnlu:\n- intent: cej\n  examples: |\n    - el cej\n'
    (spanish / "cej.yml").write_bytes(written)
    editor.path("faq/cej/es.md").unlink()
    done = relais("new", "translation", "cej", "es")
    assert (done.exit_code, done.output.count("Écrit : ")) == (0, 1)
    assert (spanish / "cej.yml").read_bytes() == written
    english = (spanish.parent / "en" / "cej.yml").read_bytes()
    editor.path("faq/cej/en.md").unlink()
    assert relais("new", "translation", "cej", "en").exit_code == 0
    assert (spanish.parent / "en" / "cej.yml").read_bytes() == english
    begun = new_content.questions(spanish.parents[1], ["cej", "pacea", "cjm"], "es")
    assert begun == [spanish / "pacea.yml", spanish / "cjm.yml"]
    assert (spanish / "cej.yml").read_bytes() == written


def in_spanish(line: re.Match[str]) -> str:
    """What a translator makes of a line of the skeleton: the placeholders stay."""
    return f"{line[1]} Hola {' '.join(re.findall(r'{[^}]*}', line[2]))}".rstrip()


def test_a_language_is_begun(editor: Editor, tmp_path: Path) -> None:
    locales = tmp_path / "locales"
    locales.mkdir()
    shutil.copy(ROOT / "locales" / "messages.pot", locales)
    files = new_content.language(editor.folder, locales, "es")
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        "content/themes/es.yml", "content/contacts/es.yml", "content/plan/es.md", "locales/es/LC_MESSAGES/messages.po",
    ]  # fmt: skip
    with files[-1].open("rb") as file:
        catalogue = read_po(file)
    assert str(catalogue.locale) == "es"
    assert len(catalogue) > 100
    with pytest.raises(ContentError, match=r"themes/es.yml:2: on attend le nom du thème"):
        editor.library()
    with pytest.raises(WorkshopError, match="existe déjà"):
        new_content.language(editor.folder, locales, "es")

    for name in ("themes/es.yml", "contacts/es.yml"):
        text = editor.path(name).read_text(encoding="utf-8")
        editor.writes(name, re.sub(r"^( *\w+:)  # (.*)$", in_spanish, text, flags=re.MULTILINE))
    editor.writes("plan/es.md", "")
    shutil.copy(editor.path(ENGLISH), editor.path("faq/adepape/es.md"))
    library = editor.library()
    assert library.prepared == ("fr", "ar", "en", "es")
    assert library.languages == ("fr", "ar", "en"), "nobody would hear a call for help in it"
    found = content_checks.warnings(editor.folder, editor.folder.parent / "nlu", library, today=TODAY)
    assert [path.name for path, _, problem in found if "n'est pas proposée" in problem] == ["es.yml"]
    assert [path.name for path, _, problem in found if "aucun mot qui arrête" in problem] == ["stop_words.yml"]

    shutil.copy(editor.path("danger/en.yml"), editor.path("danger/es.yml"))
    library = editor.library()
    assert library.languages == ("fr", "ar", "en", "es")
    assert library.page("adepape", "es").lang == "es"


# What changed


def test_what_changed_is_told_in_plain_french(editor: Editor, tmp_path: Path) -> None:
    old = Path(shutil.copytree(editor.folder, tmp_path / "old"))
    assert content_diff.changes(old, editor.folder) == []
    editor.replaces("faq/cej/fr.md", "## Pour qui ?", "## Pour qui ?\nPour toi.\n")
    editor.replaces("faq/cej/fr.md", "button:", "button: Un CEJ")
    keywords = next(line for line in lines(editor, "faq/cej/en.md") if line.startswith("keywords:"))
    editor.replaces("faq/cej/en.md", "keywords:", keywords.replace("]", ", my cej]"))
    editor.replaces("faq/cej/topic.yml", "review_by:", "review_by: 2027-10-01")
    editor.path("faq/cej/ar.md").unlink()
    workshop.sign(editor.folder, "cej", "fr", name="Chloé", on=TODAY)
    shutil.rmtree(editor.path("faq/budget"))
    shutil.copytree(editor.path("faq/cjm"), editor.path("faq/cjm_bis"))
    editor.replaces("amounts.yml", "  value:", "  value: 570")
    editor.replaces("numbers.yml", "  hours:", "  hours: le jour")
    editor.drops("contacts/fr.yml", "caf")
    editor.adds("glossary.csv", "ASE,", "PSY,Psychologue,")
    editor.replaces("plan/en.md", "**A check-in", "**Another title**")
    editor.adds("stop_words.yml", "fr:", "  - halte")
    cej = "Fiche « Un CEJ » (cej)"
    assert content_diff.changes(old, editor.folder) == [
        "Fiche « Gérer mon argent » (budget) retirée.",
        f"{cej}, français : relue le 22 novembre 2026 par Chloé.",
        f"{cej} : à relire avant le 1er octobre 2027.",
        f"{cej}, français : bouton, « Le CEJ » → « Un CEJ ».",
        f"{cej}, français : partie « Pour qui ? » changée.",
        f"{cej}, arabe : traduction retirée.",
        f"{cej}, anglais : mots-clés, en plus : my cej.",
        "Nouvelle fiche « Le contrat jeune majeur » (cjm_bis).",
        "Montant « Allocation CEJ, majeur, foyer non imposable (maximum) » (cej_majeur) : "
        "561,68\xa0€ par mois → 570 € par mois, depuis le 1er avril 2025.",
        "Numéro « SAMU, urgence médicale » (samu) : jour et nuit, gratuit → le jour.",
        "Français, contact « caf » : retiré.",
        "Anglais, message « check_in » : changé.",
        "Glossaire, mot « PSY » : nouveau.",
        "Fichier « stop_words.yml » : changé.",
    ]


def test_a_version_is_a_folder_or_a_revision_of_git(editor: Editor) -> None:
    top = editor.folder.parent
    git = ["git", "-C", str(top), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "content"], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "one"], check=True)
    editor.replaces("amounts.yml", "  value:", "  value: 570")
    with version("HEAD", editor.folder) as old, version(str(editor.folder), editor.folder) as new:
        [told] = content_diff.changes(old, new)
    assert re.fullmatch(r"Montant « .* » \(cej_majeur\) : 561,68\W€ par mois → 570\W€ par mois, depuis le .*\.", told)
    for name in ("nulle_part", "--output=x", "HEAD:rien"):
        with pytest.raises(WorkshopError, match="ni un dossier ni une version"), version(name, editor.folder):
            pass


def test_the_command_tells_what_changed(relais: Relais, editor: Editor, tmp_path: Path) -> None:
    old = Path(shutil.copytree(editor.folder, tmp_path / "old"))
    assert "Rien n'a changé." in relais("diff", old).output
    editor.replaces("numbers.yml", "  hours:", "  hours: le jour")
    assert relais("diff", old, editor.folder).stdout == (
        "- Numéro « SAMU, urgence médicale » (samu) : jour et nuit, gratuit → le jour.\n"
    )


def test_signing_by_the_command(relais: Relais, editor: Editor) -> None:
    assert relais("sign", "cej", "en", "--name", "Chloé", "--on", "2026-11-20").exit_code == 0
    assert editor.library().pages["cej"]["en"].heading.reviewed_on == date(2026, 11, 20)
    for wrong, problem in (("2999-01-01", "on ne signe pas d'avance"), ("hier", "on attend un jour")):
        refused = relais("sign", "cej", "--name", "Chloé", "--on", wrong)
        assert (refused.exit_code, problem in refused.output) == (1, True)
    assert relais("sign", "cej", "--name", " ").exit_code == 1
