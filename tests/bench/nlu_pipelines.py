"""Our classifier beside Rasa's default pipeline: same lines, same server, same machine, same minute.

    make bench                       trains both, then measures; Rasa's 100 epochs take hours of two cores on our lines
    make bench BENCH="--epochs 12"   in less than one

Each server is asked the same held-out lines in turn, one request at a time, so that whatever else the machine does
falls on both. Training figures are those of the process that trained: CPU seconds do not depend on the neighbours.
"""

import argparse
import asyncio
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bot import question_files, rasa_server
from bot.understanding import OUT_OF_SCOPE

ROOT = Path(__file__).parent.parent.parent
NLU = ROOT / "nlu"
KEPT = ROOT / "var" / "bench"
TOKEN = "bench-token"
ROUNDS = 3
SEED = 20261122
OURS, DEFAULTS = "relais", "rasa-default"

# What `rasa init` writes for NLU in 3.6.
DEFAULT = """
recipe: default.v1
assistant_id: default
language: fr
pipeline:
  - name: WhitespaceTokenizer
  - name: RegexFeaturizer
  - name: LexicalSyntacticFeaturizer
  - name: CountVectorsFeaturizer
  - name: CountVectorsFeaturizer
    analyzer: char_wb
    min_ngram: 1
    max_ngram: 4
  - name: DIETClassifier
    epochs: {epochs}
    constrain_similarities: true
    random_seed: 42
  - name: EntitySynonymMapper
  - name: ResponseSelector
    epochs: {epochs}
    constrain_similarities: true
  - name: FallbackClassifier
    threshold: 0.3
    ambiguity_threshold: 0.1
policies: []
"""

console = Console(width=120)


@dataclass
class Figures:
    """What a pipeline costs and how often it is right."""

    train_wall_s: float
    train_cpu_s: float
    train_peak_mb: float
    model_mb: float
    start_s: float = 0.0
    median_ms: float = 0.0
    p95_ms: float = 0.0
    cpu_ms_per_parse: float = 0.0
    memory_mb: float = 0.0
    accuracy_in_scope: float = 0.0
    accuracy_all: float = 0.0


def train(name: str, config: str) -> tuple[Path, Figures]:
    """Train with an empty cache, or take the model and figures kept from an earlier run on the same lines."""
    KEPT.mkdir(parents=True, exist_ok=True)
    code = "".join(path.read_text() for path in sorted((NLU / "components").glob("*.py"))) if name == OURS else ""
    lines = repr(list(question_files.lines_of(NLU / "data")))
    mark = hashlib.sha256((config + code + lines).encode()).hexdigest()[:12]
    model, figures = KEPT / f"{name}-{mark}.tar.gz", KEPT / f"{name}-{mark}.json"
    if model.exists() and figures.exists():
        return model, Figures(**json.loads(figures.read_text()))
    console.print(f"Training {name} …")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "config.yml").write_text(config)
        command: list[str | Path] = [
            rasa_server.python_of(NLU),
            "-m",
            "rasa",
            "train",
            "nlu",
            "-c",
            f"{folder}/config.yml",
            "-u",
            "data",
        ]
        command += ["--out", KEPT, "--fixed-model-name", model.name.removesuffix(".tar.gz")]
        began = time.monotonic()
        child = subprocess.Popen(
            command,
            cwd=NLU,
            env=rasa_server.environment(NLU) | {"RASA_CACHE_DIRECTORY": f"{folder}/cache"},
            stdout=subprocess.DEVNULL,
        )
        _, status, used = os.wait4(child.pid, 0)
        if status:
            sys.exit(f"training {name} failed")
        wall = time.monotonic() - began
    found = Figures(
        train_wall_s=wall,
        train_cpu_s=used.ru_utime + used.ru_stime,
        train_peak_mb=used.ru_maxrss / 1024,
        model_mb=model.stat().st_size / 1e6,
    )
    figures.write_text(json.dumps(asdict(found)))
    return model, found


