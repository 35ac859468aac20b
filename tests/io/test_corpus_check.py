"""Each rule of the codebook: the sound corpus has no problem, one change makes that rule speak."""

from pathlib import Path

import pytest

from rupture_nlp.io.corpus import Severity, check_corpus
from tests.io.corpus_samples import DATA, SHARED, Rows, sound_rows, write_rows

CODE_BLANK = [""] * 7
Place = tuple[str, int, str, str]
"""File, row, column, rule."""


def problems(rows: Rows, folder: Path, severity: Severity) -> set[Place]:
    found = check_corpus(write_rows(rows, folder)).problems
    return {(p.file, p.row, p.column, p.rule) for p in found if p.severity is severity}


def test_a_sound_corpus_has_no_problems(tmp_path: Path) -> None:
    check = check_corpus(write_rows(sound_rows(), tmp_path))
    assert check.problems == ()
    assert (check.sessions, check.utterances) == (2, 9)


C, E, U, S, G = "codes.csv", "episodes.csv", "utterances.csv", "sessions.csv", "groups.csv"


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "rule"),
    [
        (U, 2, "speaker", "", "empty"),
        (U, 2, "speaker", "nurse", "name"),
        (U, 2, "start_s", "00:01", "number"),
        (U, 2, "start_s", "-1", "number"),
        (U, 2, "start_s", "nan", "number"),
        (U, 8, "utterance_id", "5", "duplicate"),
        (C, 2, "rupture", "", "empty"),
        (C, 2, "rupture", "withdrawal", "name"),
        (C, 2, "secondary", "none", "name"),
        (C, 2, "intensity", "", "intensity"),
        (C, 2, "intensity", "4", "name"),
        (C, 3, "intensity", "1", "intensity"),
        (C, 3, "secondary", "withdrawal_from_self", "secondary"),
        (C, 2, "markers", "silence|sulks", "name"),
        (C, 2, "markers", "silence||denial", "name"),
        (C, 2, "markers", "silence|silence", "repeated"),
        (C, 2, "markers", "hostility", "marker-family"),
        (C, 2, "markers", "ignores", "marker-speaker"),
        (C, 2, "strategies", "redirects", "strategy-speaker"),
        (C, 3, "strategies", "apologises", "name"),
        (C, 3, "process", "avoids", "process-speaker"),
        (C, 4, "process", "cries", "name"),
        (C, 3, "mode", "blinded", "name"),
        (C, 5, "session_id", "s9", "session"),
        (C, 5, "utterance_id", "99", "utterance"),
        (C, 5, "utterance_id", "6", "other-speaker"),
        (C, 5, "coder", "b", "coder"),
        (E, 2, "coder", "b", "coder"),
        (E, 2, "start", "99", "utterance"),
        (E, 2, "end", "0", "episode-order"),
        (E, 2, "repair_start", "0", "episode-order"),
        (E, 2, "start", "0", "episode-rupture"),
        (E, 2, "kind", "mixed", "episode-kind"),
        (E, 2, "kind", "rupture", "name"),
        (E, 2, "initiator", "therapist", "episode-initiator"),
        (E, 2, "initiator", "other", "name"),
        (E, 2, "repair_start", "", "episode-repair"),
        (E, 2, "repair_start", "4", "episode-repair"),
        (E, 2, "resolution", "6", "range"),
        (E, 2, "resolution", "3.5", "range"),
        (S, 2, "withdrawal_impact", "0", "range"),
        (S, 2, "withdrawal_impact", "5.1", "range"),
        (S, 2, "withdrawal_impact", "high", "range"),
        (S, 3, "resolution", "3", "resolution"),
        (S, 3, "session_id", "s1", "duplicate"),
        (G, 3, "group", "", "empty"),
    ],
)
def test_one_wrong_cell_is_an_error_at_that_cell(
    file: str, row: int, column: str, value: str, rule: str, tmp_path: Path
) -> None:
    rows = sound_rows()
    place = rows[file][0].index(column)
    rows[file][row - 1][place] = value
    found = {(f, r, what) for f, r, _, what in problems(rows, tmp_path, Severity.ERROR)}
    assert (file, row, rule) in found


