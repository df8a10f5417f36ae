"""`relais directory`: lists imported, checked and tried; a bad file never takes the place of a good one."""

import csv
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from bot import directory_store, reloading, settings, structure_files
from bot.__main__ import app
from bot.commands.checks import of_content
from bot.commands.directory import status_table
from bot.directory import EMPTY
from bot.services import open_services
from bot.structures import Kind, Structure
from tests.command_line import relais
from tests.conftest import COMMUNES, ROOT
from tests.editor import Editor
from tests.test_structure_files import ONE, listed

CONTENT = ROOT / "content"


@pytest.fixture
def var(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "var"
    monkeypatch.setenv("VAR_DIR", str(folder))
    monkeypatch.delenv("COMMUNES_FILE", raising=False)
    return folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def directory(*arguments: str | Path, fails: bool = False) -> str:
    done = CliRunner().invoke(app, ["directory", *map(str, arguments)])
    assert done.exit_code == int(fails), done.output
    return " ".join(done.output.split())


def imports(path: Path, *structures: Structure, fails: bool = False, replace: bool = False) -> str:
    path.write_text(listed(*structures), encoding="utf-8")
    return directory("import", path, *(["--replace"] if replace else []), fails=fails)


def many(count: int) -> list[Structure]:
    return [replace(ONE, id=f"ml-{number:03}", phone="") for number in range(count)]


def on_disk(var: Path, kind: Kind = Kind.MISSION_LOCALE) -> tuple[Structure, ...]:
    return structure_files.read(directory_store.imported(var, kind)).structures


def test_an_import_tells_what_changes_and_twice_changes_nothing(var: Path, path: Path) -> None:
    assert "mission_locale: 3 added, 0 changed, 0 gone, 0 unchanged; sources of 2026-11 to 2026-11" in imports(
        path, *many(3)
    )
    before = directory_store.fingerprint(CONTENT, var)
    told = imports(path, *many(3))
    assert "0 added, 0 changed, 0 gone, 3 unchanged" in told
    assert "Nothing has changed." in told
    assert directory_store.fingerprint(CONTENT, var) == before
    first, second, _ = many(3)
    told = imports(path, first, replace(second, name="Un autre nom"), replace(ONE, id="ml-new"))
    assert "1 added, 1 changed, 1 gone, 1 unchanged" in told
    assert "~ ml-001 - ml-002" in told
    assert directory_store.fingerprint(CONTENT, var) != before


def test_the_source_and_its_date_are_kept(var: Path, path: Path) -> None:
    imports(path, ONE)
    assert on_disk(var) == (ONE,)


def test_nothing_is_written_in_a_dry_run(var: Path, path: Path) -> None:
    path.write_text(listed(ONE), encoding="utf-8")
    assert "1 added" in directory("import", path, "--dry-run")
    assert not var.exists()


def test_a_few_rows_refused_are_told_and_the_rest_is_taken(var: Path, path: Path) -> None:
    told = imports(path, *many(40), replace(ONE, id="ml-bad-1", phone="05"), replace(ONE, id="ml-bad-2", name="=1"))
    assert "40 of 42 rows" in told
    assert f"{path}:42: ce numéro de téléphone n'existe pas" in told
    assert f"{path}:43: name : une valeur ne commence pas par = + - ou @" in told
    assert len(on_disk(var)) == 40


def test_with_too_many_rows_refused_the_last_good_list_stays(var: Path, path: Path) -> None:
    imports(path, *many(3))
    bad = [replace(one, id=f"bad-{number}", phone="05") for number, one in enumerate(many(30))]
    told = imports(path, *many(2), *bad, fails=True)
    assert "30 lignes refusées sur 32, c'est trop : rien n'est pris" in told
    assert "… 30 refused in all" in told
    assert len(on_disk(var)) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        listed(ONE).replace("d'Albi", "d'Été").encode("cp1252"),
        listed(ONE).encode() + b'"ml-2,',
        b"x" * 5_000_001,
        listed(replace(ONE, phone="05")).encode(),
    ],
    ids=["empty", "columns", "windows-1252", "quotes", "5 MB", "no good row"],
)
def test_a_bad_file_is_one_clear_line_and_the_last_good_list_stays(var: Path, path: Path, content: bytes) -> None:
    imports(path, ONE)
    path.write_bytes(content)
    assert f"not taken: {path}:" in directory("import", path, fails=True)
    assert on_disk(var) == (ONE,)


