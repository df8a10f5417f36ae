"""What an editor may get wrong in the calendar: refused with its file and line, before anybody is written to."""

import re
import shutil
from functools import partial
from pathlib import Path

import pytest

from bot import content, plan_file
from bot.library import Library
from bot.plan import CHECK_IN, REMINDER, Plan
from bot.plan_file import LONGEST_TEXT
from bot.replies import plain
from bot.yaml_files import ContentError
from tests.conftest import ROOT
from tests.editor import Editor, copy_of_content

PLAN = "plan.yml"
TEXTS = "plan/fr.md"

WHOLE = "on attend un nombre entier"
MISSING = "il manque cette ligne"
AUDIENCES = "'in_care', 'left', 'minor', 'under_21', 'over_21', 'within_3_years' ou 'past_3_years'"


class Planner(Editor):
    """Someone who corrects the calendar; the rest of the content, which takes a second to read, stays as it is."""

    def __init__(self, folder: Path, library: Library) -> None:
        super().__init__(folder)
        self._library = library

    def plan(self) -> Plan:
        to_html = partial(content.to_html, self._library.facts)
        return plan_file.load(self.folder, self._library.topics, to_html)

    def is_told(self) -> str:
        with pytest.raises(ContentError) as refused:
            self.plan()
        return str(refused.value).removeprefix(f"{self.folder}/")


@pytest.fixture
def editor(tmp_path: Path, library: Library) -> Planner:
    shutil.copytree(ROOT / "content" / "plan", tmp_path / "plan")
    shutil.copy(ROOT / "content" / PLAN, tmp_path)
    return Planner(tmp_path, library)


def changes(editor: Planner, rule: str, key: str, written: str) -> int:
    """Put `written` in the place of a line of one rule; return its number."""
    lines = editor.path(PLAN).read_text(encoding="utf-8").split("\n")
    at = lines.index(f"  {rule}:") + 1
    while not lines[at].startswith(f"    {key}:"):
        assert lines[at].startswith("    "), f"{rule} has no {key}"
        at += 1
    lines[at] = written
    editor.writes(PLAN, "\n".join(lines))
    return at + 1


