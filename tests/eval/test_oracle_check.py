"""The comparison with other people's programs, with those of them that are installed here."""

import json
from copy import deepcopy
from dataclasses import replace
from typing import Any

import pytest

from eval import oracle_answers
from eval.oracle_check import ABOUT, TOLERANCE, compare, make_dump, markdown
from eval.speed_corpus import CODERS, make_corpus
from rupture_nlp.schema import CodedSession

Dump = dict[str, Any]
HERE = ("scikit-learn", "scipy")
# scikit-learn warns where a code is on one side only; both ways then say the same number.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def made() -> Dump:
    corpus = make_corpus(8, 50, seed=0)
    written = json.dumps(make_dump(corpus.sessions, corpus.predictions, CODERS[0]), allow_nan=False)
    read: Dump = json.loads(written)
    return read


@pytest.fixture(scope="module")
def asked(made: Dump) -> Dump:
    return {
        program: [list(oracle_answers.ORACLES[program](side)) for side in made["sides"]]
        for program in HERE
    }


@pytest.fixture
def answers(asked: Dump) -> Dump:
    return {"answers": deepcopy(asked)}


@pytest.mark.parametrize("program", HERE)
def test_both_comparisons_give_what_the_program_gives(
    made: Dump, answers: Dump, program: str
) -> None:
    coders, system = compare(program, made["sides"], answers)
    assert min(len(coders.gaps), len(system.gaps)) > 0
    assert max(coders.greatest, system.greatest) < TOLERANCE


def test_a_number_that_is_off_or_missing_is_noticed(made: Dump, answers: Dump) -> None:
    first = answers["answers"]["scikit-learn"][0][0]
    first["value"] += 1e-6
    line, _ = compare("scikit-learn", made["sides"], answers)
    assert line.greatest == pytest.approx(1e-6)
    first["value"] = None
    line, _ = compare("scikit-learn", made["sides"], answers)
    assert line.greatest == float("inf")


def test_an_answer_without_a_figure_stops_the_check(made: Dump, answers: Dump) -> None:
    answers["answers"]["scipy"][0][0]["key"][3] = "unheard_of"
    with pytest.raises(KeyError, match="0 figures of the harness"):
        list(compare("scipy", made["sides"], answers))


def test_an_interval_is_held_against_the_program_s() -> None:
    side = {"name": "b against a", "figures": [figure([0.2, 0.8])]}
    for exact, gap in (([0.2, 0.8], 0.0), ([0.2, 0.7], 0.1)):
        (line,) = compare("pingouin", [side], {"answers": {"pingouin": [[figure(exact)]]}})
        assert line.greatest == pytest.approx(gap)
    side["figures"] = [figure(None)]
    (line,) = compare("pingouin", [side], {"answers": {"pingouin": [[figure([0.2, 0.8])]]}})
    assert line.greatest == float("inf")


def figure(exact: list[float] | None) -> Dump:
    return {"key": ["", "session", "rated", "icc_a1", ""], "value": 0.5, "exact": exact}


def test_a_dump_holds_no_words_and_no_session_ids() -> None:
    sessions = [with_words(session) for session in make_corpus(4, 30, seed=0).sessions]
    written = json.dumps(make_dump(sessions, None, CODERS[0]))
    assert "secretword" not in written
    assert not any(session.transcript.session_id in written for session in sessions)


def with_words(session: CodedSession) -> CodedSession:
    said = tuple(replace(turn, text="secretword") for turn in session.transcript.utterances)
    return replace(session, transcript=replace(session.transcript, utterances=said))


def test_segments_of_episodes_fill_the_session() -> None:
    masses = oracle_answers.masses_of
    # turn      0 1 2 3 4 5     episodes over 2 to 3, and over 5
    assert masses([[2, 3, 0], [5, 5, 1]], 6) == [2, 2, 1, 1]
    assert masses([[0, 5, 0]], 6) == [6]
    assert masses([], 6) == [6]


def test_the_table_counts_what_each_program_answered(made: Dump, answers: Dump) -> None:
    lines = [
        line
        for name in ABOUT
        for line in compare(
            name, made["sides"], {"answers": {name: answers["answers"].get(name, [[], []])}}
        )
    ]
    table = markdown(made | {"coded_by": "nobody"}, lines, dict.fromkeys(ABOUT, "1.0"))
    counts = [len(line.gaps) for line in lines if line.program == "scipy"]
    assert table.startswith("Codes by nobody.\n")
    assert f"| scipy 1.0 | Spearman | {counts[0]} | {counts[1]} |" in table
    assert all(side["signature"] in table for side in made["sides"])
