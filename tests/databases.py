"""The two databases that everything kept is tested on: SQLite, and a throw-away PostgreSQL on a socket."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import psycopg
from psycopg import sql

from bot import db

OWNER = "postgres"  # the server refuses to run as root
FAST = {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
ABSENT = "half the tests of what is kept were left out, for want of PostgreSQL: `make system` installs it (Debian)"


def binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs: Debian's newest, else those on PATH, None if there are none."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = versions[-1] if versions else shutil.which("initdb")
    return Path(found).resolve().parent if found else None


@dataclass
class Cluster:
    """A running server: a migrated template, and a copy of it for each test."""

    folder: Path
    _names: Iterator[int] = field(default_factory=count)

    def start(self) -> None:
        options = " ".join(f"-c {name}={value}" for name, value in FAST.items())
        asked = f"-k {self.folder} -c listen_addresses='' -c log_statement=all {options}"
        _as_owner("pg_ctl", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", asked, "-w", "start")

    def stop(self) -> None:
        """Stop it as a power cut does."""
        _as_owner("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "-w", "stop")

    def url(self, name: str) -> str:
        return f"postgresql://{OWNER}@/{name}?host={self.folder}"

    def run(self, statement: str) -> None:
        _run("psql", "-h", str(self.folder), "-U", OWNER, "-d", "postgres", "-qc", statement)

    def copy(self) -> str:
        """Return the address of a new database with every table, empty."""
        name = f"test_{next(self._names)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE template_relais")
        return self.url(name)

    def empty(self) -> str:
        """Return the address of a new database without a table."""
        name = f"test_{next(self._names)}"
        self.run(f"CREATE DATABASE {name}")
        return self.url(name)

    def dump_all(self) -> str:
        """Return every row of every database that a test has used, as text; pg_dumpall would take minutes."""
        rows: list[str] = []
        with self._connected("postgres") as postgres:
            names = [
                name for (name,) in postgres.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test_%'")
            ]
        for name in names:
            with self._connected(name) as test:
                tables = test.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
                for (table,) in tables:
                    found = test.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table)))
                    rows += [row for (row,) in found]
        return "\n".join(rows)

    def _connected(self, name: str) -> psycopg.Connection[tuple[str]]:
        return psycopg.connect(host=str(self.folder), user=OWNER, dbname=name)

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def dump(self, url: str) -> str:
        return _run("pg_dump", "-h", str(self.folder), "-U", OWNER, url.partition("@/")[2].partition("?")[0])


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Start a server in a folder of its own and stop it at the end; its log stands in `<folder>/log`."""
    folder = Path(tempfile.mkdtemp(prefix="relais-pg-"))
    try:
        if os.geteuid() == 0:
            owner = pwd.getpwnam(OWNER)
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        _as_owner("initdb", "-D", f"{folder}/data", "-U", OWNER, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        running = Cluster(folder)
        running.start()
        try:
            running.run("CREATE DATABASE template_relais")
            db.upgrade(running.url("template_relais"))
            yield running
        finally:
            running.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_owner(program: str, *arguments: str) -> None:
    become = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
    _run(program, *arguments, before=become)


def _run(program: str, *arguments: str, before: list[str] | None = None) -> str:
    folder = binaries()
    assert folder is not None, ABSENT
    done = subprocess.run(
        [*(before or []), str(folder / program), *arguments], capture_output=True, text=True, check=False, cwd="/"
    )
    assert done.returncode == 0, f"{program}: {done.stderr}"
    return done.stdout
