"""Write the README's conversation again: docs/conversation.txt said to the real application, NLU included."""

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

from bot.commands import opening
from bot.commands.chat import talk
from bot.commands.opening import read_settings

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
BEGIN, END = "<!-- transcript: make transcript -->\n", "<!-- end of transcript -->\n"


async def transcript() -> str:
    """Return the conversation as it appears in a terminal."""
    shown: list[str] = []

    def typed() -> Iterator[str]:
        for line in (HERE / "conversation.txt").read_text(encoding="utf-8").splitlines():
            shown.append(f"> {line}")
            yield line

    async with opening.services(read_settings()) as services:
        await talk(services, typed(), shown.append)
    return "\n".join(shown)


def main() -> None:
    """Replace the conversation between the two marks of the README; with --check, only say whether it is current."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    said = asyncio.run(transcript()).strip()
    written = f"{before}{BEGIN}```text\n{said}\n```\n{END}{after}"
    if "--check" in sys.argv:
        sys.exit(written != README.read_text(encoding="utf-8"))
    README.write_text(written, encoding="utf-8")


if __name__ == "__main__":
    main()