@pytest.mark.parametrize(
    ("file", "row", "column", "value", "rule"),
    [
        (U, 2, "text", " ", "empty-text"),
        (U, 3, "start_s", "100", "time-order"),  # the later turns then run backwards
        (U, 2, "end_s", "0", "time-order"),
        (C, 2, "markers", "", "no-marker"),
        (C, 2, "secondary", "withdrawal_from_other", "secondary"),
        (E, 2, "resolution", "", "unrated"),
        (S, 2, "resolution", "", "unrated"),
        (S, 2, "withdrawal_impact", "", "unrated"),
        (G, 3, "session_id", "s9", "session"),
    ],
)
def test_one_doubtful_cell_is_a_warning(
    file: str, row: int, column: str, value: str, rule: str, tmp_path: Path
) -> None:
    rows = sound_rows()
    if rule == "time-order" and column == "end_s":
        rows[file][row - 1][rows[file][0].index("start_s")] = "1"
    rows[file][row - 1][rows[file][0].index(column)] = value
    found = problems(rows, tmp_path, Severity.WARNING)
    assert rule in {what for f, _, _, what in found if f == file}


def test_a_wrong_cell_makes_no_other_rule_speak(tmp_path: Path) -> None:
    rows = sound_rows()
    rows[C][1][6] = "hostility"
    assert problems(rows, tmp_path, Severity.ERROR) == {(C, 2, "markers", "marker-family")}
    assert problems(rows, tmp_path, Severity.WARNING) == set()


def test_a_marker_may_belong_to_the_secondary_code(tmp_path: Path) -> None:
    rows = sound_rows()
    rows[C][1][4], rows[C][1][6] = "confrontation_aggression", "minimal_response|hostility"
    assert problems(rows, tmp_path, Severity.ERROR) == set()


def test_therapist_markers_need_a_coverage_file_that_lists_them(tmp_path: Path) -> None:
    rows = sound_rows()
    rows[C].append(["s2", "0", "a", "confrontation_aggression", "", "1", "blames", *[""] * 4])
    rows[E].append(["s2", "a", "1", "0", "0", "confrontation", "therapist", "", "2"])
    rows[S][2][4] = "2"
    assert problems(rows, tmp_path / "without", Severity.WARNING) == {(C, 6, "markers", "coverage")}
    fields = "rupture|secondary|intensity|markers|strategies|process|episodes|ratings"
    rows["coverage.csv"] = [
        ["session_id", "coder", "fields", "status"],
        ["s2", "a", f"{fields}|therapist_markers", "complete"],
    ]
    assert check_corpus(write_rows(rows, tmp_path / "with")).problems == ()


def test_coverage_is_checked_and_masks(tmp_path: Path) -> None:
    rows = sound_rows()
    rows["coverage.csv"] = [
        ["session_id", "coder", "fields", "status"],
        ["s1", "a", "rupture|mood", "complete"],
        ["s2", "a", "rupture", "half"],
    ]
    assert problems(rows, tmp_path, Severity.ERROR) == {
        ("coverage.csv", 2, "fields", "name"),
        ("coverage.csv", 3, "status", "name"),
    }
    warned = {(row, column) for f, row, column, _ in problems(rows, tmp_path, Severity.WARNING)}
    assert warned == {
        (2, "intensity"),
        (2, "markers"),
        (3, "strategies"),
        (4, "process"),
        (5, "process"),
    }


def test_a_session_needs_a_group_and_should_have_a_coder(tmp_path: Path) -> None:
    rows = sound_rows()
    del rows[G][2], rows[S][2]
    assert problems(rows, tmp_path, Severity.ERROR) == {(U, 9, "session_id", "group")}
    assert problems(rows, tmp_path, Severity.WARNING) == {(U, 9, "session_id", "uncoded")}


