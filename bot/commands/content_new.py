"""`relais content new`: begin a topic, a translation or a language."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot import clock, i18n, new_content, question_files, workshop
from bot.commands.opening import console, fail, read_settings
from bot.editing import WorkshopError
from bot.yaml_files import ContentError

new_commands = typer.Typer(help="Commencer une fiche, une traduction ou une langue.", no_args_is_help=True)
Slug = Annotated[str, typer.Argument(help="Le nom du dossier de la fiche : cej, logement_social.")]
Lang = Annotated[str, typer.Argument(help="Le code de la langue : en, ar, es.")]


@contextmanager
def told() -> Iterator[None]:
    """Tell an editor's mistake in one line."""
    try:
        yield
    except (ContentError, WorkshopError) as error:
        fail(str(error))


@new_commands.command()
def topic(
    slug: Slug,
    theme: Annotated[str, typer.Option(help="Un thème de themes/fr.yml : droits, logement…")],
) -> None:
    """Commencer une fiche : son texte en français, topic.yml et ses questions d'exemple, à remplir."""
    settings = read_settings()
    with told():
        files = new_content.topic(settings.content_dir, settings.nlu_dir, slug, theme, clock.now().date())
    enough = question_files.wanted("data", i18n.SOURCE_LANGUAGE)
    _written(files, f"Remplis-les, puis : relais content check. Quand il y a {enough} questions : relais nlu train.")


@new_commands.command()
def translation(
    slug: Slug,
    lang: Lang,
    renew: Annotated[
        bool, typer.Option("--renew", help="Relue avec le nouveau texte français : ne plus la dire à refaire.")
    ] = False,
) -> None:
    """Commencer la traduction d'une fiche : les titres français dans l'ordre, à traduire et à remplir.

    Et le fichier de ses questions d'exemple dans cette langue, s'il n'y en a pas.
    """
    settings = read_settings()
    folder = settings.content_dir
    with told():
        if renew:
            path = workshop.renew(folder, slug, lang)
            signed = f"relais content sign {slug} {lang} --name …"
            console.print(f"À jour : {path}. La signature d'avant est enlevée ; puis : {signed}", markup=False)
            return
        files = new_content.translation(folder, slug, lang)
        files += new_content.questions(settings.nlu_dir, [slug], lang)
    _written(files, "Traduis les titres et le texte, puis : relais content check.")


@new_commands.command()
def language(lang: Lang) -> None:
    """Commencer une langue : thèmes, contacts, messages du calendrier, interface et questions d'exemple, à remplir."""
    settings = read_settings()
    topics = sorted(path.parent.name for path in settings.content_dir.glob("faq/*/topic.yml"))
    with told():
        files = new_content.language(settings.content_dir, i18n.LOCALES, lang)
        begun = new_content.questions(settings.nlu_dir, topics, lang)
    if begun:
        console.print(f"Écrit : {begun[0].parent}, un fichier de questions par fiche ({len(begun)})", markup=False)
    _written(
        files,
        f"""\
Tant qu'une ligne est vide, relais content check la nomme et le robot garde ses anciens textes. Ensuite :
1. traduis messages.po, puis : make messages
2. une première fiche : relais content new translation cej {lang}
3. les mots de détresse, avant d'ouvrir la langue : content/danger/{lang}.yml (voir content/danger/README.md)
4. « stop » dans cette langue : content/stop_words.yml ; les phrases à éviter : content/forbidden.yml
5. des questions d'exemple : nlu/data/{lang}/, nlu/tests/{lang}.yml et nlu/tuning/{lang}.yml, puis : relais nlu train
Un message du calendrier pas encore traduit : enlève son titre de plan/{lang}.md, le français sera montré.""",
    )


def _written(files: list[Path], after: str) -> None:
    for path in files:
        console.print(f"Écrit : {path}", markup=False)
    console.print(after, markup=False)