async def measure(models: dict[str, Path], figures: dict[str, Figures]) -> None:
    """Serve all models at once and ask each the same lines in turn."""
    lines = list(question_files.lines_of(NLU / "tests" / "fr.yml"))
    random.Random(SEED).shuffle(lines)  # noqa: S311 - an order, not a secret
    async with asyncio.TaskGroup() as group:
        done = asyncio.Event()
        ready: dict[str, asyncio.Future[tuple[str, int]]] = {
            name: asyncio.get_running_loop().create_future() for name in models
        }
        for name, model in models.items():
            group.create_task(_serve(model, figures[name], ready[name], done))
        servers = {name: await future for name, future in ready.items()}
        await asyncio.to_thread(_ask_all, servers, lines, figures)
        done.set()


async def _serve(model: Path, found: Figures, ready: "asyncio.Future[tuple[str, int]]", done: asyncio.Event) -> None:
    began = time.monotonic()
    async with rasa_server.serving(NLU, model, token=TOKEN) as url:
        found.start_s = time.monotonic() - began
        ready.set_result((url, _process_on(int(url.rsplit(":", 1)[1]))))
        await done.wait()


def _ask_all(servers: dict[str, tuple[str, int]], lines: list[tuple[str, str]], figures: dict[str, Figures]) -> None:
    """Ask by the lightest client there is, so that what is measured is the server."""
    doors = {name: HTTPConnection(url.removeprefix("http://")) for name, (url, _) in servers.items()}
    for door in doors.values():  # the first requests warm caches up
        for _, text in lines[:20]:
            _parse(door, text)
    times: dict[str, list[float]] = {name: [] for name in servers}
    right: dict[str, list[tuple[str, bool]]] = {name: [] for name in servers}
    began = {name: _cpu_seconds(pid) for name, (_, pid) in servers.items()}
    for turn in range(ROUNDS):
        for intent, text in lines:
            for name, door in doors.items():
                start = time.perf_counter()
                answer = _parse(door, text)
                times[name].append((time.perf_counter() - start) * 1000)
                if turn == 0:
                    right[name].append((intent, _best(answer) == intent))
    for name, (_, pid) in servers.items():
        found = figures[name]
        found.median_ms = statistics.median(times[name])
        found.p95_ms = statistics.quantiles(times[name], n=20)[-1]
        found.cpu_ms_per_parse = (_cpu_seconds(pid) - began[name]) * 1000 / len(times[name])
        found.memory_mb = _memory_mb(pid)
        found.accuracy_all = statistics.mean(ok for _, ok in right[name])
        found.accuracy_in_scope = statistics.mean(ok for intent, ok in right[name] if intent != OUT_OF_SCOPE)


def _parse(door: HTTPConnection, text: str) -> bytes:
    door.request("POST", f"/model/parse?token={TOKEN}", json.dumps({"text": text}))
    answer = door.getresponse()
    body = answer.read()
    if answer.status != HTTPStatus.OK:
        sys.exit(f"the server answered {answer.status}")
    return body


def _best(answer: bytes) -> str:
    """Return the best intent, before any fallback, so that both are judged on what they believe."""
    ranking = json.loads(answer)["intent_ranking"]
    return str(next(row["name"] for row in ranking if row["name"] != "nlu_fallback"))


def _process_on(port: int) -> int:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"rasa" in words and str(port).encode() in words:
                return int(folder.name)
    sys.exit(f"no server on port {port}")


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--epochs", type=int, default=100, help="of the default pipeline; Rasa's own is 100")
    options.add_argument("--train-only", action="store_true", help="train and keep the models, measure later")
    wanted = options.parse_args()
    configs = {OURS: (NLU / "config.yml").read_text(), DEFAULTS: DEFAULT.format(epochs=wanted.epochs)}
    trained = {name: train(name, config) for name, config in configs.items()}
    if wanted.train_only:
        return
    figures = {name: found for name, (_, found) in trained.items()}
    asyncio.run(measure({name: model for name, (model, _) in trained.items()}, figures))
    table = Table(
        "figure", *figures, "default / relais", title=f"{ROUNDS} rounds, {wanted.epochs} epochs of DIET, seed {SEED}"
    )
    for row in asdict(figures[OURS]):
        ours, theirs = (getattr(figures[name], row) for name in (OURS, DEFAULTS))
        table.add_row(row, f"{ours:.3f}", f"{theirs:.3f}", f"{theirs / ours:.2f}" if ours else "")
    console.print(table)


if __name__ == "__main__":
    main()