def takes_away(editor: Planner, rule: str) -> None:
    text, found = re.subn(
        rf"^  {rule}:\n(?:    .*\n)+", "", editor.path(PLAN).read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert found == 1
    editor.writes(PLAN, text)


def adds_rule(editor: Planner, *lines: str) -> int:
    """Add a rule before the others, with a text; return the number of its line."""
    editor.writes(TEXTS, editor.path(TEXTS).read_text(encoding="utf-8") + "\n## new\n\n**Du nouveau**\n\nVoilà.\n")
    rule = ["  new_rule:", *(f"    {line}" for line in (*lines, "text: new", "facts: [ENT-01]", "latest: 7"))]
    return editor.adds(PLAN, "rules:", "\n".join([*rule, "    expires: 30"]))


def test_each_rule_has_a_text_that_says_one_thing_to_do(library: Library) -> None:
    plan = library.plan
    assert {CHECK_IN, REMINDER} < plan.rules.keys()
    for name, rule in plan.rules.items():
        if name not in (CHECK_IN, REMINDER):
            assert plan.text(rule.text, "fr").html.count("<b>À faire maintenant") == 1, name
            assert rule.topics, "whoever wants to know more has a button"


def test_a_title_stays_true_on_every_day_on_which_it_may_be_read(library: Library) -> None:
    """It shows in the calendar, and in a message put off or sent late: « dans six mois » would be false then."""
    for text in library.plan.texts["fr"].values():
        assert not re.search(r"\b(?:dans|encore|plus que) \w+ (?:mois|jours|semaines)", text.title)


def test_the_check_in_says_that_it_is_not_the_interview(library: Library) -> None:
    for name in (CHECK_IN, REMINDER):
        told = plain(library.plan.text(library.plan.rules[name].text, "fr").html)
        assert "Je ne remplace pas le rendez-vous que le département doit te proposer" in told


def test_no_text_of_the_calendar_says_a_promise_or_an_amount(library: Library) -> None:
    for name, text in library.plan.texts["fr"].items():
        told = plain(text.html).lower()
        assert not re.search(r"tu (?:auras|vas avoir|toucheras|recevras)|garanti|€|euros?\b", told), name


@pytest.mark.parametrize(
    ("rule", "key", "written", "problem"),
    [
        ("check_in", "audience", "    audience: [partis]", f"rules.check_in.audience.0 : on attend {AUDIENCES}"),
        ("check_in", "audience", "    audience: left", "rules.check_in.audience : on attend une liste entre crochets"),
        ("before_leaving", "audience", "    audience: [in_care, left]", "personne n'est à la fois in_care et left"),
        ("interview_17", "audience", "    audience: [minor, over_21]", "personne n'est à la fois minor et over_21"),
        (
            "before_leaving", "anchor", "    anchor: departure",
            "rules.before_leaving.anchor : on attend 'exit', 'birthday_21', 'joining' ou 'check_in'",
        ),
        ("check_in", "months", "    months: six", f"rules.check_in.months : {WHOLE}"),
        ("check_in", "months", "    months:", f"rules.check_in.months : {WHOLE}"),
        ("check_in", "months", "    months: 6.5", f"rules.check_in.months : {WHOLE}"),
        ("check_in", "months", "    months: 61", "rules.check_in.months : on attend 60 ou moins"),
        ("before_leaving", "months", "    months: -61", "rules.before_leaving.months : on attend -60 ou plus"),
        ("check_in", "months", "    month: 6", "rules.check_in.month : cette clé n'existe pas"),
        ("check_in", "months", "    months: 0", "le point vient après le départ : au moins 1 mois"),
        ("check_in", "expires", "    expires: 500", "rules.check_in.expires : on attend 366 ou moins"),
        ("check_in", "expires", "    expires: 3", "il faut earliest ≤ latest ≤ expires"),
        ("check_in", "joined_late", "    joined_late: 0", "rules.check_in.joined_late : on attend 1 ou plus"),
        ("check_in", "topics", "    topics: [entretien]", "la fiche « entretien » n'existe pas"),
        ("check_in", "facts", "    facts: []", "rules.check_in.facts : il en faut au moins 1"),
        ("check_in", "facts", "    facts: [ent_05]", "rules.check_in.facts.0 : on attend un code de fait"),
        ("check_in", "text", "    text: bonjour", "le texte « bonjour » n'est pas dans plan/fr.md"),
        ("check_in", "anchor", "    anchor: joining", "la règle « check_in » compte à partir de exit"),
        (CHECK_IN, "audience", "    audience: [left, under_21]", "la règle « check_in » est pour tous ceux qui sont"),
        (REMINDER, "anchor", "    anchor: exit", "la règle « check_in_reminder » compte à partir de check_in"),
        ("housing_34_months", "expires", "    expires: 60", "le message pourrait partir après la date dont il parle"),
        ("housing_34_months", "months", "    months: 30", "tombe le même jour que « housing_30_months »"),
        ("before_21_3_months", "months", "    months: -6", "tombe le même jour que « before_21_6_months »"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_a_rule_is_named(editor: Planner, rule: str, key: str, written: str, problem: str) -> None:
    line = changes(editor, rule, key, written)
    told = editor.is_told()
    if problem.startswith("tombe"):  # two rules are concerned: the second is shown
        line = editor.path(PLAN).read_text(encoding="utf-8").split("\n").index(f"  {rule}:") + 1
    assert told.startswith(f"{PLAN}:{line}: {problem}")


@pytest.mark.parametrize("key", ["anchor", "text", "facts", "latest", "expires"])
def test_a_rule_cannot_do_without(editor: Planner, key: str) -> None:
    line = changes(editor, "housing_30_months", key, "    # rien") - 1
    told = editor.is_told()
    assert told.endswith(f": rules.housing_30_months.{key} : {MISSING}")
    assert int(told.split(":")[1]) <= line


@pytest.mark.parametrize("rule", [CHECK_IN, REMINDER])
def test_the_rules_that_the_conversation_needs_cannot_be_lost(editor: Planner, rule: str) -> None:
    takes_away(editor, rule)
    assert re.fullmatch(rf"{PLAN}:\d+: il manque la règle « {rule} »", editor.is_told())


def test_the_check_in_waits_for_those_who_join_late(editor: Planner) -> None:
    """Without it, whoever joins more than six months after leaving would silently have none."""
    changes(editor, CHECK_IN, "joined_late", "    # rien")
    assert editor.is_told().endswith("il manque joined_late : qui arrive tard n'aurait jamais de point")


def test_a_rule_written_twice_is_refused(editor: Planner) -> None:
    line = editor.adds(PLAN, "    joined_late:", "  interview_17:")
    assert editor.is_told() == f"{PLAN}:{line}: la clé « interview_17 » est écrite deux fois"


@pytest.mark.parametrize("name", ["a" * 33, "Rappel", "rappel-1", "mon rappel", "été"])
def test_the_name_of_a_rule_travels_in_buttons(editor: Planner, name: str) -> None:
    line = adds_rule(editor, "anchor: joining")
    editor.replaces(PLAN, "  new_rule:", f"  {name}:")
    assert (
        editor.is_told() == f"{PLAN}:{line}: nom de règle : minuscules sans accent, chiffres et _ (32 signes au plus)"
    )


def test_two_rules_of_one_day_may_be_for_different_people(editor: Planner) -> None:
    adds_rule(editor, "anchor: exit", "months: 30", "audience: [past_3_years]")
    assert "new_rule" in editor.plan().rules


def test_a_message_about_a_date_does_not_wait_for_late_joiners(editor: Planner) -> None:
    line = editor.adds(PLAN, "    deadline_months:", "    joined_late: 7")
    told = f"{PLAN}:{line}: un message qui parle d'une date ne peut pas partir après elle : enlève joined_late"
    assert editor.is_told() == told


@pytest.mark.parametrize("lines", ["rules: []", "rules:", "rules: [check_in]"])
def test_rules_are_named_lines(editor: Planner, lines: str) -> None:
    editor.writes(PLAN, f"version: 2026-11-22\n{lines}\nlate_joiners:\n  - text: late_6_36\n")
    assert editor.is_told() == f"{PLAN}:2: rules : on attend des lignes « clé: valeur »"


@pytest.mark.parametrize("version", ["", "hier", "20261122", "2026-02-30"])
def test_the_version_is_a_day(editor: Planner, version: str) -> None:
    line = editor.replaces(PLAN, "version:", f"version: {version}")
    expected = f"{PLAN}:{line}: version : on attend une date, par exemple 2026-11-22"
    if version == "20261122":
        assert editor.plan().version.isoformat() == "2026-11-22"
    else:
        assert editor.is_told() == expected


@pytest.mark.parametrize(
    ("late", "where", "problem"),
    [
        ("late_joiners: []", 0, "late_joiners : il en faut au moins 1"),
        (
            "late_joiners:\n  - audience: [over_21]\n    text: late_6_36", 1,
            "le dernier texte est pour tout le monde : sans audience",
        ),
        (
            "late_joiners:\n  - text: late_6_36\n  - text: late_over_21", 1,
            "un texte pour tout le monde ne peut être que le dernier",
        ),
        (
            "late_joiners:\n  - audience: [over_21, under_21]\n    text: late_6_36\n  - text: late_6_36", 1,
            "personne n'est à la fois over_21 et under_21",
        ),
        ("late_joiners:\n  - text: trop_tard", 1, "le texte « trop_tard » n'est pas dans plan/fr.md"),
        ("late_joiners:\n  - text: housing_30_months", 1, "le texte « housing_30_months » sert aussi à une règle"),
    ],
)  # fmt: skip
def test_whoever_joins_late_always_has_a_text(editor: Planner, late: str, where: int, problem: str) -> None:
    text = editor.path(PLAN).read_text(encoding="utf-8")
    at = text.index("late_joiners:")
    editor.writes(PLAN, text[:at] + late + "\n")
    assert editor.is_told().startswith(f"{PLAN}:{text.count(chr(10), 0, at) + 1 + where}: {problem}")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("Préparer ton départ", "on attend une ligne de titre **en gras**"),
        ("**Préparer le {date}**", "on attend une ligne de titre **en gras**, sans accolade"),
        ("**Toucher 500 €**", "un montant s'écrit {montant:…}"),
        (f"**{'a' * 61}**", "titre trop long : 61 signes, 60 au plus"),
        ("**Quitter l'ASE**", "un titre se voit dans le calendrier : jamais « ASE »"),
        ("**Quitter l'aide sociale**", "un titre se voit dans le calendrier : jamais « aide sociale »"),
        ("**Quitter le foyer**", "un titre se voit dans le calendrier : jamais « foyer »"),
        ("**La fin du placement**", "un titre se voit dans le calendrier : jamais « placement »"),
    ],
)
def test_a_wrong_title_is_named(editor: Planner, written: str, problem: str) -> None:
    line = editor.replaces(TEXTS, "**Préparer ton départ**", written)
    assert editor.is_told().startswith(f"{TEXTS}:{line}: {problem}")


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("Tu touches 500 €.", "un montant s'écrit {montant:…}, depuis amounts.yml"),
        ("Appelle le 3114.", "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
        ("[ici](http://a.fr)", "lien refusé, il doit commencer par https:// : http://a.fr"),
        ("Bonjour {prenom}", "« {prenom} » n'est ni un montant ni un numéro connu"),
        ("Tu n'as pas droit au CEJ.", "on ne dit jamais « as pas droit »"),
        ("Tu n'as plus le droit.", "on ne dit jamais « as plus le droit »"),
        ("Tu n'auras aucun droit.", "on ne dit jamais « aucun droit »"),
    ],
)
def test_a_wrong_line_of_a_text_is_named(editor: Planner, written: str, problem: str) -> None:
    line = editor.adds(TEXTS, "4. une attestation", f"\n{written}") + 1
    assert editor.is_told() == f"{TEXTS}:{line}: {problem}"


def heading(editor: Planner, name: str) -> int:
    return editor.path(TEXTS).read_text(encoding="utf-8").split("\n").index(f"## {name}") + 1


def test_a_text_without_its_rule_is_named(editor: Planner) -> None:
    takes_away(editor, "interview_17")
    line = heading(editor, "interview_17")
    assert editor.is_told() == f"{TEXTS}:{line}: aucune règle ne dit le texte « interview_17 »"


def test_a_text_speaks_of_its_date_if_it_has_one_and_else_of_none(editor: Planner) -> None:
    before = editor.path(TEXTS).read_text(encoding="utf-8")
    editor.replaces(TEXTS, "Ton départ est prévu", "Ton départ est prévu.")
    told = f"{TEXTS}:{heading(editor, 'before_leaving')}: le texte « before_leaving » doit contenir {{date}}"
    assert editor.is_told() == told
    editor.writes(TEXTS, before)
    editor.replaces(TEXTS, "Ta personne de confiance", "Rendez-vous le {date}.")
    told = "le texte « interview_17 » ne peut pas contenir {date} : sa règle n'a pas de deadline_months"
    assert editor.is_told() == f"{TEXTS}:{heading(editor, 'interview_17')}: {told}"


def test_a_text_fits_on_a_phone(editor: Planner) -> None:
    editor.adds(TEXTS, "4. une attestation", "\n" + "Encore un mot. " * 100)
    told = editor.is_told()
    assert told.startswith(f"{TEXTS}:{heading(editor, 'before_leaving')}: texte trop long : ")
    assert told.endswith(f"{LONGEST_TEXT} au plus")


@pytest.mark.parametrize("name", ["francais.md", "fr (copie).md", "README.md"])
def test_a_stray_copy_beside_the_texts_is_refused(editor: Planner, name: str) -> None:
    editor.writes(f"plan/{name}", editor.path(TEXTS).read_bytes())
    assert editor.is_told() == f"plan/{name}:1: ce fichier doit porter le nom d'une langue, comme fr.md"


@pytest.mark.parametrize("file", [PLAN, TEXTS])
def test_a_lost_file_is_named(editor: Planner, file: str) -> None:
    editor.path(file).unlink()
    assert editor.is_told() == f"{file}:1: il manque ce fichier"


def test_a_translation_may_come_text_by_text(editor: Planner) -> None:
    editor.writes("plan/en.md", "## check_in\n\n**Six months later**\n\nThank you.\n")
    plan = editor.plan()
    assert plan.text("check_in", "en").title == "Six months later"
    assert plan.text("interview_17", "en") == plan.text("interview_17", "fr")
    editor.writes("plan/en.md", "\n## check_out\n\n**Six months later**\n\nThank you.\n")
    assert editor.is_told() == "plan/en.md:2: aucune règle ne dit le texte « check_out »"


def test_everybody_s_calendar_is_made_again_when_a_day_changes_and_not_for_a_word(
    editor: Planner, library: Library
) -> None:
    editor.replaces(TEXTS, "Merci de me répondre", "Merci.")
    changes(editor, CHECK_IN, "topics", "    topics: [cjm]")
    assert editor.plan().mark == library.plan.mark
    changes(editor, CHECK_IN, "expires", "    expires: 121")
    assert editor.plan().mark != library.plan.mark


def test_the_calendar_is_read_with_the_rest_of_the_content(tmp_path: Path) -> None:
    whole = copy_of_content(ROOT / "content", tmp_path / "content")
    line = whole.replaces(PLAN, "version:", "version: hier")
    assert whole.is_told() == f"{PLAN}:{line}: version : on attend une date, par exemple 2026-11-22"