def drawn(drawing: str, *episodes: tuple[int, int]) -> Rows:
    """One session: W, A ruptures of the patient; S strategy; P process; R re-engages; . nothing."""
    codes = {
        "W": ["withdrawal_from_other", "", "1", "denial", "", ""],
        "A": ["confrontation_aggression", "", "1", "hostility", "", ""],
        "S": ["none", "", "", "", "redirects", ""],
        "P": ["none", "", "", "", "", "avoids"],
        "R": ["none", "", "", "", "", "re_engages"],
    }
    rows = sound_rows()
    speakers = ["therapist" if mark == "S" else "patient" for mark in drawing]
    turns = [["s", str(i), who, "x", "", ""] for i, who in enumerate(speakers)]
    given = [
        ["s", str(i), "a", *codes[mark], "", ""] for i, mark in enumerate(drawing) if mark != "."
    ]
    listed = []
    for number, (start, end) in enumerate(episodes):
        inside = drawing[start : end + 1]
        both = "W" in inside and "A" in inside
        kind = "mixed" if both else "confrontation" if "A" in inside else "withdrawal"
        repair = str(start + inside.index("S")) if "S" in inside else ""
        listed.append(["s", "a", str(number), str(start), str(end), kind, "patient", repair, "3"])
    return {
        U: [rows[U][0], *turns],
        C: [rows[C][0], *given],
        E: [rows[E][0], *listed],
        S: [rows[S][0], ["s", "a", "2", "2", "3" if set(drawing) & {"W", "A"} else "", "1"]],
        G: [["session_id", "group"], ["s", "g"]],
    }


@pytest.mark.parametrize(
    ("drawing", "episodes", "rules"),
    [
        ("", (), set()),
        ("W.SPR", ((0, 4),), set()),
        ("WA", ((0, 1),), set()),
        ("S....", (), set()),  # a strategy may stand outside
        ("W....", (), {"outside"}),
        ("W..P.", ((0, 0),), {"outside"}),
        ("W..A.", ((0, 2), (2, 3)), {"episode-overlap", "episode-end", "episode-rupture"}),
        ("..S..", ((2, 3),), {"episode-rupture", "episode-end"}),
        (".SW..", ((1, 2),), {"episode-rupture", "episode-initiator"}),
        ("W....", ((0, 1),), {"episode-end"}),
        ("W.........A", ((0, 10),), set()),  # nine between
        ("W..........A", ((0, 11),), {"episode-gap"}),  # ten between
        ("W.........A", ((0, 0), (10, 10)), {"episode-split"}),
        ("W..........A", ((0, 0), (11, 11)), set()),
        ("WR...A", ((0, 1), (5, 5)), set()),  # back in the work between them
        ("WSSSSSSSSSSS.A", ((0, 11), (13, 13)), {"episode-split"}),  # strategies are strained turns
    ],
)
def test_episodes_drawn(
    drawing: str, episodes: tuple[tuple[int, int], ...], rules: set[str], tmp_path: Path
) -> None:
    rows = drawn(drawing, *episodes)
    if not drawing:
        rows[U].append(["s", "0", "patient", "x", "", ""])
    assert {p.rule for p in check_corpus(write_rows(rows, tmp_path)).problems} == rules


def test_a_partial_coding_is_not_blamed_for_what_it_did_not_reach(tmp_path: Path) -> None:
    rows = drawn("W....P....S")
    rows["coverage.csv"] = [
        ["session_id", "coder", "fields", "status"],
        ["s", "a", "rupture|intensity|markers|strategies|process|episodes|ratings", "partial"],
    ]
    assert check_corpus(write_rows(rows, tmp_path)).problems == ()


