"""`huiying detect` prints timestamp,score rows, and nothing but its reason when a file is not such a file."""

from pathlib import Path

from typer.testing import CliRunner

from standalone.command import app


def test_the_scores_come_under_their_header_a_row_each(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text("timestamp,value\n2026-03-02 00:00:00,5\n2026-03-02 00:05:00,6\n")

    found = CliRunner().invoke(app, ["detect", "--csv", str(tmp_path / "counts.csv")])

    assert found.exit_code == 0
    assert found.stdout == "timestamp,score\n2026-03-02 00:00:00,0.00000000\n2026-03-02 00:05:00,0.00000000\n"


def test_a_file_that_cannot_be_read_is_refused_before_anything_is_printed(tmp_path: Path) -> None:
    (tmp_path / "counts.csv").write_text("timestamp,value\n2026-03-02 00:00:00,many\n")

    found = CliRunner().invoke(app, ["detect", "--csv", str(tmp_path / "counts.csv")])

    assert found.exit_code != 0
    assert found.stdout == ""
