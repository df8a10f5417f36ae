"""What an editor may get wrong in a topic, an amount, a number or a contact: refused with its line, in French."""

import re

import pytest

from bot.replies import plain
from tests.editor import Editor

TOPIC = "faq/adepape/topic.yml"
PAGE = "faq/adepape/fr.md"

MISSING = "il manque cette ligne"
UNKNOWN_KEY = "cette clé n'existe pas"
TEXT = "on attend un texte"
KEY = "on attend un mot en minuscules, sans accent ni espace, par exemple mission_locale"
FACT = "on attend un code de fait, par exemple CEJ-01"
LIST = "on attend une liste entre crochets : [cej, pacea]"
DAY = "on attend une date, par exemple 2026-11-22"
HTTPS = "on attend une adresse qui commence par https://"
WHOLE = "on attend un nombre entier"
NUMBER = "on attend un nombre, avec un point : 561.68"
UNIT = "on attend 'EUR', 'EUR/heure', 'EUR/jour', 'EUR/mois' ou 'EUR/an'"
DIGITS = "on attend des chiffres et des espaces"


@pytest.mark.parametrize("key", ["theme", "order", "facts", "sources", "review_by", "contacts"])
def test_a_topic_cannot_do_without(editor: Editor, key: str) -> None:
    editor.drops(TOPIC, key)
    assert editor.is_told() == f"{TOPIC}:1: {key} : {MISSING}"


@pytest.mark.parametrize("key", ["reviewed_on", "reviewed_by", "related"])
def test_a_topic_can_do_without(editor: Editor, key: str) -> None:
    editor.drops(TOPIC, key)
    assert not getattr(editor.library().topics["adepape"], key)


@pytest.mark.parametrize(
    ("file", "start", "written", "problem"),
    [
        (TOPIC, "theme:", "theme:", f"theme : {TEXT}"),
        (TOPIC, "theme:", "theme: [droits]", f"theme : {TEXT}"),
        (TOPIC, "theme:", "theme: Mes droits", f"theme : {KEY}"),
        (TOPIC, "theme:", "theme: voyages", "« voyages » n'existe pas"),
        (TOPIC, "order:", "order:", f"order : {WHOLE}"),
        (TOPIC, "order:", "order: premier", f"order : {WHOLE}"),
        (TOPIC, "order:", "order: 14:30", f"order : {WHOLE}"),
        (TOPIC, "order:", "order: no", f"order : {WHOLE}"),
        (TOPIC, "order:", "order: 0", "order : on attend 1 ou plus"),
        (TOPIC, "facts:", "facts:", f"facts : {LIST}"),
        (TOPIC, "facts:", "facts: ADE-01", f"facts : {LIST}"),
        (TOPIC, "facts:", "facts: []", "facts : il en faut au moins 1"),
        (TOPIC, "facts:", "facts: [ADE-01, ade_02]", f"facts.1 : {FACT}"),
        (TOPIC, "  - title:", "  - title:", f"sources.0.title : {TEXT}"),
        (TOPIC, "  - title:", "  - title: ' '", "sources.0.title : trop court, le minimum est 1"),
        (TOPIC, "  - title:", f"  - title: {'a' * 301}", "sources.0.title : trop long, le maximum est 300"),
        (TOPIC, "  - title:", "  - titre: Code civil", f"sources.0.titre : {UNKNOWN_KEY}"),
        (TOPIC, "    dated:", "    dated:", f"sources.0.dated : {DAY}"),
        (TOPIC, "    dated:", "    dated: 01/01/2023", f"sources.0.dated : {DAY}"),
        (TOPIC, "    dated:", "    dated: 2023-02-30", f"sources.0.dated : {DAY}"),
        (TOPIC, "reviewed_on:", "reviewed_on: hier", f"reviewed_on : {DAY}"),
        (TOPIC, "reviewed_by:", "reviewed_by: [Amina, Chloé]", f"reviewed_by : {TEXT}"),
        (TOPIC, "review_by:", "review_by:", f"review_by : {DAY}"),
        (TOPIC, "review_by:", "review_by: 2027-13-01", f"review_by : {DAY}"),
        (TOPIC, "review_by:", "review_by: 2001-01-01", "review_by : on attend un jour après reviewed_on"),
        (TOPIC, "related:", "related:", f"related : {LIST}"),
        (TOPIC, "related:", "related: [cej, cjm, pacea, recours]", "related : il en faut au plus 3"),
        (TOPIC, "related:", "related: [cej, plus_rien]", "« plus_rien » n'existe pas"),
        (TOPIC, "contacts:", "contacts: []", "contacts : il en faut au moins 1"),
        (TOPIC, "contacts:", "contacts: [plombier]", "« plombier » n'existe pas"),
        (PAGE, "title:", "title: Oh", "title : trop court, le minimum est 3"),
        (PAGE, "title:", f"title: {'a' * 71}", "title : trop long, le maximum est 70"),
        (PAGE, "button:", f"button: {'a' * 200}", "button : trop long, le maximum est 30"),
        (PAGE, "keywords:", "keywords: adepape", f"keywords : {LIST}"),
        (PAGE, "keywords:", "mots: [adepape]", f"mots : {UNKNOWN_KEY}"),
        ("amounts.yml", "  value:", "  value: -561.68", "value : on attend un nombre plus grand que 0"),
        ("amounts.yml", "  value:", "  value: 561,68", f"value : {NUMBER}"),
        ("amounts.yml", "  value:", "  value: 561.68 €", f"value : {NUMBER}"),
        ("amounts.yml", "  value:", "  value: NaN", f"value : {NUMBER}"),
        ("amounts.yml", "  value:", "  value:", f"value : {NUMBER}"),
        ("amounts.yml", "  unit:", "  unit: EUR/semaine", f"unit : {UNIT}"),
        ("amounts.yml", "  valid_from:", "  valid_from: 2025-02-29", f"valid_from : {DAY}"),
        ("amounts.yml", "  fact:", "  fact: le décret", f"fact : {FACT}"),
        ("numbers.yml", "  number:", "  number: appelle", f"number : {DIGITS}"),
        ("numbers.yml", "  hours:", "  horaires: jour et nuit", f"horaires : {UNKNOWN_KEY}"),
        ("contacts/fr.yml", "  how:", "  how:", f"how : {TEXT}"),
        ("themes/fr.yml", "droits:", "droits:", "on attend le nom du thème"),
        ("themes/fr.yml", "droits:", "Droits et aides: Mes droits", f"nom de thème : {KEY}"),
    ],
)
def test_a_wrong_line_is_named(editor: Editor, file: str, start: str, written: str, problem: str) -> None:
    line = editor.replaces(file, start, written)
    assert editor.is_told() == f"{file}:{line}: {problem}"


