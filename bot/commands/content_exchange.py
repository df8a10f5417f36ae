"""`relais content export` and `relais content import`: texts out to translators, translations back in."""

from pathlib import Path
from typing import Annotated

import typer

from bot import exchange, exchange_files, exchange_import, i18n
from bot.commands.opening import console, fail, read_settings
from bot.exchange_files import Refused
from bot.i18n import SOURCE_LANGUAGE, is_language, language_name
from bot.yaml_files import ContentError

MOST_SHOWN = 20

Lang = Annotated[str, typer.Argument(help="Le code de la langue : en, ar, es.")]


def export(
    lang: Lang,
    *,
    csv: Annotated[Path | None, typer.Option("--csv", metavar="FICHIER", help="Pour un tableur.")] = None,
    po: Annotated[Path | None, typer.Option("--po", metavar="FICHIER", help="Pour un outil de traduction.")] = None,
) -> None:
    """Écrire dans un fichier tout ce qui est à traduire : le français, et la traduction s'il y en a une.

    \b
    relais content export ar --csv ar.csv
    relais content export es --po es.po

    Un texte par ligne, avec son identifiant : fiches, thèmes, contacts, messages du calendrier ; en PO, aussi les
    phrases de l'interface. On ne remplit que la colonne de la langue. La langue peut être nouvelle.
    """
    _check_language(lang)
    path = csv or po
    if path is None or (csv and po):
        fail("donne --csv FICHIER ou --po FICHIER")
    folder = read_settings().content_dir
    try:
        texts = [text for file in exchange.files(folder, lang) for text in file.texts]
        sentences = exchange_files.sentences(i18n.LOCALES, lang) if po else []
        data = exchange_files.po_of(texts, sentences, lang) if po else exchange_files.csv_of(texts, lang)
        path.write_bytes(data)
    except (ContentError, Refused) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{path} ne peut pas être écrit : {error.strerror}")
    missing = sum(not text.translated for text in texts) + sum(not one.string for one in sentences)
    stale = sum(text.stale for text in texts) + sum(one.fuzzy for one in sentences)
    told = f"{len(texts) + len(sentences)} textes à traduire en {language_name(lang, SOURCE_LANGUAGE)}"
    interface = f", dont {len(sentences)} phrases de l'interface" if po else ""
    console.print(f"Écrit : {path}, {told}{interface} : {missing} manquent, {stale} sont à refaire.", markup=False)


def import_(
    lang: Lang,
    path: Annotated[Path, typer.Argument(metavar="FICHIER", help="Le fichier .csv ou .po rempli.")],
) -> None:
    """Reprendre un fichier rempli par un traducteur : tout, ou rien s'il y a une seule erreur.

    \b
    relais content import ar ar.csv

    Une erreur est dite avec le fichier, la ligne et l'identifiant : identifiant changé ou manquant, {montant:…} perdu,
    fiche à moitié traduite, français changé depuis l'export… Une traduction changée n'est plus signée : la relire,
    puis relais content sign.
    """
    _check_language(lang)
    if path.suffix not in (".csv", ".po"):
        fail(f"{path} : on attend un fichier .csv ou .po")
    try:
        taken = exchange_import.take(read_settings().content_dir, i18n.LOCALES, lang, path)
    except Refused as refused:
        for problem in refused.problems[:MOST_SHOWN]:
            console.print(problem, markup=False)
        count = len(refused.problems)
        fail(f"{count} erreur{'s' if count > 1 else ''} : rien n'est changé")
    except ContentError as error:
        fail(f"{error} : rien n'est changé")
    for written in taken.written:
        console.print(f"Écrit : {written}", markup=False)
    for slug, name in taken.unsigned:
        again = f"fais relire, puis : relais content sign {slug} {lang} --name …"
        console.print(f"{slug} : la signature de {name} est enlevée ; {again}", markup=False)
    if not taken.written:
        console.print("Aucun texte n'a changé.")
    if taken.stale:
        again = f"relis-les, puis : relais content new translation FICHE {lang} --renew"
        console.print(f"Toujours à refaire, sans changement : {', '.join(taken.stale)}. Si elles sont justes, {again}")


def _check_language(lang: str) -> None:
    if lang == SOURCE_LANGUAGE or not is_language(lang):
        fail(f"« {lang} » n'est pas le code d'une autre langue, comme en, ar ou es")
