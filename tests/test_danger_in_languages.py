"""A cry for help in English and in Arabic, of several countries and in Latin letters, is heard as in French."""

from collections import Counter

import pytest
from ruamel.yaml import YAML

from bot.danger import DANGERS, match
from bot.library import Library
from bot.question_files import lines_of
from tests.conftest import ROOT

OTHERS = ("en", "ar")


def golden(lang: str) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = YAML(typ="safe").load(ROOT / "tests" / "golden" / f"danger_{lang}.yml")
    return found


@pytest.mark.parametrize("lang", OTHERS)
def test_every_plain_call_is_heard_and_called_by_its_name(library: Library, lang: str) -> None:
    calls = golden(lang)["explicit"]
    assert min(Counter(call["danger"] for call in calls)[danger] for danger in DANGERS) >= 60
    found = [match(call["text"], library.lexicons) for call in calls]
    assert [call for call, danger in zip(calls, found, strict=True) if danger is None] == []
    # « I want to overdose tonight » is answered as an overdose: the 15 comes first, and the 3114 below.
    wrong = [call for call, danger in zip(calls, found, strict=True) if danger != call["danger"]]
    assert len(wrong) <= 0.01 * len(calls), wrong


@pytest.mark.parametrize("lang", OTHERS)
def test_most_veiled_calls_are_heard(library: Library, lang: str) -> None:
    calls = golden(lang)["veiled"]
    missed = [call for call in calls if match(call["text"], library.lexicons) is None]
    assert len(missed) <= 0.1 * len(calls), missed


@pytest.mark.parametrize("lang", OTHERS)
def test_innocent_words_alarm_at_most_twice_in_a_hundred(library: Library, lang: str) -> None:
    lines = golden(lang)["near_miss"]
    assert len(lines) >= 120
    alarms = [line for line in lines if match(line["text"], library.lexicons)]
    assert len(alarms) <= 0.02 * len(lines), alarms


@pytest.mark.slow
@pytest.mark.parametrize("lang", OTHERS)
def test_the_lines_of_other_intents_alarm_at_most_five_times_in_a_thousand(library: Library, lang: str) -> None:
    folder = ROOT / "nlu" / "data" / lang
    lines = [line for intent, line in lines_of(folder) if intent not in DANGERS]
    alarms = [line for line in lines if match(line, library.lexicons)]
    assert len(alarms) <= 0.005 * len(lines), alarms


@pytest.mark.slow
def test_no_french_line_alarms_because_of_another_language(library: Library) -> None:
    french = [one for one in library.lexicons if one.lang == "fr"]
    lines = [line for intent, line in lines_of(ROOT / "nlu" / "data" / "fr") if intent not in DANGERS]
    assert [line for line in lines if match(line, library.lexicons) and not match(line, french)] == []


@pytest.mark.slow
@pytest.mark.parametrize("lang", OTHERS)
def test_the_calls_of_the_exam_of_the_nlu_are_heard(library: Library, lang: str) -> None:
    calls = [line for intent, line in lines_of(ROOT / "nlu" / "tests" / f"{lang}.yml") if intent in DANGERS]
    heard = [line for line in calls if match(line, library.lexicons)]
    assert len(heard) >= 0.9 * len(calls), set(calls) - set(heard)
