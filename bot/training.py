"""Train the NLU in its own environment, only when its data changed, and set the thresholds on held-out lines."""

import asyncio
import hashlib
import json
import subprocess
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from bot import evaluation, rasa_server
from bot.i18n import SOURCE_LANGUAGE
from bot.question_files import lines_of
from bot.rasa_server import NluError
from bot.understanding import Thresholds
from bot.whole_files import replace_file

MODELS_KEPT = 3
_INPUTS = ("config.yml", "uv.lock", "components/*.py", "data/*/*.yml", "tuning/*.yml")


def fingerprint(nlu_dir: Path) -> str:
    """Return twelve hexadecimal digits that change with anything that changes the model or its thresholds."""
    digest = hashlib.sha256(repr(evaluation.AIMS).encode())
    for path in sorted(path for pattern in _INPUTS for path in nlu_dir.glob(pattern)):
        digest.update(str(path.relative_to(nlu_dir)).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def model_path(nlu_dir: Path) -> Path:
    """Return where the model of the present data stands, trained or not."""
    return nlu_dir / "models" / f"relais-{fingerprint(nlu_dir)}.tar.gz"


def thresholds_path(model: Path) -> Path:
    return model.with_name(model.name.replace(".tar.gz", ".thresholds.json"))


def is_trained(nlu_dir: Path) -> bool:
    model = model_path(nlu_dir)
    return model.exists() and thresholds_path(model).exists()


def last_model(nlu_dir: Path) -> Path | None:
    """Return the model of the present data, else the last one that was trained, None if there is none."""
    trained = [path for path in _newest_first(nlu_dir / "models") if thresholds_path(path).exists()]
    wanted = model_path(nlu_dir)
    return wanted if wanted in trained else next(iter(trained), None)


def train(nlu_dir: Path, *, token: str, console: Console, force: bool = False) -> Path:
    """Train what is not trained yet and return the model.

    Raises ContentError for a wrong line, before anything is started, and NluError with what Rasa said.
    """
    model = model_path(nlu_dir)
    if is_trained(nlu_dir) and not force:
        return model
    data, _ = list(lines_of(nlu_dir / "data")), list(lines_of(nlu_dir / "tuning"))
    rasa_server.python_of(nlu_dir)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        task = progress.add_task(f"Entraînement sur {len(data)} phrases…", total=None)
        _rasa_train(nlu_dir, model)
        progress.update(task, description="Réglage des seuils sur les phrases mises de côté…")
        thresholds = asyncio.run(_set_thresholds(nlu_dir, model, token))
        progress.update(task, description=f"Modèle prêt : {model.name}")
    # Whole: a running bot takes the model up as soon as it finds them.
    replace_file(thresholds_path(model), json.dumps(asdict(thresholds), indent=2) + "\n")
    _drop_old_models(model)
    return model


def _rasa_train(nlu_dir: Path, model: Path) -> None:
    """Run `rasa train nlu` with an empty cache: Rasa's own does not see changes in our components' helpers."""
    python = rasa_server.python_of(nlu_dir)
    model.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as cache:
        done = subprocess.run(  # noqa: S603 - our own environment's Python, fixed arguments
            [
                python, "-m", "rasa", "train", "nlu", "--config", "config.yml", "--nlu", "data",
                "--out", model.parent, "--fixed-model-name", model.name.removesuffix(".tar.gz"),
            ],
            cwd=nlu_dir,
            env=rasa_server.environment(nlu_dir) | {"RASA_CACHE_DIRECTORY": cache},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
    if done.returncode != 0 or not model.exists():
        said = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise NluError(f"rasa train failed:\n{said}")


async def _set_thresholds(nlu_dir: Path, model: Path, token: str) -> Thresholds:
    """Those of each language that has held-out lines of its own; « near_miss_en » goes with « en »."""
    found: dict[str, Thresholds] = {}
    async with rasa_server.serving(nlu_dir, model, token=token) as url:
        for lang in sorted({path.stem.rpartition("_")[2] for path in (nlu_dir / "tuning").glob("*.yml")}):
            files = sorted((nlu_dir / "tuning").glob(f"*{lang}.yml"))
            held_out = [row for file in files for row in lines_of(file)]
            if not held_out:
                continue
            rankings = await evaluation.rank(url, token, [line for _, line in held_out])
            found[lang] = evaluation.best_thresholds([intent for intent, _ in held_out], rankings)
    if SOURCE_LANGUAGE not in found:
        raise NluError(f"{nlu_dir / 'tuning' / 'fr.yml'}: no held-out lines, no thresholds")
    return replace(found.pop(SOURCE_LANGUAGE), others=found)


def _drop_old_models(newest: Path) -> None:
    for old in _newest_first(newest.parent)[MODELS_KEPT:]:
        if old != newest:
            old.unlink()
            thresholds_path(old).unlink(missing_ok=True)


def _newest_first(models: Path) -> list[Path]:
    return sorted(models.glob("relais-*.tar.gz"), key=lambda path: path.stat().st_mtime, reverse=True)
