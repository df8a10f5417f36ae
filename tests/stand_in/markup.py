"""Telegram's HTML, read as strictly as Telegram reads it: a few tags, each one closed."""

import html
import re
from typing import Any

Json = dict[str, Any]

TOKEN = re.compile(
    r"<(?P<end>/?)(?P<tag>[a-zA-Z0-9-]*)(?P<attributes>[^<>]*)>"
    r"|(?P<stray><)"
    r"|&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);"
)
ATTRIBUTE = re.compile(r"""([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
LINK = re.compile(r"(https?|tg|ton)://", re.IGNORECASE)
KINDS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "code": "code",
    "pre": "pre",
    "blockquote": "blockquote",
    "a": "text_link",
    "tg-emoji": "custom_emoji",
}


class MarkupError(Exception):
    """What Telegram would say about the markup."""


def utf16_length(text: str) -> int:
    """Telegram measures in UTF-16 units: an emoji counts for two or more."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Split into what a person reads and the entities that Telegram derives from the tags."""
    text = ""
    entities: list[Json] = []
    opened: list[tuple[str, int, Json]] = []
    position = 0
    for token in TOKEN.finditer(source):
        text += source[position : token.start()]
        position = token.end()
        byte = len(source[: token.start()].encode())
        tag = (token["tag"] or "").lower()
        if token["stray"]:
            raise MarkupError(f"Unclosed start tag at byte offset {byte}")
        if token["tag"] is None:
            text += html.unescape(token[0])
        elif not token["end"]:
            opened.append((tag, len(text), describe(tag, token["attributes"], byte)))
        elif not opened:
            raise MarkupError(f"Unexpected end tag at byte offset {byte}")
        else:
            name, start, entity = opened.pop()
            if tag not in ("", name):
                found = f'expected "</{name}>", found "</{tag}>"'
                raise MarkupError(f"Unmatched end tag at byte offset {byte}, {found}")
            entities.append(entity | {"start": start, "end": len(text)})
    if opened:
        name = opened[-1][0]
        raise MarkupError(f'Can\'t find end tag corresponding to start tag "{name}"')
    return trim(text + source[position:], entities)


def describe(tag: str, attributes: str, byte: int) -> Json:
    values = {name: html.unescape(a or b) for name, a, b in ATTRIBUTE.findall(attributes)}
    if tag == "span" and values.get("class") == "tg-spoiler":
        return {"type": "spoiler"}
    if tag not in KINDS:
        raise MarkupError(f'Unsupported start tag "{tag}" at byte offset {byte}')
    if tag == "a":
        return {"type": "text_link", "url": values.get("href", "")}
    if tag == "tg-emoji":
        return {"type": "custom_emoji", "custom_emoji_id": values.get("emoji-id", "")}
    return {"type": "expandable_blockquote" if "expandable" in values else KINDS[tag]}


def trim(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Drop outer blanks, empty entities and links that no one could follow, as Telegram does."""
    lead = len(text) - len(text.lstrip())
    seen = text.strip()
    kept = []
    for entity in entities:
        start = max(entity.pop("start") - lead, 0)
        end = min(entity.pop("end") - lead, len(seen))
        followable = entity["type"] != "text_link" or LINK.match(entity["url"])
        if start < end and followable:
            place = {"offset": utf16_length(seen[:start]), "length": utf16_length(seen[start:end])}
            kept.append(entity | place)
    return seen, sorted(kept, key=lambda entity: (entity["offset"], -entity["length"]))