@pytest.mark.parametrize("address", ["http://fnadepape.org", "tg://user?id=1", "javascript:alert(1)", "fnadepape.org"])
def test_a_source_has_a_safe_address(editor: Editor, address: str) -> None:
    line = editor.adds(TOPIC, "  - title:", f"    url: {address}")
    assert editor.is_told() == f"{TOPIC}:{line}: sources.0.url : {HTTPS}"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ("[ici](http://www.fnadepape.org)", "lien refusé, il doit commencer par https:// : http://www.fnadepape.org"),
        ("[ici](tg://user?id=1)", "lien refusé, il doit commencer par https:// : tg://user?id=1"),
        ("[ici](javascript:alert(1))", "lien refusé, il doit commencer par https:// : javascript:alert(1)"),
        ("[ici](data:text/html,bonjour)", "lien refusé, il doit commencer par https:// : data:text/html,bonjour"),
        ("[ici](../cej/fr.md)", "lien refusé, il doit commencer par https:// : ../cej/fr.md"),
        ("![logo](https://example.org/logo.png)", "image refusée, une réponse n'a que du texte"),
        ("C'est **très important.", "il reste ** : le gras s'ouvre et se ferme dans le même paragraphe"),
        ("Tu touches {montant:argent}.", "« {montant:argent}. » n'est ni un montant ni un numéro connu"),
        ("Appelle le {numero:secours}.", "« {numero:secours}. » n'est ni un montant ni un numéro connu"),
        ("Bonjour {prenom}", "« {prenom} » n'est ni un montant ni un numéro connu"),
        ("Bonjour {prenom", "« {prenom » n'est ni un montant ni un numéro connu"),
        ("Bonjour prenom}", "« } » n'est ni un montant ni un numéro connu"),
        ("Tu touches 500 €.", "un montant s'écrit {montant:…}, depuis amounts.yml"),
        ("Tu touches 2 000 euros.", "un montant s'écrit {montant:…}, depuis amounts.yml"),
        ("Tu touches 500 EUR.", "un montant s'écrit {montant:…}, depuis amounts.yml"),
        ("Appelle le 3114.", "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
        ("Appelle le 3144.", "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
        ("Appelle le 06 12 34 56 78.", "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
        ("Appelle le 06-12-34-56-78.", "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
        ("Appelle le +33 6 12 34 56 78.", "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
    ],
)
def test_a_wrong_line_of_the_text_is_named(editor: Editor, written: str, problem: str) -> None:
    line = editor.adds(PAGE, "## Pour qui ?", written)
    assert editor.is_told() == f"{PAGE}:{line}: {problem}"


def test_the_line_of_a_link_is_named_inside_a_long_paragraph(editor: Editor) -> None:
    line = editor.adds(PAGE, "## Pour qui ?", "Une ligne,\nune autre,\n[ici](http://a.fr)")
    assert editor.is_told().startswith(f"{PAGE}:{line + 2}: lien refusé")


def test_an_article_of_law_is_not_a_phone_number(editor: Editor) -> None:
    editor.adds(PAGE, "## Pour qui ?", "C'est l'article L112-3 du code. Le 2026-11-22 aussi.\n")
    assert "C'est l'article L112-3 du code. Le 2026-11-22 aussi." in editor.library().page("adepape", "fr").body


@pytest.mark.parametrize("html", ["<script>alert(1)</script>", '<a href="tg://user?id=1">moi</a>', "a < b & c"])
def test_html_in_a_text_is_shown_as_it_was_typed(editor: Editor, html: str) -> None:
    editor.adds(PAGE, "## Pour qui ?", f"Voici {html} pour toi.\n")
    body = editor.library().page("adepape", "fr").body
    assert f"Voici {html} pour toi." in plain(body)
    assert "<script" not in body
    assert '<a href="tg' not in body


@pytest.mark.parametrize("headings", [4, 6])
def test_a_topic_has_five_headings(editor: Editor, headings: int) -> None:
    if headings == 4:
        editor.replaces(PAGE, "## Pour qui ?", "### Pour qui ?")
    else:
        editor.adds(PAGE, "## Pour qui ?", "Pour toi.\n\n## Et aussi\n")
    last = editor.path(PAGE).read_text(encoding="utf-8").split("\n").index("## Qui peut t'aider") + 1
    assert editor.is_told() == f"{PAGE}:{last}: il faut 5 titres ## et il y en a {headings}"


def test_no_section_is_empty(editor: Editor) -> None:
    before, after = editor.path(PAGE).read_text(encoding="utf-8").split("## Pour qui ?\n")
    editor.writes(PAGE, before + "## Pour qui ?\n\n" + after[after.index("## ") :])
    assert editor.is_told() == f"{PAGE}:{before.count(chr(10)) + 1}: il n'y a rien sous ce titre"


def test_what_to_do_now_is_in_numbered_steps(editor: Editor) -> None:
    text = editor.path(PAGE).read_text(encoding="utf-8")
    editor.writes(PAGE, re.sub(r"^\d\. ", "- ", text, flags=re.MULTILINE))
    line = text.split("\n").index("## Ce que tu peux faire maintenant") + 1
    assert editor.is_told() == f"{PAGE}:{line}: les étapes doivent être numérotées : 1. 2. 3."


def test_a_topic_that_would_not_fit_in_one_message_is_refused(editor: Editor) -> None:
    editor.adds(PAGE, "## Pour qui ?", "Encore un mot. " * 300 + "\n")
    assert re.fullmatch(rf"{PAGE}:1: réponse trop longue : \d{{4}} signes, 4096 au plus", editor.is_told())


@pytest.mark.parametrize(
    ("dropped", "complaint"),
    [("---", "1: le fichier doit commencer par une ligne ---"), ("title:", "2: title : il manque cette ligne")],
)
def test_a_text_begins_with_its_front_matter(editor: Editor, dropped: str, complaint: str) -> None:
    lines = editor.path(PAGE).read_text(encoding="utf-8").split("\n")
    lines.pop(next(at for at, line in enumerate(lines) if line.startswith(dropped)))
    editor.writes(PAGE, "\n".join(lines))
    assert editor.is_told() == f"{PAGE}:{complaint}"
