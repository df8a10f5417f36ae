"""Markdown as editors write it, into the few HTML tags that Telegram shows."""

from collections.abc import Sequence
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.token import Token


class _Markdown(MarkdownIt):
    def validateLink(self, url: str) -> bool:  # noqa: N802 - markdown-it's name
        """Let every link through: markdown-it would show javascript: as text, we refuse it with its line."""
        return True


_markdown = _Markdown("commonmark", {"html": False}).disable(
    [
        "html_inline",
        "html_block",
        "code",
        "fence",
        "backticks",
        "hr",
        "blockquote",
        "lheading",
        "reference",
    ]
)

_INLINE = {
    "strong_open": "<b>",
    "strong_close": "</b>",
    "em_open": "<i>",
    "em_close": "</i>",
    "link_close": "</a>",
    "softbreak": " ",
    "hardbreak": "\n",
}


class MarkupError(ValueError):
    """Markup that Telegram cannot show or that must not be shown; `line` counts from 0 in the text given."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


@lru_cache(maxsize=4096)  # a folder is read whole whenever one of its files changes
def to_telegram_html(markdown: str) -> str:
    """Return `markdown` as Telegram HTML: headings in bold, lists with • or numbers, links https only.

    Raises MarkupError on a link that is not https, an image, or a ** without its pair.
    """
    out: list[str] = []
    counters: list[int | None] = []  # one per open list: the next number, or None for bullets
    line = 0
    for token in _markdown.parse(markdown):
        line = token.map[0] if token.map else line
        match token.type:
            case "heading_open":
                out.append("<b>")
            case "heading_close":
                out.append("</b>\n")
            case "bullet_list_open":
                counters.append(None)
            case "ordered_list_open":
                counters.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counters.pop()
                out.append("" if counters else "\n")
            case "list_item_open":
                number = counters[-1]
                out.append("• " if number is None else f"{number}. ")
                counters[-1] = None if number is None else number + 1
            case "paragraph_close":
                out.append("\n" if counters else "\n\n")
            case "inline":
                out.append(_inline(token.children or (), line))
    return "".join(out).strip()


def _inline(tokens: Sequence[Token], line: int) -> str:
    out = []
    for token in tokens:
        if token.type == "link_open":
            address = str(token.attrGet("href"))
            if not address.startswith("https://"):
                raise MarkupError(f"lien refusé, il doit commencer par https:// : {address}", line)
            out.append(f'<a href="{escape(address)}">')
        elif token.type in _INLINE:
            out.append(_INLINE[token.type])
            line += token.type.endswith("break")
        elif token.type == "image":
            raise MarkupError("image refusée, une réponse n'a que du texte", line)
        else:
            if "**" in token.content:
                raise MarkupError("il reste ** : le gras s'ouvre et se ferme dans le même paragraphe", line)
            out.append(escape(token.content, quote=False))
    return "".join(out)
