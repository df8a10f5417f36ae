"""The state of every text as one web page that needs nothing else: it can be sent by e-mail or printed."""

from collections.abc import Mapping
from datetime import date

from jinja2 import Environment

from bot.i18n import SOURCE_LANGUAGE, date_text, language_name
from bot.library import Library
from bot.workshop import State, totals

# The state is always written too: colours alone tell nothing on paper, nor to whoever does not see them.
_COLOURS = {
    State.REVIEWED: "#d7f0dd",
    State.DRAFT: "#fdf1cc",
    State.STALE: "#fadccb",
    State.MISSING: "#ececec",
    State.PAST: "#f6d3d8",
}
_PAGE = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""\
<!doctype html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relais : où en sont les textes</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #1b1b1b; }
table { border-collapse: collapse; width: 100%; }
th, td { border: 1px solid #8a8a8a; padding: .3rem .6rem; text-align: left; vertical-align: top; }
tbody tr:target { outline: 3px solid #1b4f9c; }
.slug { color: #555; font-size: .85rem; }
</style>
</head>
<body>
<h1>Où en sont les textes</h1>
<p>{{ count }} fiches, le {{ day }}.</p>
<table>
<caption hidden>Fiches et langues</caption>
<thead>
<tr><th scope="col">Fiche</th>{% for lang in languages %}<th scope="col">{{ names[lang] }}</th>{% endfor %}\
<th scope="col">À relire avant le</th></tr>
</thead>
<tbody>
{% for row in rows %}
<tr id="{{ row.slug }}"><th scope="row">{{ row.title }}<br><span class="slug">{{ row.slug }}</span></th>
{% for state in row.states %}
<td style="background: {{ colours[state] }}">{{ state.value }}</td>
{% endfor %}
<td>{{ row.review_by }}</td></tr>
{% endfor %}
</tbody>
<tfoot>
{% for state in colours %}
<tr><th scope="row">{{ state.value }}</th>{% for lang in languages %}<td>{{ totals[lang][state] }}</td>{% endfor %}\
<td></td></tr>
{% endfor %}
</tfoot>
</table>
</body>
</html>
""")


def page(library: Library, table: Mapping[str, Mapping[str, State]], today: date) -> str:
    """Return the page; `table` is what `workshop.states` gives."""
    rows = [
        {
            "slug": slug,
            "title": library.pages[slug][SOURCE_LANGUAGE].heading.title,
            "states": list(states.values()),
            "review_by": date_text(library.topics[slug].review_by, SOURCE_LANGUAGE),
        }
        for slug, states in table.items()
    ]
    return _PAGE.render(
        rows=rows,
        count=len(rows),
        day=date_text(today, SOURCE_LANGUAGE),
        languages=library.prepared,
        names={lang: language_name(lang, SOURCE_LANGUAGE) for lang in library.prepared},
        colours=_COLOURS,
        totals={lang: totals(table, lang) for lang in library.prepared},
    )
