"""Editors add a topic and train it while the bot runs: it takes the model up, and nobody waits for an answer."""

import asyncio
import json
import os
import shutil
import signal
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from bot import rasa_server, reloading, training
from bot.nlu import Nlu
from bot.services import Services
from bot.understanding import Source, Thresholds, understand
from tests import small_nlu
from tests.command_line import relais
from tests.conftest import ROOT, answering
from tests.editor import copy_of_content
from tests.processes import bot_process, connected, empty, newcomer, wait_until
from tests.stand_in.client import User

pytestmark = [pytest.mark.nlu, pytest.mark.slow, pytest.mark.timeout(300)]

TOKEN = "a-token-that-opens-nothing"
NEW = "pret_velo"
# Not a word of them is in the topic: only the model can know what they are about.
SADDLE = ["une selle et un guidon", "pédaler jusqu'au boulot", "rouler sur deux roues", "guidon pas cher", "ma selle"]
HELD_OUT = ["pédaler avec un guidon", "deux roues pour rouler", "une selle pas chère"]
PAGE = """\
---
title: Emprunter une bicyclette
button: Une bicyclette
keywords: [bicyclette]
---
## C'est quoi ?
Une bicyclette pour quelques mois.

## Pour qui ?
Pour toi, selon les territoires.

## Ce que tu peux avoir
- Un emprunt, selon les territoires.

## Ce que tu peux faire maintenant
1. Demande à ta Mission Locale.

## Qui peut t'aider
Ta Mission Locale.
"""
ABOUT = """\
theme: vie
order: 90
facts: [MOB-01]
sources:
  - title: Une source d'essai
    dated: 2026-11-22
reviewed_on:
reviewed_by:
review_by: 2027-04-01
related: [mobilite]
contacts: [mission_locale]
"""


async def test_a_topic_added_and_trained_is_answered_without_a_restart_or_a_lost_message(
    tmp_path: Path, telegram_address: str
) -> None:
    nlu_dir, editor = small_nlu.project(tmp_path / "nlu"), copy_of_content(ROOT / "content", tmp_path / "content")
    here = {"NLU_DIR": str(nlu_dir), "CONTENT_DIR": str(editor.folder), "VAR_DIR": str(tmp_path / "var")}
    assert relais("nlu", "train", **here).returncode == 0
    empty(telegram_address)
    with bot_process(telegram_address, tmp_path, NLU_URL="", NLU_PORT="1024", **here) as bot:
        bot.start()
        async with connected(telegram_address) as telegram:
            editors, amina = asyncio.Event(), await newcomer(telegram, "Amina", language_code="fr")
            asked = asyncio.create_task(asking(amina, editors))

            editor.path(f"faq/{NEW}").mkdir()
            editor.writes(f"faq/{NEW}/topic.yml", ABOUT)
            editor.writes(f"faq/{NEW}/fr.md", PAGE)
            small_nlu.write(nlu_dir / "data" / "fr" / f"{NEW}.yml", {NEW: SADDLE})
            with (nlu_dir / "tuning" / "fr.yml").open("a", encoding="utf-8") as tuning:
                tuning.write("\n".join([f"- intent: {NEW}", "  examples: |", *(f"    - {line}" for line in HELD_OUT)]))
            trained = await asyncio.to_thread(relais, "nlu", "train", **here)
            assert trained.returncode == 0, trained.stderr
            await asyncio.to_thread(wait_until, lambda: "model_loaded" in bot.stderr, within=60)

            editors.set()
            questions = await asked
            heard = [message.text for message in await amina.hears(questions)]
            assert questions > 5
            assert len(heard) == questions
            assert all(text.startswith("Le contrat d'engagement jeune (CEJ)") for text in heard)

            bilal = await newcomer(telegram, "Bilal", language_code="fr")
            await bilal.says("rouler avec une selle et un guidon")
            (answer,) = await bilal.hears()
            assert answer.text.startswith("Emprunter une bicyclette")
        assert bot.errors == []