def test_one_doubtful_file_keeps_the_list_of_its_kind_and_another_kind_is_taken(var: Path, tmp_path: Path) -> None:
    home = replace(ONE, id="hj-1", kind=Kind.HABITAT_JEUNES)
    bad = [replace(one, id=f"bad-{number}", phone="05") for number, one in enumerate(many(9))]
    for name, rows in (("a", [ONE]), ("b", [home]), ("c", [replace(ONE, id="ml-2"), *bad])):
        (tmp_path / f"{name}.csv").write_text(listed(*rows), encoding="utf-8")
    directory("import", tmp_path / "a.csv")
    directory("import", tmp_path / "b.csv", tmp_path / "c.csv", fails=True)
    assert (on_disk(var), on_disk(var, Kind.HABITAT_JEUNES)) == ((ONE,), (home,))


@pytest.mark.parametrize(
    "content",
    [b"a,b\n1,2\n", listed(ONE).replace("d'Albi", "d'Été").encode("cp1252"), listed(ONE).encode("utf-16"), b""],
    ids=["columns", "windows-1252", "utf-16", "empty"],
)
def test_a_file_that_cannot_be_read_makes_no_row_of_any_kind_go(var: Path, tmp_path: Path, content: bytes) -> None:
    rows = [*many(40), replace(ONE, id="hj-1", kind=Kind.HABITAT_JEUNES)]
    (tmp_path / "a.csv").write_text(listed(*rows[:20]), encoding="utf-8")
    (tmp_path / "b.csv").write_text(listed(*rows[20:]), encoding="utf-8")
    directory("import", tmp_path / "a.csv", tmp_path / "b.csv")
    (tmp_path / "a.csv").write_text(listed(*rows[:20], replace(ONE, id="ml-new")), encoding="utf-8")
    (tmp_path / "b.csv").write_bytes(content)
    told = directory("import", tmp_path / "a.csv", tmp_path / "b.csv", fails=True)
    assert f"not taken: 20 rows of 40 would go, and {tmp_path / 'b.csv'} could not be read" in told
    assert "Nothing has changed." in told
    assert (len(on_disk(var)), len(on_disk(var, Kind.HABITAT_JEUNES))) == (40, 1)
    (tmp_path / "a.csv").write_text(listed(*many(40), replace(ONE, id="ml-new")), encoding="utf-8")
    directory("import", tmp_path / "a.csv", tmp_path / "b.csv", fails=True)
    assert len(on_disk(var)) == 41, "where no row goes, what can be read is taken"


def test_a_list_that_would_lose_over_a_third_of_its_rows_is_refused_unless_it_is_meant(var: Path, path: Path) -> None:
    imports(path, *many(40))
    told = imports(path, *many(26), fails=True)
    assert "not taken: 14 rows of 40 would go: give --replace if that is meant" in told
    assert "Nothing has changed." in told
    assert len(on_disk(var)) == 40
    assert "13 gone" in imports(path, *many(27))
    assert "26 gone" in imports(path, *many(1), replace=True)
    assert len(on_disk(var)) == 1


def test_files_of_one_kind_given_together_make_one_list(var: Path, tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"{number}.csv").write_text(listed(replace(ONE, id=f"ml-{number}")), encoding="utf-8")
    (tmp_path / "notes.csv").write_text("ce que j'ai noté\n", encoding="utf-8")
    told = directory("import", tmp_path)  # in a folder, a list of something else is passed over
    assert "2 added" in told
    assert [one.id for one in on_disk(var)] == ["ml-1", "ml-2"]


def test_a_list_of_communes_is_taken_and_used(var: Path) -> None:
    assert "communes" in directory("import", COMMUNES)
    assert directory_store.communes(var) == var / "directory" / "communes.csv"
    assert "Nothing has changed." in directory("import", COMMUNES)
    assert directory_store.communes(var, COMMUNES) == COMMUNES
    assert "Mission Locale de Lozère" in directory("find", "mende", "--kind", "mission_locale")
    assert "several places bear this name" in directory("find", "st denis", fails=True)


