"""What `relais doctor` looks at, one function for each thing. None creates or changes anything, or shows a value."""

import asyncio
import os
import shutil
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from bot import (
    clock,
    content,
    directory_store,
    evaluation,
    place_lists,
    rasa_server,
    training,
)
from bot.rasa_server import NluError
from bot.settings import ROOT, Settings
from bot.yaml_files import ContentError

LITTLE, FEW = 0.5, 2.0  # GB left on the disk
CLOCK_MAY_DIFFER = timedelta(seconds=60)
PATIENCE = 5.0  # seconds for whoever is asked over the network
ZONES = ("Europe/Paris", "Indian/Reunion")


class State(StrEnum):
    GOOD = "ok"
    CARE = "warning"
    BAD = "problem"


@dataclass(frozen=True)
class Check:
    """One line of the table: what was found, and what to do if it is not good."""

    name: str
    state: State
    told: str


async def of_settings(settings: Settings) -> list[Check]:
    file = ROOT / ".env"
    changed = [name.upper() for name, value in settings if value != type(settings).model_fields[name].default]
    told = f"{'.env' if file.exists() else 'no .env'}; set: {', '.join(changed) or 'none'}"
    if settings.telegram_bot_token is None:
        return [Check("settings", State.CARE, f"{told}. No TELEGRAM_BOT_TOKEN: the bot talks in the terminal alone")]
    if file.exists() and file.stat().st_mode & 0o077:
        return [Check("settings", State.CARE, f"{told}. Others can read it: run `chmod 600 {file}`")]
    return [Check("settings", State.GOOD, told)]


async def of_folder(settings: Settings) -> list[Check]:
    folder, there = settings.var_dir, _nearest(settings.var_dir)
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return [Check("folder", State.BAD, f"VAR_DIR: nothing can be written in {there}: give it to the bot's user")]
    if there != folder.absolute():
        return [Check("folder", State.CARE, f"VAR_DIR: {folder} is not there yet: the bot makes it at its first run")]
    if folder.stat().st_mode & 0o077:
        return [Check("folder", State.CARE, f"VAR_DIR: others can look into {folder}: run `chmod 700 {folder}`")]
    return [Check("folder", State.GOOD, f"{folder}, writable and private")]


async def of_disk(settings: Settings) -> list[Check]:
    free = shutil.disk_usage(_nearest(settings.var_dir)).free / 1e9
    state = State.BAD if free < LITTLE else State.CARE if free < FEW else State.GOOD
    return [Check("disk", state, f"{free:.1f} GB free for VAR_DIR" + ("" if free >= FEW else ": make room"))]


def _nearest(path: Path) -> Path:
    """Return the folder itself, or the first one above it that exists."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if one.exists())


async def of_content(settings: Settings) -> list[Check]:
    try:
        library = content.load(settings.content_dir)
        communes = directory_store.communes(settings.var_dir, settings.communes_file)
        places = place_lists.load(settings.content_dir / "directory", communes)
    except ContentError as error:
        return [Check("content", State.BAD, str(error))]
    facts, texts = library.facts, {(text.version, text.lang) for text in library.consents.values()}
    told = f"{len(library.topics)} topics, {len(facts.amounts)} amounts, {len(facts.numbers)} numbers"
    early = [day for day, _ in texts if day > clock.now().date()]
    dated = ", ".join(f"{day} ({lang})" for day, lang in sorted(texts))
    towns = f"{len(places.departements)} départements, {len(places.by_insee)} towns"
    named = library.operator.name and library.operator.contact
    lost = settings.communes_file is not None and not settings.communes_file.exists()
    return [
        Check("content", State.GOOD, told),
        Check("places", State.CARE if lost else State.GOOD, towns + (". COMMUNES_FILE: no such file" if lost else "")),
        Check("consents", State.CARE if early else State.GOOD, dated + (": a date to come" if early else "")),
        Check("operator", State.GOOD if named else State.CARE, "" if named else "write who runs this in operator.yml"),
    ]


async def of_nlu(settings: Settings) -> list[Check]:
    model, secret = training.last_model(settings.nlu_dir), settings.nlu_token
    if model is None:
        return [Check("nlu", State.CARE, "not trained, keywords do its work: run `make train`")]
    if model != training.model_path(settings.nlu_dir):
        return [Check("nlu", State.CARE, f"the data changed since {model.name} was trained: run `make train`")]
    made_here = settings.var_dir / "nlu.token"
    token = secret.get_secret_value() if secret else made_here.read_text("utf-8") if made_here.exists() else ""
    url = str(settings.nlu_url or f"http://{rasa_server.HOST}:{settings.nlu_port}")
    if await rasa_server.serves(url, token, model):
        start = time.monotonic()
        async with asyncio.timeout(PATIENCE):
            await evaluation.rank(url, token, ["bonjour"])
        return [Check("nlu", State.GOOD, f"{model.name} answers in {(time.monotonic() - start) * 1000:.0f} ms")]
    if settings.nlu_url is not None:
        return [Check("nlu", State.BAD, f"NLU_URL does not serve {model.name}, or NLU_TOKEN is not its token")]
    try:
        rasa_server.python_of(settings.nlu_dir)
    except NluError as error:
        return [Check("nlu", State.CARE, str(error))]
    return [Check("nlu", State.GOOD, f"{model.name} is trained; not served now, the bot starts it")]


async def of_clock(settings: Settings) -> list[Check]:
    host = settings.telegram_api_url.host
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            answer = await client.get(str(settings.telegram_api_url))  # no token: any answer has a date
        theirs = parsedate_to_datetime(answer.headers["Date"])
    except (httpx.HTTPError, KeyError, ValueError) as error:
        return [
            Check("clock", State.CARE, f"{host} does not tell the time ({type(error).__name__}): is the network up?")
        ]
    apart = abs(clock.now() - theirs)
    if apart > CLOCK_MAY_DIFFER:
        told = f"{apart.total_seconds():.0f} s from that of {host}: set the clock (`timedatectl set-ntp true`)"
        return [Check("clock", State.BAD, told)]
    return [Check("clock", State.GOOD, f"within a minute of that of {host}")]


async def of_zones(_settings: Settings) -> list[Check]:
    try:
        told = f"tzdata {version('tzdata')}"
        for zone in ZONES:
            ZoneInfo(zone)
    except (ImportError, KeyError) as error:  # both libraries' words for « not there »
        return [Check("time zones", State.BAD, f"{type(error).__name__}: run `make setup`")]
    return [Check("time zones", State.GOOD, f"{told}; {' and '.join(ZONES)} are there")]