async def asking(person: User, until: asyncio.Event) -> int:
    """Ask a question a second; return how many."""
    count = 0
    while not until.is_set():
        await person.says("c quoi le cej")
        count += 1
        await asyncio.sleep(1)
    return count


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small NLU project with its model."""
    folder = small_nlu.project(tmp_path_factory.mktemp("nlu"))
    assert relais("nlu", "train", NLU_DIR=folder).returncode == 0
    return folder


@pytest.fixture
async def listening(trained: Path, services: Services) -> AsyncIterator[Services]:
    """The bot with the real Rasa, which serves the small model."""
    model = training.model_path(trained)
    async with (
        rasa_server.serving(trained, model, token=TOKEN) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        limits = Thresholds.read(training.thresholds_path(model))
        services.ears = replace(services.ears, nlu=Nlu(client, TOKEN, model), thresholds=limits)
        yield services


def trained_again(project: Path, folder: Path, model: bytes | None = None) -> tuple[Path, Path]:
    """Return a project with one more line and the model that was trained of it, which here is a copy or nonsense."""
    shutil.copytree(project, folder, symlinks=True)
    before = training.model_path(folder)
    with (folder / "data" / "fr" / "cej.yml").open("a", encoding="utf-8") as file:
        file.write("    - une phrase de plus sur le cej\n")
    after = training.model_path(folder)
    after.write_bytes(before.read_bytes() if model is None else model)
    limits = json.loads(training.thresholds_path(before).read_text(encoding="utf-8"))
    training.thresholds_path(after).write_text(json.dumps(limits | {"answer": 0.123}), encoding="utf-8")
    return folder, after


async def test_a_model_that_rasa_cannot_load_is_told_once_and_the_last_one_answers(
    listening: Services, trained: Path, tmp_path: Path
) -> None:
    project, broken = trained_again(trained, tmp_path / "nlu", b"no archive")
    limits = listening.ears.thresholds
    with capture_logs() as logs:
        await reloading.model(listening, project)
        await reloading.model(listening, project)
    assert [(log["event"], log["model"]) for log in logs] == [("model_refused", broken.name)]
    assert listening.ears.thresholds == limits
    assert (await understand("c quoi le cej", listening.ears)).source == Source.NLU


async def test_a_model_goes_with_its_own_thresholds_also_where_somebody_else_runs_rasa(
    listening: Services, trained: Path, tmp_path: Path
) -> None:
    project, model = trained_again(trained, tmp_path / "nlu")
    nlu, limits = listening.ears.nlu, listening.ears.thresholds
    assert nlu is not None
    await reloading.model(listening, project, ours=False)
    assert listening.ears.thresholds == limits, "the new model is not served yet"
    await rasa_server.load(str(nlu.client.base_url), TOKEN, model)
    await reloading.model(listening, project, ours=False)
    assert listening.ears.thresholds is not None
    assert listening.ears.thresholds.answer == 0.123


async def test_data_that_are_not_trained_yet_change_nothing(listening: Services, trained: Path, tmp_path: Path) -> None:
    project, model = trained_again(trained, tmp_path / "nlu")
    model.unlink()
    before = listening.ears
    await reloading.model(listening, project)
    assert listening.ears is before


def test_a_bot_started_between_a_change_and_its_training_answers_with_the_last_model(
    trained: Path, tmp_path: Path
) -> None:
    project, model = trained_again(trained, tmp_path / "nlu")
    model.unlink()
    asked = relais("ask", "--json", "c quoi le cej", NLU_DIR=project, NLU_PORT="1024", VAR_DIR=tmp_path / "var")
    assert json.loads(asked.stdout)["source"] == "nlu"
    last = training.model_path(trained).name
    assert asked.stderr == f"NLU: the data changed since {last} was trained. `make train` makes a new one.\n"


async def test_a_rasa_that_is_killed_comes_back_with_the_model_it_had(trained: Path, tmp_path: Path) -> None:
    project, model = trained_again(trained, tmp_path / "nlu")
    first = training.model_path(trained)
    async with (
        rasa_server.serving(project, first, token=TOKEN) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as client,
    ):
        services = answering()
        services.ears = replace(services.ears, nlu=Nlu(client, TOKEN, first), thresholds=None)
        await reloading.model(services, project)
        assert await rasa_server.serves(url, TOKEN, model)

        with capture_logs() as logs:
            [rasa] = [child for child in children() if url.rpartition(":")[2] in command_of(child)]
            os.kill(rasa, signal.SIGKILL)
            while not await rasa_server.serves(url, TOKEN, model):
                await asyncio.sleep(0.2)
                await reloading.model(services, project)
        assert [log["event"] for log in logs] == ["nlu_died", "model_loaded"]
        assert (await understand("c quoi le cej", services.ears)).source == Source.NLU


def children() -> list[int]:
    here = Path(f"/proc/{os.getpid()}/task")
    return [int(child) for task in here.iterdir() for child in (task / "children").read_text().split()]


def command_of(process: int) -> str:
    return Path(f"/proc/{process}/cmdline").read_text(encoding="utf-8")
