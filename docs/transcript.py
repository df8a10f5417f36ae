"""Write the README's conversations again: what is typed stands beside this file, what is heard is the application's.

`conversation.txt` is said with the NLU, `joining.txt` and `check_in.txt` without. What stands before an empty line sets
the scene: it is said, and not shown.
"""

import asyncio
import re
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import time_machine

from bot.commands import opening
from bot.commands.chat import talk
from bot.settings import Settings
from bot.vault import open_vault

HERE = Path(__file__).parent
README = HERE.parent / "README.md"
TODAY = datetime(2026, 11, 22, 15, tzinfo=UTC)  # what is heard tells dates: move this on when the texts are renewed
CONVERSATION, JOINING, CHECK_IN = "conversation", "joining", "check_in"


async def transcript(name: str, settings: Settings) -> str:
    """Return a conversation as it appears in a terminal, with nothing in it that changes from one run to the next."""
    script = (HERE / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    shown: list[str] = []

    def typed() -> Iterator[str]:
        for line in script:
            if line:
                shown.append(f"> {line}")
                yield line
            else:
                shown.clear()

    # A list of towns that only some machines have would change the answers.
    everywhere = settings.model_copy(update={"communes_file": None})
    async with opening.services(everywhere, with_nlu=name == CONVERSATION) as services:
        with tempfile.TemporaryDirectory() as folder:
            services.vault = await open_vault(f"sqlite:///{folder}/chat.db", Path(folder, "keys.json"))
            services.ledger_file = Path(folder, "erasures.jsonl")
            try:
                with time_machine.travel(TODAY, tick=False):
                    await talk(services, typed(), shown.append)
            finally:
                await services.vault.database.close()
    return "\n".join(shown).strip()


def between(name: str) -> re.Pattern[str]:
    """Return where a conversation stands in the README: between its two marks."""
    begin, end = f"<!-- {name}: make transcript -->\n```text\n", f"\n```\n<!-- end of {name} -->"
    return re.compile(f"(?<={re.escape(begin)}).*?(?={re.escape(end)})", re.DOTALL)


def main() -> None:
    """Replace the conversations in the README; with --check, only say whether they are current."""
    settings, before = opening.read_settings(), README.read_text(encoding="utf-8")
    after = before
    for name in (CONVERSATION, JOINING, CHECK_IN):
        said = asyncio.run(transcript(name, settings)).replace("\\", r"\\")
        after = between(name).sub(said, after)
    if "--check" in sys.argv:
        sys.exit(after != before)
    README.write_text(after, encoding="utf-8")


if __name__ == "__main__":
    main()
