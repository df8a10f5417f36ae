"""Ask Rasa what a message means, trusting nothing it says: POST /model/parse, checked, within a time limit."""

import asyncio
import json
import re
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog

PATIENCE = 1.5  # seconds for one answer
LARGEST_ANSWER = 64_000  # bytes
LONGEST_TEXT = 1000  # characters; the question of a long story stands at its end
FAILURES_TO_OPEN = 5
REST = 30.0  # seconds without asking, once the breaker is open
# Rasa obeys "/intent@1.0", even after spaces of any kind: what people type must begin with a letter or a digit.
_OPENING = re.compile(r"\A\W+")

log = structlog.get_logger()

Ranking = list[tuple[str, float]]


@dataclass
class Nlu:
    """The door to one Rasa server, and the breaker that stops knocking when nobody answers."""

    client: httpx.AsyncClient
    token: str
    model: Path | None = None  # the one that it serves, as far as we know
    refused: Path | None = None  # one that it could not load
    failures: int = 0
    closed_until: float = 0.0

    async def parse(self, text: str, known: Collection[str]) -> Ranking | None:
        """Return the known intents with their probabilities, best first; None when Rasa is down, slow or absurd."""
        if time.monotonic() < self.closed_until:
            return None
        asked = _OPENING.sub("", text[-LONGEST_TEXT:])
        try:
            async with asyncio.timeout(PATIENCE):
                ranking = await self._ask(asked, known)
        except (TimeoutError, httpx.HTTPError, ValueError, RecursionError) as error:
            self._note_failure(error)
            return None
        self.failures = 0
        return ranking

    async def _ask(self, text: str, known: Collection[str]) -> Ranking:
        body = json.dumps({"text": text.encode("utf-8", "replace").decode()})
        async with self.client.stream(
            "POST",
            "/model/parse",
            params={"token": self.token},
            content=body,
            headers={"Accept-Encoding": "identity"},
        ) as response:
            response.raise_for_status()
            received = b""
            async for chunk in response.aiter_raw():
                received += chunk  # as sent: a compressed answer was not asked for and is never inflated
                if len(received) > LARGEST_ANSWER:
                    raise ValueError("answer too large")
        return _checked(json.loads(received), known)

    def _note_failure(self, error: Exception) -> None:
        self.failures += 1
        if self.failures >= FAILURES_TO_OPEN:
            self.closed_until = time.monotonic() + REST
            self.failures = FAILURES_TO_OPEN - 1  # one more failure after the rest opens it again
        log.warning("nlu_unavailable", error=type(error).__name__, failures=self.failures)


def _checked(answer: object, known: Collection[str]) -> Ranking:
    """Keep the intents of the catalogue with a finite probability. Raises ValueError if none is left."""
    rows = answer.get("intent_ranking") if isinstance(answer, dict) else None
    ranking = [
        (str(row["name"]), float(row["confidence"]))
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
        and isinstance(row.get("name"), str)
        and row["name"] in known
        and type(row.get("confidence")) in (int, float)  # `true` is an int for isinstance
        and 0 <= row["confidence"] <= 1
    ]
    if not ranking:
        raise ValueError("no usable intent")
    return sorted(ranking, key=lambda item: -item[1])