def test_a_damaged_list_of_communes_is_refused(var: Path, path: Path) -> None:
    path.write_text(COMMUNES.read_text(encoding="utf-8").replace("31555,COM", "TOULOUSE,COM"), encoding="utf-8")
    assert "cette ligne n'est pas celle d'une commune" in directory("import", path, fails=True)
    assert directory_store.communes(var) is None


def test_a_list_of_communes_without_any_or_below_half_of_the_present_one_is_refused(var: Path, path: Path) -> None:
    columns, *rows = COMMUNES.read_text(encoding="utf-8").splitlines()
    path.write_text(f"{columns}\n", encoding="utf-8")
    assert f"not taken: {path}:1: aucune commune" in directory("import", path, fails=True)
    assert directory_store.communes(var) is None
    directory("import", COMMUNES)
    assert "aucune commune" in directory("import", path, "--replace", fails=True)
    path.write_text("\n".join([columns, *rows[:3]]), encoding="utf-8")
    told = directory("import", path, fails=True)
    assert "3 communes, et la liste présente en a 7 : rien n'est pris sans --replace" in told
    assert (var / "directory" / "communes.csv").read_bytes() == COMMUNES.read_bytes()
    path.write_text(COMMUNES.read_text(encoding="utf-8").replace(",", ";"), encoding="utf-8")
    assert "des virgules séparent les colonnes" in directory("import", path, fails=True)
    path.write_text("\n".join([columns, *rows[:3]]), encoding="utf-8")
    assert "Done." in directory("import", path, "--replace")


async def test_the_running_bot_takes_an_imported_list_of_communes_and_keeps_it_when_it_is_damaged(var: Path) -> None:
    services = open_services(CONTENT, var_dir=var)
    assert not services.places.by_insee
    directory("import", COMMUNES)
    await reloading.lists(services)
    taken = services.places
    assert len(taken.by_insee) == 7
    await reloading.lists(services)
    assert services.places is taken, "nothing is read again while nothing changes"
    (var / "directory" / "communes.csv").write_text("insee,type\n", encoding="utf-8")
    with capture_logs() as logs:
        await reloading.lists(services)
        await reloading.lists(services)
    assert services.places is taken
    assert [log["event"] for log in logs] == ["communes_refused"]
    (var / "directory" / "communes.csv").unlink()
    await reloading.lists(services)
    assert services.places is taken


async def test_the_doctor_counts_the_imported_communes(var: Path) -> None:
    directory("import", COMMUNES)
    told = {check.name: check.told for check in await of_content(settings.read())}
    assert told["places"] == "101 départements, 7 towns"


def test_imported_rows_replace_ours_of_the_same_id_and_add_to_them(var: Path, path: Path) -> None:
    ours = directory_store.load(CONTENT, var)
    assert ours.problems == ()
    same = replace(ours.directory.by_id["mission_locale-81004-01"], phone="+33563000000")
    imports(path, same, ONE)
    both = directory_store.load(CONTENT, var).directory
    assert both.by_id[same.id].phone == "+33563000000"
    assert both.by_id[ONE.id] == ONE
    assert len(both.structures) == len(ours.directory.structures) + 1


def test_a_list_damaged_on_the_disk_never_stops_the_bot(var: Path, path: Path) -> None:
    imports(path, ONE)
    good = directory_store.load(CONTENT, var).directory
    directory_store.imported(var, Kind.MISSION_LOCALE).write_bytes(b"\xff\x00")
    fresh, running = directory_store.load(CONTENT, var), directory_store.load(CONTENT, var, before=good)
    assert ONE.id not in fresh.directory.by_id
    assert len(fresh.directory.structures) > 100
    assert running.directory.by_id[ONE.id] == ONE
    assert len(fresh.problems) == len(running.problems) == 1
    assert "le fichier n'est pas en UTF-8" in fresh.problems[0]


