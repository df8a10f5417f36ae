"""What an editor types, and what Telegram is sent for it."""

import pytest

from bot.markup import MarkupError, to_telegram_html


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("## C'est quoi ?\nUne aide.", "<b>C'est quoi ?</b>\nUne aide."),
        ("Une ligne,\nla même phrase.", "Une ligne, la même phrase."),
        ("Un paragraphe.\n\nUn autre.", "Un paragraphe.\n\nUn autre."),
        ("- du pain\n- du lait\n\nEt après.", "• du pain\n• du lait\n\nEt après."),
        ("1. appelle\n2. écris\n3. attends", "1. appelle\n2. écris\n3. attends"),
        ("1. appelle\n1. écris", "1. appelle\n2. écris"),
        ("C'est **gratuit** et *simple*.", "C'est <b>gratuit</b> et <i>simple</i>."),
        ("[caf.fr](https://www.caf.fr)", '<a href="https://www.caf.fr">caf.fr</a>'),
        ("[aides](https://a.fr/?a=1&b=2)", '<a href="https://a.fr/?a=1&amp;b=2">aides</a>'),
        ("<https://www.caf.fr>", '<a href="https://www.caf.fr">https://www.caf.fr</a>'),
        ("<b>gras</b> & <script>", "&lt;b&gt;gras&lt;/b&gt; &amp; &lt;script&gt;"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("`code` reste, snake_case aussi", "`code` reste, snake_case aussi"),
        ("> dit-elle", "&gt; dit-elle"),
        ("---\n\naprès", "---\n\naprès"),
        ("😀 é ’ « »", "😀 é ’ « »"),
        ("", ""),
    ],
)
def test_markdown_becomes_the_few_tags_that_telegram_shows(typed: str, sent: str) -> None:
    assert to_telegram_html(typed) == sent


@pytest.mark.parametrize(
    "address", ["http://a.fr", "HTTPS://a.fr", "tg://user?id=1", "javascript:alert(1)", "//a.fr", ""]
)
def test_only_https_links_are_taken(address: str) -> None:
    with pytest.raises(MarkupError, match="lien refusé, il doit commencer par https://") as refused:
        to_telegram_html(f"Un début.\n\nUne suite,\n[ici]({address})")
    assert refused.value.line == 3


def test_a_link_cannot_leave_its_quotes() -> None:
    html = to_telegram_html('[ici](<https://a.fr/"onclick="x>)')
    assert html.count('"') == 2
    assert html.startswith('<a href="https://a.fr/')


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("![logo](https://a.fr/logo.png)", "image refusée"),
        ("C'est **important.", "il reste \\*\\*"),
        ("C'est **important.\n\nOui** !", "il reste \\*\\*"),
    ],
)
def test_what_would_show_its_signs_to_the_reader_is_refused(typed: str, problem: str) -> None:
    with pytest.raises(MarkupError, match=problem) as refused:
        to_telegram_html(f"Un début.\n\n{typed}")
    assert refused.value.line == 2