def test_a_missing_column_is_named_and_an_unknown_one_is_not(tmp_path: Path) -> None:
    rows = sound_rows()
    for row in rows[C]:
        row[3] = "canary header" if row is rows[C][0] else row[3]
    check = check_corpus(write_rows(rows, tmp_path))
    places = {(p.file, p.row, p.column, p.rule, p.severity) for p in check.problems}
    assert places == {
        (C, 1, "rupture", "columns", Severity.ERROR),
        (C, 1, "column 4", "columns", Severity.WARNING),
    }
    assert "canary" not in "".join(map(str, check.problems))


def test_a_column_twice_and_a_row_too_short_are_errors(tmp_path: Path) -> None:
    rows = sound_rows()
    rows[S][0][5] = "coder"
    rows[G][1].pop()
    found = problems(rows, tmp_path, Severity.ERROR)
    assert (S, 1, "therapist_contribution", "columns") in found
    assert (S, 1, "column 6", "columns") in found
    assert (G, 2, "", "cells") in found


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header"),
        (b"\xff\xfe\x00canary", "not UTF-8"),
        (b'session_id,group\r\ns1,"canary\r\n', "not valid CSV"),
        (b'session_id,group\r\ns1,"canary"x\r\n', "not valid CSV"),
        (b"session_id,group\r\ns1," + b"x" * 200_000, "not valid CSV"),
    ],
)
def test_a_file_that_is_no_table_is_one_error_without_its_content(
    content: bytes, message: str, tmp_path: Path
) -> None:
    write_rows(sound_rows(), tmp_path)
    (tmp_path / G).write_bytes(content)
    (problem,) = check_corpus(tmp_path).problems
    assert (problem.file, problem.rule) == (G, "file")
    assert message in str(problem)
    assert "canary" not in str(problem)


@pytest.mark.parametrize("file", [U, C, E, S, G])
def test_a_missing_file_is_one_error_and_no_false_alarms(file: str, tmp_path: Path) -> None:
    write_rows(sound_rows(), tmp_path)
    (tmp_path / file).unlink()
    errors = check_corpus(tmp_path).errors
    assert [(p.file, p.rule) for p in errors if p.rule == "file"] == [(file, "file")]
    # Without the episodes, ruptures and processes do stand outside; without the rest nothing is.
    assert {p.rule for p in errors} == ({"file", "outside"} if file == E else {"file"})


def test_rows_count_as_in_a_spreadsheet_whatever_the_cells_hold(tmp_path: Path) -> None:
    rows = sound_rows()
    rows[U][1][3] = "two\r\nlines\n\nand more"
    rows[U][3][2] = "nurse"
    assert (U, 4, "speaker", "name") in problems(rows, tmp_path, Severity.ERROR)


def test_no_problem_ever_holds_a_cell(tmp_path: Path) -> None:
    rows = sound_rows()
    for file, table in rows.items():
        rows[file] = [table[0], *([f"canary {cell}" for cell in row] for row in table[1:])]
    listed = "\n".join(map(str, check_corpus(write_rows(rows, tmp_path)).problems))
    assert len(listed.splitlines()) > 20
    assert "canary" not in listed


def test_the_shipped_corpus_has_no_errors_and_the_known_warnings() -> None:
    check = check_corpus(DATA / "authored")
    assert check.errors == ()
    rules = sorted(problem.rule for problem in check.warnings)
    assert rules == ["episode-end"] * 2 + ["secondary"] * 4


def test_annomi_has_no_errors_and_the_known_warnings() -> None:
    if not SHARED.exists():
        pytest.skip("AnnoMI's words are not beside this checkout")
    check = check_corpus(SHARED / "annomi")
    assert check.errors == ()
    rules = [problem.rule for problem in check.warnings]
    counted = {rule: rules.count(rule) for rule in set(rules)}
    assert counted == {"episode-gap": 8, "episode-end": 6, "time-order": 5}
