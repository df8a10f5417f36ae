"""`relais ask`: one question, or a file of them, by exactly the path of a Telegram message."""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.progress import track

from bot.commands import opening
from bot.contacts import respond
from bot.i18n import SOURCE_LANGUAGE
from bot.replies import Reply
from bot.services import Services
from bot.settings import Settings
from bot.understanding import Understanding


@dataclass(frozen=True)
class Question:
    """One line of a batch."""

    id: Any
    text: str
    lang: str | None


async def one(settings: Settings, text: str, *, lang: str | None, as_json: bool, with_nlu: bool) -> None:
    async with opening.services(settings, with_nlu=with_nlu) as services:
        understanding, replies = await _ask(services, 0, text, lang)
    answer = "\n\n".join(_shown(reply) for reply in replies)
    if as_json:
        _print_json(_described(understanding) | {"answer": answer})
    else:
        opening.console.print(
            f"[dim]{understanding.topic} · {understanding.confidence:.2f} · {understanding.source}[/dim]"
        )
        print(answer)


def _shown(reply: Reply) -> str:
    """Return a reply as read, with its buttons in brackets: they may be the question asked back."""
    labels = " ".join(f"[{button.label}]" for row in reply.buttons for button in row)
    return f"{reply.text}\n\n{labels}".strip()


async def batch(settings: Settings, path: Path, *, with_nlu: bool) -> None:
    """Answer every line of a file in order. A line that cannot be read ends the command before the first answer."""
    questions = list(read_questions(path))
    async with opening.services(settings, with_nlu=with_nlu) as services:
        for number, question in enumerate(track(questions, description="Questions", console=opening.console)):
            understanding, _ = await _ask(services, number, question.text, question.lang)
            _print_json({"id": question.id} | _described(understanding))


async def _ask(services: Services, chat: int, text: str, lang: str | None) -> tuple[Understanding, list[Reply]]:
    """Ask as a person of their own. A language that we speak is believed if given; else the text tells it."""
    known = lang if lang in services.library.languages else None
    return await respond(services, chat, text.lstrip("/"), lang=known or SOURCE_LANGUAGE, detect_language=known is None)


def _described(understanding: Understanding) -> dict[str, Any]:
    return {
        "topic": understanding.topic,
        "confidence": round(understanding.confidence, 4),
        "lang": understanding.lang,
        "danger": understanding.danger is not None,
        "source": str(understanding.source),
    }


def _print_json(row: dict[str, Any]) -> None:
    """Print one line, in UTF-8 whatever the terminal; half a character in an id stays the JSON escape that it was."""
    sys.stdout.buffer.write(json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n")
    sys.stdout.flush()


def read_questions(path: Path) -> Iterator[Question]:
    """Yield the questions of a file of JSON lines; `-` is standard input. Ends the command at a line it cannot read."""
    try:
        raw = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
    except OSError as error:
        opening.fail(f"{path}: {error.strerror}")
    for number, line in enumerate(raw.decode("utf-8-sig", "replace").split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            json.dumps(row["id"], allow_nan=False)  # NaN, which Python reads, could not be given back
            yield Question(row["id"], str(row["text"] or ""), row.get("lang"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            opening.fail(f'{path}:{number}: expected one line such as {{"id": 1, "text": "c quoi le cej"}}')
