"""The sweep finds what it looks for: otherwise its silence would prove nothing."""

from pathlib import Path

import pytest

from tests import sweep
from tests.conftest import AMINA


@pytest.mark.parametrize(
    "left",
    [sweep.NAME, sweep.PHONE, "+33639987731", sweep.E_MAIL, f"mon {sweep.WORDS}", str(AMINA), sweep.TOKEN],
    ids=["name", "phone", "phone in full", "e-mail", "words", "chat", "token"],
)
def test_a_mark_is_found_wherever_it_was_left(tmp_path: Path, left: str) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "log.txt").write_bytes(b"\x00\xff" + f"… {left} …".encode())
    found = list(sweep.found_in(tmp_path))
    assert len(found) == 1
    (tmp_path / "var" / "log.txt").unlink()  # or the sweep at the end of the run would find it


def test_what_says_nothing_about_anyone_is_no_mark() -> None:
    assert sweep.marks(b"amina 3114 2026-11-22T15:00:00 1777005000012 update_id=42") == set()
    assert sweep.marks(b"id=9b7770026497e04f41") == set()
    assert sweep.marks(b"2029-01-31 14:02:07.7770042029-02-14") == set()
