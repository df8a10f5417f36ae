"""Training by the real Rasa: the same data give the same model, and a model is arrays and JSON, never code."""

import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console
from ruamel.yaml import YAML
from typer.testing import CliRunner

from bot import __main__ as command
from bot import question_files, training
from bot.rasa_server import NluError
from bot.understanding import Thresholds
from bot.yaml_files import ContentError
from tests import small_nlu

pytestmark = [pytest.mark.nlu, pytest.mark.slow]

TOKEN = "a-token-that-opens-nothing"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    return small_nlu.project(tmp_path)


def weights(model: Path) -> dict[str, bytes]:
    """Return every file that the model was trained into; a zip of arrays holds the hour, so arrays are read out."""
    with tarfile.open(model) as archive:
        files = {
            member.name: archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive
            if member.isfile() and "LinearIntentClassifier" in member.name
        }
    arrays = {}
    for name, raw in list(files.items()):
        if name.endswith(".npz"):
            with np.load(io.BytesIO(files.pop(name)), allow_pickle=False) as stored:
                arrays.update({f"{name}/{key}": stored[key].tobytes() for key in stored.files})
        else:
            assert json.loads(raw)["intents"]
    return files | arrays


@pytest.mark.timeout(300)
def test_two_trainings_of_the_same_data_give_the_same_weights_and_thresholds(small: Path) -> None:
    quiet = Console(file=io.StringIO())
    model = training.train(small, token=TOKEN, console=quiet)
    first, limits = weights(model), Thresholds.read(training.thresholds_path(model))
    assert len(first) >= 4

    assert training.train(small, token=TOKEN, console=quiet) == model, "nothing changed: nothing is trained"
    trained_at = model.stat().st_mtime_ns
    assert training.train(small, token=TOKEN, console=quiet, force=True) == model
    assert model.stat().st_mtime_ns > trained_at
    assert weights(model) == first
    assert Thresholds.read(training.thresholds_path(model)) == limits


def test_a_new_line_means_a_new_model(small: Path) -> None:
    before = training.fingerprint(small)
    with (small / "data" / "fr" / "cej.yml").open("a", encoding="utf-8") as file:
        file.write("    - une phrase de plus sur le cej\n")
    assert training.fingerprint(small) != before


def test_a_mistake_in_the_data_is_told_with_what_rasa_said(small: Path) -> None:
    config = (small / "config.yml").read_text(encoding="utf-8")
    (small / "config.yml").write_text(
        config.replace("LinearIntentClassifier\n", "NoSuchClassifier\n"), encoding="utf-8"
    )
    with pytest.raises(NluError, match=r"^rasa train failed:\n[\s\S]*NoSuchClassifier"):
        training.train(small, token=TOKEN, console=Console(file=io.StringIO()))
    assert not training.is_trained(small)


@pytest.mark.timeout(300)
def test_what_is_begun_without_a_question_is_trained_over_and_what_is_missed_is_told(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("data/fr/pacea.yml", "data/es/pacea.yml", "tuning/es.yml"):
        (small / name).parent.mkdir(exist_ok=True)
        (small / name).write_text(question_files.skeleton("pacea", "es"), encoding="utf-8")
    model = training.train(small, token=TOKEN, console=Console(file=io.StringIO()))
    assert Thresholds.read(training.thresholds_path(model)).others.keys() == set()

    (small / "tests").mkdir()
    small_nlu.write(small / "tests" / "fr.yml", {"cej": ["c quoi le cej", "bonjour"], "pecule": ["mon pécule"]})
    small_nlu.write(small / "tests" / "es.yml", {"pecule": ["mi pécule"]})
    monkeypatch.setenv("NLU_DIR", str(small))
    done = CliRunner().invoke(command.app, ["nlu", "evaluate", "--topic", "cej"], env={"COLUMNS": "200"})
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr.splitlines() == [
        f"{small}/tests/fr.yml : 1 sur 2 mal comprises pour « cej »",
        "  « bonjour » → salutation",
    ]


def test_a_wrong_line_is_told_before_anything_is_started(small: Path) -> None:
    path = small / "tuning" / "fr.yml"
    path.write_text(path.read_text(encoding="utf-8") + "  - mal placée\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"tuning/fr\.yml:\d+: cette ligne n'est pas lue"):
        training.train(small, token=TOKEN, console=Console(file=io.StringIO()))
    assert not (small / "models").exists()


def test_a_model_holds_arrays_and_json_only(model: Path) -> None:
    with tarfile.open(model) as archive:
        names = [member.name for member in archive if member.isfile()]
        kinds = {Path(name).suffix for name in names}
        assert any("LinearIntentClassifier" in name for name in names)
        assert kinds <= {".json", ".npz", ".yml"}
        for member in archive:
            stored = archive.extractfile(member)
            assert stored is None or stored.read(1) != b"\x80", f"{member.name} looks like a pickle"


def test_no_component_of_the_pipeline_knows_pickle() -> None:
    pipeline = YAML(typ="safe").load(small_nlu.WHOLE / "config.yml")["pipeline"]
    assert pipeline
    assert all(step["name"].startswith("components.") for step in pipeline), "only ours: Rasa's own may use pickle"
    for source in (small_nlu.WHOLE / "components").glob("*.py"):
        for word in ("pickle", "joblib", "dill", "io_utils", "eval(", "exec("):
            assert word not in source.read_text(encoding="utf-8").replace("allow_pickle=False", ""), source
