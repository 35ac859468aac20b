"""Counts of a corpus, worked by hand on the small one and held against the data statement."""

import csv
from pathlib import Path

import pytest

from rupture_nlp.io.corpus import CorpusStats, StatRow, corpus_stats, read_corpus
from rupture_nlp.io.corpus.stats import write_stats
from tests.io.corpus_samples import sound_rows, write_rows


@pytest.fixture
def stats(tmp_path: Path) -> CorpusStats:
    rows = sound_rows()
    rows["codes.csv"].append(["s2", "1", "a", "uncodable", *[""] * 7])
    rows["sessions.csv"].append(["s2", "b", "3", "1", "", "1"])
    rows["coverage.csv"] = [
        ["session_id", "coder", "fields", "status"],
        ["s2", "b", "rupture|ratings", "complete"],
    ]
    return corpus_stats(read_corpus(write_rows(rows, tmp_path)))


def row(stats: CorpusStats, coder: str, speaker: str, kind: str, name: str) -> StatRow:
    (found,) = (
        r
        for r in stats.rows
        if (r.coder, r.speaker, r.kind, r.name) == (coder, speaker, kind, name)
    )
    return found


def test_the_corpus_is_counted(stats: CorpusStats) -> None:
    assert (stats.sessions, stats.groups, stats.utterances) == (2, 2, 9)
    assert stats.coders == ("a", "b")


@pytest.mark.parametrize(
    ("key", "count", "of"),
    [
        (("a", "patient", "turns", "coded"), 4, 4),
        (("a", "patient", "turns", "uncodable"), 1, 4),
        (("a", "patient", "rupture", "any"), 1, 3),  # the uncodable turn is in no figure
        (("a", "patient", "rupture", "none"), 2, 3),
        (("a", "patient", "rupture", "withdrawal_from_other"), 1, 3),
        (("a", "patient", "intensity", "2"), 1, 3),
        (("a", "patient", "marker", "minimal_response"), 1, 3),
        (("a", "patient", "process", "re_engages"), 1, 4),
        (("a", "therapist", "turns", "coded"), 4, 4),  # the `other` speaker is nobody's turn
        (("a", "therapist", "strategy", "redirects"), 1, 4),
        (("a", "therapist", "marker", "blames"), 0, 0),  # nothing says that anyone looked for it
        (("a", "", "episode", "withdrawal"), 1, 1),
        (("a", "", "episode", "by patient"), 1, 1),
        (("a", "", "episode", "repaired"), 1, 1),
        (("a", "", "episode", "sessions with one"), 1, 2),
        (("b", "patient", "rupture", "none"), 1, 1),
        (("b", "patient", "process", "avoids"), 0, 0),
        (("b", "", "episode", "sessions with one"), 0, 0),
    ],
)
def test_counts_worked_by_hand(
    stats: CorpusStats, key: tuple[str, str, str, str], count: int, of: int
) -> None:
    found = row(stats, *key)
    assert (found.count, found.of) == (count, of)
    assert found.value == (count / of if of else None)


def test_a_rating_is_a_mean_over_the_sessions_that_have_one(stats: CorpusStats) -> None:
    contribution = row(stats, "a", "", "rating", "therapist_contribution")
    assert (contribution.count, contribution.of, contribution.value) == (2, 2, 1.25)
    resolution = row(stats, "a", "", "rating", "resolution")
    assert (resolution.count, resolution.of, resolution.value) == (1, 2, 4.0)


@pytest.mark.parametrize(("ruptures", "estimable"), [(19, False), (20, True)])
def test_a_class_is_estimable_from_twenty_positives_on(
    ruptures: int, estimable: bool, tmp_path: Path
) -> None:
    rows = sound_rows()
    for i in range(2, ruptures + 1):
        place = str(i + 10)
        rows["utterances.csv"].append(["s2", place, "patient", "x", "", ""])
        code = ["withdrawal_from_other", "", "1", "silence", "", "", "", ""]
        rows["codes.csv"].append(["s2", place, "a", *code])
        rows["episodes.csv"].append(
            ["s2", "a", place, place, place, "withdrawal", "patient", "", "2"]
        )
    rows["sessions.csv"][2][4] = "2"
    stats = corpus_stats(read_corpus(write_rows(rows, tmp_path)))
    found = row(stats, "a", "patient", "rupture", "withdrawal_from_other")
    assert (found.count, found.estimable) == (ruptures, estimable)


def test_the_written_table_holds_every_row(stats: CorpusStats, tmp_path: Path) -> None:
    write_stats(stats, tmp_path / "stats.csv")
    with (tmp_path / "stats.csv").open(encoding="utf-8", newline="") as stream:
        written = list(csv.DictReader(stream))
    assert len(written) == len(stats.rows)
    place = stats.rows.index(row(stats, "a", "patient", "rupture", "any"))
    assert written[place]["count"] == "1"
    assert float(written[place]["value"]) == pytest.approx(1 / 3)
