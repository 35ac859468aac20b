"""Ways through the repair against reference ways: pairs, tables and sets worked by hand."""

import numpy as np
import pytest

from eval.stage_rows import (
    MAIN,
    PATHWAYS,
    Pair,
    Ways,
    always_attended,
    attribute_tables,
    end_to_end,
    furthest,
    given_episodes,
    pathway,
    pathways_taken,
    progression,
    set_statistics,
    stages_entered,
    ways_of,
)
from eval.stage_table import markdown
from eval.stages import measure
from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.bootstrap import resample
from rupture_nlp.repair import trace_repair
from rupture_nlp.schema import (
    CodedSession,
    Episode,
    EpisodeKind,
    Family,
    RepairPath,
    Speaker,
    Transcript,
    Utterance,
)
from tests.test_repair import turns

BOOK = load_codebook()


def path(drawing: str) -> RepairPath:
    return trace_repair(turns(drawing), BOOK)


def ways(*drawings: str, spans: tuple[tuple[int, int], ...] | None = None) -> Ways:
    """Episodes that follow one another, unless said where they lie."""
    ends = np.cumsum([len(drawing) for drawing in drawings]).tolist()
    made = tuple((end - len(one), end - 1) for one, end in zip(drawings, ends, strict=True))
    return Ways(spans or made, tuple(map(path, drawings)))


def session(drawing: str, start: int, end: int) -> tuple[CodedSession, list[Episode]]:
    utterances = tuple(
        Utterance(f"t{at}", turn.speaker, "") for at, turn in enumerate(turns(drawing))
    )
    coded = CodedSession(Transcript("s", utterances), (), "g")
    return coded, [
        Episode("1", f"t{start}", f"t{end}", EpisodeKind.WITHDRAWAL, Speaker.PATIENT, None, 2)
    ]


def test_ways_are_read_from_the_codes_inside_the_episode_alone() -> None:
    coded, episodes = session("s.W.s.p.r.a", 2, 6)
    codes = {t.code.utterance_id: t.code for t in turns("s.W.s.p.r.a") if t.code is not None}
    found = ways_of(coded, codes, episodes)
    assert found.spans == ((2, 6),)
    assert [step.utterance_id for step in found.paths[0].steps] == ["t4", "t6"]
    without = ways_of(coded, {}, episodes)
    assert without.paths == (RepairPath(),)


def test_given_episodes_answer_themselves_and_others_need_half_an_overlap() -> None:
    reference = ways("Wspa", "Ws")
    assert given_episodes(0, reference, reference).pairs.tolist() == [[0, 0], [1, 1]]
    shifted = ways("Ws", "Ws", spans=((0, 2), (9, 12)))
    assert end_to_end(0, reference, shifted).pairs.tolist() == [[0, 0]]
    nothing = ways()
    assert end_to_end(0, nothing, reference).pairs.shape == (0, 2)


def test_the_table_of_furthest_stages_holds_the_unmatched_in_its_last_row_and_column() -> None:
    reference = ways("Wspa", "Ws")
    predicted = ways("Wsp", "Ws", spans=((0, 3), (20, 21)))
    tables = attribute_tables([end_to_end(1, reference, predicted)], 2, furthest, 5)
    assert tables[0].sum() == 0
    expected = np.zeros((6, 6))
    expected[4, 2] = expected[1, 5] = expected[5, 1] = 1
    assert tables[1].tolist() == expected.tolist()


def test_sets_count_what_is_missed_with_its_episode() -> None:
    reference = ways("Wspa", "Wx")  # stages 1 2 4 and 1; alliance-building, expressive
    predicted = ways("Wsp", spans=((0, 3),))
    row = end_to_end(0, reference, predicted)
    stages = set_statistics([row], 1, stages_entered, 4)
    assert stages[0].tolist() == [[1, 2, 1], [1, 1, 1], [0, 0, 0], [0, 1, 0]]
    taken = set_statistics([row], 1, pathways_taken, 3)
    assert taken[0].tolist() == [[1, 1, 1], [0, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("drawing", "main", "withdrawal", "confrontation"),
    [
        ("W", None, 0, -1),
        ("Wsa", "alliance-building", 2, -1),
        ("CxxsW", "expressive", 0, 0),
        ("Csxh", "mixed", -1, 1),
    ],
)
def test_labels_of_a_way(
    drawing: str, main: str | None, withdrawal: int, confrontation: int
) -> None:
    assert MAIN[pathway(path(drawing))] == main
    assert progression(Family.WITHDRAWAL)(path(drawing)) == withdrawal
    assert progression(Family.CONFRONTATION)(path(drawing)) == confrontation


def rows_of(times: int) -> list[Pair]:
    """Four groups; the second of two episodes came to stage 1 in place of 4."""
    reference, predicted = ways("Ws.r", "Wspa"), ways("Ws.r", "Ws.r")
    return [given_episodes(group % 4, reference, predicted) for group in range(times)]


def test_a_row_worked_by_hand() -> None:
    figures = measure(rows_of(10), resample(4, 50, 0))
    assert (figures.reference, figures.predicted, figures.matched) == (20, 20, 20)
    assert figures.furthest_agreement.estimate == 0.5
    assert figures.furthest_f1.estimate == 0.5
    assert figures.furthest_kappa.estimate == 0.0  # the row never varies
    entered = figures.entered["1"]
    assert entered is not None
    assert entered.estimate == 1.0
    assert figures.entered["4"] is None  # ten only
    assert figures.entered_in_reference == {"1": 20, "2": 10, "3": 0, "4": 10}
    assert figures.progression == {"withdrawal": None, "confrontation": None}
    assert figures.beyond_the_rupture == {"withdrawal": 10, "confrontation": 0}


def test_enough_episodes_make_a_progression_estimable() -> None:
    figures = measure(rows_of(20), resample(4, 50, 0))
    assert figures.beyond_the_rupture["withdrawal"] == 20
    kappa = figures.progression["withdrawal"]
    assert kappa is not None
    assert kappa.estimate == 0.0
    same = [given_episodes(row.group, row.reference, row.reference) for row in rows_of(20)]
    perfect = measure(same, resample(4, 50, 0))
    assert perfect.furthest_kappa.estimate == pytest.approx(1.0)


def test_the_baseline_says_the_same_of_every_episode() -> None:
    (row,) = rows_of(1)
    baseline = always_attended(row)
    assert {one.furthest for one in baseline.predicted.paths} == {1}
    assert {MAIN[pathway(one)] for one in baseline.predicted.paths} == {PATHWAYS[0]}
    assert baseline.pairs.tolist() == [[0, 0], [1, 1]]


def test_the_tables_name_every_row_and_say_what_is_not_estimable() -> None:
    shown = markdown({"one": measure(rows_of(10), resample(4, 50, 0))}, "metric:x")
    assert "AI coders, not by people" in shown.splitlines()[0]
    assert "| one | 20 | 20 | 20 | 0.00 [0.00, 0.00] | 0.50 [0.50, 0.50] |" in shown
    assert "| one | 1.00 [1.00, 1.00] (20) | not estimable (10) | not estimable (0) |" in shown
    assert shown.rstrip().endswith("`metric:x`")
