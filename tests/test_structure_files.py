"""Lists of structures as they come: ours, those of the open data, and all that a spreadsheet does to them."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.structure_files import COLUMNS, LARGEST_FILE, LONGEST, LONGEST_NAME, Read, lines, read
from bot.structures import Kind, Structure
from bot.yaml_files import ContentError
from tests.conftest import ROOT

ONE = Structure(
    id="ml-1",
    kind=Kind.MISSION_LOCALE,
    name="Mission Locale du Test, antenne d'Albi",
    departement="81",
    source="essai",
    source_date="2026-11",
    organisation="81004",
    is_seat=False,
    address="1 rue de l'Essai",
    postcode="81000",
    town="Albi",
    insee="81004",
    phone="+33563000000",
    email="accueil@example.org",
    website="https://example.org",
    booking_url="https://example.org/rdv",
    lat=43.92585,
    lon=-0.14745,
    remark="lieu déduit, à confirmer",
)
MISSIONS_LOCALES = (
    "id,nom,type,structure_milo_code,structure_milo_nom,rattachement,adresse,code_postal,commune,insee,dep,region,"
    "telephone,telephone_e164,email,site_web,rdv_url,siret,lat,lon,geo_precision,source,source_date,fiabilite,remarques"
)

DEPARTEMENTS = (
    "dep,nom,adresse,code_postal,commune,telephone_standard,telephone_e164,email_generique,site_web,source,"
    "source_date,remarques"
)


def listed(*structures: Structure) -> str:
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(lines(structures))
    return text.getvalue()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list.csv"


def reading(path: Path, content: str | bytes) -> Read:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(path)


def reason(path: Path, row: Structure) -> str:
    """Return why a row is refused; the row after it is read all the same."""
    found = reading(path, listed(row, replace(ONE, id="z-last")))
    assert [one.id for one in found.structures] == ["z-last"]
    [refused] = found.refused
    assert str(refused).startswith(f"{path}:2: ")
    return str(refused).removeprefix(f"{path}:2: ")


def problem(path: Path, content: str | bytes) -> str:
    with pytest.raises(ContentError) as refused:
        reading(path, content)
    assert str(refused.value).startswith(f"{path}:")
    return str(refused.value).removeprefix(f"{path}:")


def test_our_own_columns_give_back_what_was_written(path: Path) -> None:
    bare = Structure("d-2", Kind.DEPARTEMENT, "Département", "2A", "essai", "")
    assert reading(path, listed(ONE, bare)).structures == (bare, ONE)


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["no mark", "byte order mark"])
def test_the_line_ends_and_the_mark_of_a_spreadsheet_are_accepted(path: Path, ends: str, mark: bytes) -> None:
    assert reading(path, mark + listed(ONE).replace("\n", ends).encode()).structures == (ONE,)


def test_an_address_on_two_lines_is_one_and_the_next_row_keeps_its_line(path: Path) -> None:
    first = replace(ONE, address="1 rue de l'Essai\r\nBâtiment B")
    found = reading(path, listed(first, replace(ONE, id="ml-2", name="")))
    assert [one.address for one in found.structures] == ["1 rue de l'Essai Bâtiment B"]
    assert [str(error) for error in found.refused] == [f"{path}:4: il manque le nom"]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"id": ""}, "il manque l'identifiant"),
        ({"name": "  "}, "il manque le nom"),
        ({"departement": ""}, "il manque le département"),
        ({"departement": "1"}, "departement : « 1 » n'est pas un département"),
        ({"kind": "ccas"}, "kind : « ccas » n'est pas un genre de structure"),
        ({"phone": "05 63"}, "ce numéro de téléphone n'existe pas"),
        ({"phone": "+33999999999999"}, "ce numéro de téléphone n'existe pas"),
        ({"phone": "accueil@example.org"}, "ce n'est pas un numéro de téléphone"),
        ({"phone": "0899 70 00 00"}, "ce numéro de téléphone est surtaxé"),
        ({"phone": "+33892701234"}, "ce numéro de téléphone est surtaxé"),
        ({"name": "=1+1"}, "un tableur la prendrait pour un calcul"),
        ({"name": "+Mission"}, "un tableur la prendrait pour un calcul"),
        ({"name": "-Mission"}, "un tableur la prendrait pour un calcul"),
        ({"remark": "@SOMME(A1)"}, "un tableur la prendrait pour un calcul"),
        ({"name": "Mission\x00Locale"}, "il y a un signe invisible ou abîmé"),
        ({"name": "Mission \u202eelacoL"}, "il y a un signe invisible ou abîmé"),
        ({"town": "Vand\x9cuvre"}, "il y a un signe invisible ou abîmé"),
        ({"name": "m" * (LONGEST_NAME + 1)}, "le nom est trop long"),
        ({"address": "m" * (LONGEST + 1)}, "une valeur est trop longue"),
        ({"postcode": "8100"}, "postcode : « 8100 » n'est pas un code postal"),
        ({"insee": "ALBI"}, "insee : « ALBI » n'est pas un code INSEE"),
        ({"source_date": "hier"}, "source_date : « hier » n'est pas une date"),
        ({"lat": "quarante"}, "n'est pas un nombre de degrés"),
        ({"lat": 91.0}, "n'est pas un nombre de degrés"),
        ({"lon": float("nan")}, "n'est pas un nombre de degrés"),
    ],
    ids=str,
)
def test_a_row_that_cannot_be_used_is_refused_with_its_line_and_why(
    path: Path, changed: dict[str, str], why: str
) -> None:
    assert why in reason(path, replace(ONE, **changed))  # type: ignore[arg-type]


def test_an_identifier_written_twice_is_refused_the_second_time(path: Path) -> None:
    found = reading(path, listed(ONE, replace(ONE, name="Une autre")))
    assert found.structures == (ONE,)
    assert [str(error) for error in found.refused] == [f"{path}:3: l'identifiant « ml-1 » est écrit deux fois"]


def test_a_row_with_too_few_or_too_many_values_is_refused(path: Path) -> None:
    found = reading(path, listed(ONE) + "ml-2,mission_locale\n" + "," * 30 + "\n")
    assert found.structures == (ONE,)
    assert [str(error).rpartition(": ")[2] for error in found.refused] == [
        "cette ligne n'a pas autant de valeurs que la première"
    ] * 2


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "1: colonnes inconnues"),
        ("a,b\n1,2\n", "1: colonnes inconnues"),
        (listed(ONE).replace("departement", "Département"), "1: colonnes inconnues"),
        (
            listed(ONE).replace("d'Albi", "d'Été").encode("cp1252"),
            "2: le fichier n'est pas en UTF-8 (sans doute Windows-1252)",
        ),
        (listed(ONE).encode("utf-16"), "1: le fichier n'est pas en UTF-8 (sans doute UTF-16)"),
        (listed(ONE) + 'ml-2,"mission_locale,81\n', "3: les guillemets ne sont pas fermés"),
        (b"id" * LARGEST_FILE, "1: fichier trop gros (5 Mo au plus)"),
    ],
    ids=["empty", "columns", "capital", "windows-1252", "utf-16", "quotes", "5 MB"],
)
def test_a_file_that_cannot_be_read_says_why_and_where(path: Path, content: str | bytes, why: str) -> None:
    assert problem(path, content).startswith(why)


def test_a_missing_file_and_a_folder_are_one_clear_line(path: Path) -> None:
    for wrong in (path, path.parent):
        with pytest.raises(ContentError, match=r":1: (il manque ce fichier|ce fichier ne peut pas être lu)"):
            read(wrong)


def test_the_column_of_the_open_data_become_ours(path: Path) -> None:
    row = (
        "mission_locale-81060-01,Mission locale - Carmaux,site,81004,ML TARN NORD,domaine,1 rue de l'Essai,81400,"
        "Carmaux,81060,81,76,05 63 00 00 00,+33563000000,accueil@example.org,http://example.org,,,44.05,2.16,commune,"
        "essai,2019-09,C,"
    )
    alone = (
        row.replace("-81060-01", "-81004").replace(",81060,", ",81004,").replace(",site,", ",structure_sans_contact,")
    )
    site, seat = reading(path, f"{MISSIONS_LOCALES}\n{row}\n{alone}\n").structures
    assert (site.organisation, site.is_seat, site.phone) == ("81004", False, "+33563000000")
    assert (seat.organisation, seat.is_seat, seat.name) == ("81004", True, "Mission locale - Carmaux")


def test_lists_without_identifiers_get_some_that_stay(path: Path) -> None:
    adepape = (
        "dep,nom,territoire,type,adresse,code_postal,commune,telephone,telephone_e164,email,site_web,source,"
        "source_date,remarques\n"
        ",Fédération,France,federation,,,,,,,,essai,,\n"
        "12,ADEPAPE de l’Aveyron,,adepape,,,,,,,,essai,2023-01,\n"
    )
    found = reading(path, adepape)
    assert [one.id for one in found.structures] == ["adepape-12-adepapedelaveyron"]
    assert found.refused == ()
    departement = f"{DEPARTEMENTS}\n94,Conseil départemental,,94000,Créteil,3994,,,,essai,2019-09,numéro court\n"
    [one] = reading(path, departement).structures
    assert (one.id, one.phone) == ("departement-94", "3994")


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("67", "Collectivité européenne d'Alsace - Bas-Rhin"),
        ("68", "Collectivité européenne d'Alsace - Haut-Rhin"),
        ("2A", "Collectivité de Corse - Corse-du-Sud"),
        ("2B", "Collectivité de Corse - Haute-Corse"),
        ("75", "Ville de Paris"),
        ("972", "Collectivité territoriale de Martinique"),
        ("973", "Collectivité territoriale de Guyane"),
        ("62", "Conseil départemental - Essai"),
    ],
)
def test_where_there_is_no_conseil_departemental_any_more_the_collectivite_is_named(
    path: Path, code: str, name: str
) -> None:
    [one] = reading(path, f"{DEPARTEMENTS}\n{code},Conseil départemental - Essai,,,,,,,,essai,2019-09,\n").structures
    assert (one.id, one.name) == (f"departement-{code}", name)


def test_a_list_that_a_french_spreadsheet_wrote_is_read(path: Path) -> None:
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, delimiter=";")
    rows.writeheader()
    rows.writerows({**row, "lat": row["lat"].replace(".", ",")} for row in lines((ONE,)))
    assert reading(path, b"\xef\xbb\xbf" + text.getvalue().encode()).structures == (ONE,)


@pytest.mark.parametrize(
    "address", ["amina.dupont@example.org", "a.dupont@example.org", "infos@mairie-seysses.example"]
)
def test_the_mailbox_of_a_person_or_of_a_town_hall_is_dropped_and_the_row_kept(path: Path, address: str) -> None:
    [kept] = reading(path, listed(replace(ONE, email=address))).structures
    assert kept == replace(ONE, email="")


def test_the_mailbox_of_a_structure_is_kept_for_information(path: Path) -> None:
    for address in ("accueil.albi@example.org", "mlj.belley@example.org", "mission.locale@example.org"):
        [kept] = reading(path, listed(replace(ONE, email=address))).structures
        assert kept.email == address


def test_a_site_that_is_no_address_is_dropped_and_the_row_kept(path: Path) -> None:
    for wrong in ("https://Facebook : Mission-Locale", "javascript:alert(1)", 'https://a"onclick=b'):
        [kept] = reading(path, listed(replace(ONE, website=wrong, booking_url=wrong))).structures
        assert kept == replace(ONE, website="", booking_url="")


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    try:
        reading(path, listed(ONE).encode() + content)
    except ContentError as error:
        assert str(error).startswith(f"{path}:")  # noqa: PT017 - both ends are right


def test_our_own_list_is_clean_and_says_where_it_comes_from() -> None:
    found = read(ROOT / "content" / "directory" / "structures.csv")
    assert found.refused == ()
    assert all(one.source and one.source_date for one in found.structures)
    assert {one.departement for one in found.structures if one.kind == Kind.MISSION_LOCALE} == set(
        "09 11 12 30 31 32 34 46 48 65 66 81 82".split()  # noqa: SIM905
    )
    assert all(one.spot for one in found.structures if one.kind in (Kind.MISSION_LOCALE, Kind.HABITAT_JEUNES))


def test_no_structure_of_the_departement_is_an_insertion_service_or_for_professionals_only() -> None:
    found = read(ROOT / "content" / "directory" / "structures.csv").structures
    told = [f"{one.name} {one.remark}".lower() for one in found if one.kind == Kind.DEPARTEMENT]
    assert [text for text in told if "insertion" in text or "inclusion" in text or "professionnel" in text] == []
    assert not any(one.phone for one in found if "professionnels" in one.remark)


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "rows", "refused"),
    [
        ("missions_locales", 700, [349, 514]),  # two names that were damaged on the way
        ("habitat_jeunes", 186, []),
        ("adepape", 11, []),  # and two federations
        ("conseils_departementaux", 101, []),
    ],
)
def test_the_open_data_is_read_in_place(reference: Path, name: str, rows: int, refused: list[int]) -> None:
    path = reference / "directory" / f"{name}.csv"
    found = read(path)
    assert len(found.structures) == rows
    assert [int(str(error).removeprefix(f"{path}:").split(":")[0]) for error in found.refused] == refused