async def test_our_own_list_broken_while_the_bot_runs_leaves_what_was_known(
    var: Path, path: Path, editor: Editor
) -> None:
    imports(path, ONE)
    services = open_services(editor.folder, var_dir=var)
    before = services.directory
    seed = directory_store.seed(editor.folder)
    good = seed.read_text(encoding="utf-8")
    seed.write_bytes(good.encode("cp1252", "replace"))
    with capture_logs() as logs:
        await reloading.lists(services)
    assert services.directory.by_id == before.by_id
    [refused] = [log for log in logs if log["event"] == "directory_refused"]
    assert "sans doute Windows-1252" in refused["problem"]
    seed.write_text(good.replace("Tarn Nord", "Tarn Nord et Sud"), encoding="utf-8")
    await reloading.lists(services)
    assert services.directory.by_id["mission_locale-81004-01"].name == "Mission Locale Tarn Nord et Sud"


def test_without_any_list_the_directory_is_empty_and_says_so(tmp_path: Path, var: Path) -> None:
    loaded = directory_store.load(tmp_path, var)
    assert loaded.directory.structures == ()
    assert loaded.problems == (f"{directory_store.seed(tmp_path)}:1: il manque ce fichier",)


def test_check_names_what_is_refused_and_counts_what_is_missing(
    var: Path, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = directory("check")
    assert "All readable." in told
    assert "without a phone number" in told
    assert "0 that a button would take for another one" in told
    shutil.copytree(CONTENT, tmp_path / "content")
    seed = directory_store.seed(tmp_path / "content")
    with seed.open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(["x"] * len(structure_files.COLUMNS))
    monkeypatch.setenv("CONTENT_DIR", str(tmp_path / "content"))
    assert f"refused: {seed}:" in directory("check", fails=True)


def test_status_counts_and_leaves_room_for_mailboxes(var: Path) -> None:
    told = directory("status")
    assert "mission_locale" in told
    assert "Communes: no list" in told
    columns = {str(column.header): list(column.cells) for column in status_table(EMPTY, {Kind.ADEPAPE: 2}).columns}
    assert columns["mailboxes confirmed"] == ["0", "0", "2", "0"]


def test_find_says_what_a_young_person_is_told(var: Path) -> None:
    told = directory("find", "81000", "--kind", "mission_locale", "--age", "18-20")
    assert "Mission Locale Tarn Nord" in told
    assert "probablement" in told
    assert "unml.info" in told
    assert "Habitat Jeunes" in directory("find", "lozère", "--kind", "habitat_jeunes")


def test_the_example_of_the_help_works_on_a_fresh_install(var: Path) -> None:
    told = directory("find", "albi", "--kind", "habitat_jeunes", "--age", "21+")
    assert "Pour Albi (81)" in told
    assert "Pour Alès (30), ta Mission Locale" in directory("find", "à Alès", "--kind", "mission_locale")


def test_what_is_no_place_or_no_age_is_one_clear_line(var: Path) -> None:
    assert "relais: zzzz: no one place is known by this name: give a postcode" in directory("find", "zzzz", fails=True)
    assert "relais: --age 12: it is one of 15-17, 18-20, 21+" in directory("find", "81000", "--age", "12", fails=True)
    assert "relais: no CSV file there" in directory("import", var.parent, fails=True)


@pytest.mark.shared
def test_the_open_data_is_imported_in_place(var: Path, reference: Path) -> None:
    told = directory("import", reference / "directory")
    assert "mission_locale: 700 added" in told
    assert "habitat_jeunes: 186 added" in told
    assert "adepape: 11 added" in told
    assert "departement: 101 added" in told
    assert "Nothing has changed." in directory("import", reference / "directory")
    both = directory_store.load(CONTENT, var)
    assert both.problems == ()
    ours = structure_files.read(directory_store.seed(CONTENT)).structures
    replaced = [one for one in ours if both.directory.by_id[one.id] != one]
    assert len(replaced) > 70  # an import gives phone numbers to our own rows


@pytest.mark.slow
def test_the_commands_explain_themselves_and_run_as_a_process(tmp_path: Path) -> None:
    for command in ("import", "check", "status", "find"):
        assert relais("directory", command, "--help").returncode == 0
    done = relais("directory", "import", COMMUNES, VAR_DIR=tmp_path / "var")
    assert (done.returncode, done.stderr.strip()) == (0, "Done.")
    mode = (tmp_path / "var" / "directory" / "communes.csv").stat().st_mode
    assert mode & 0o077 == 0
