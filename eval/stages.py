"""How well the way through the repair is read: stages, progressions, pathways, on AnnoMI.

    python -m eval.stages RUNS --corpora ../shared/corpora --out eval/results

RUNS is the folder of `training/small.py` with `out-of-fold` in it. Two ways of asking: given the
reference episodes (only the codes inside are the model's), and end to end (the model's own
episodes, matched at IoU >= .5). Beside both stands one coder against the other.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import typer

from eval.inputs import (
    CODERS,
    Corpora,
    Out,
    Runs,
    answers_hash,
    corpus_hash,
    resample_groups,
    signature_of,
)
from eval.stage_rows import (
    LINES,
    MAIN,
    PATHWAYS,
    STAGES,
    Codes,
    Pair,
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
from rupture_nlp.codebook import load_codebook
from rupture_nlp.evaluation.agreement import kappa_of, percent_agreement_of
from rupture_nlp.evaluation.bootstrap import Interval, Resamples
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.counts import FloatArray
from rupture_nlp.evaluation.episode_matching import attribute_f1_of, matched_part_of
from rupture_nlp.evaluation.multilabel import label_f1_of
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.predictions import read_predictions
from rupture_nlp.label.decide import Decider
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import CodedSession, Episode, Family, UtteranceCode
from rupture_nlp.training.calibrate import cross_fitted
from rupture_nlp.training.outoffold import OutOfFold, load_out_of_fold
from rupture_nlp.training.run import Corpus

app = typer.Typer(pretty_exceptions_enable=False)
GIVEN, WHOLE = "given the reference episodes", "end to end"
OURS = "small, out of fold"
ALWAYS = "always attended to, by alliance-building"


@dataclass(frozen=True, slots=True)
class StageFigures:
    """One row. None: not estimable, fewer than 20 reference episodes hold what is asked for."""

    reference: int  # episodes
    predicted: int
    matched: int
    furthest_kappa: Interval  # quadratic weights, over matched episodes
    furthest_agreement: Interval
    furthest_f1: Interval  # found, and the same furthest stage
    pathway_kappa: Interval  # none, three pathways, mixed
    entered: dict[str, Interval | None]  # F1 by stage; episodes without a counterpart count
    entered_in_reference: dict[str, int]
    taken: dict[str, Interval | None]  # F1 by pathway
    taken_in_reference: dict[str, int]
    progression: dict[str, Interval | None]  # kappa, quadratic, both sides on the line
    beyond_the_rupture: dict[str, int]  # reference episodes that came further than its first step


@app.command()
def main(
    runs: Runs,
    corpora: Corpora,
    out: Out,
    draws: int = 2000,
    seed: int = 0,
) -> None:
    """Measure every row and write `stages.json` and `stages.md`."""
    annomi = Corpus.read(corpora / "annomi")
    groups = tuple(sorted({session.group for session in annomi.sessions}))
    resamples = resample_groups(annomi, draws, seed)
    given = _given(load_out_of_fold(runs / "out-of-fold"), annomi, groups)
    rows = {
        f"{name}, {how}": measure(pairs, resamples)
        for name, how, pairs in (
            (ALWAYS, GIVEN, [always_attended(row) for row in given]),
            (OURS, GIVEN, given),
            (CODERS, GIVEN, _coders(annomi, groups, given=True)),
            (OURS, WHOLE, _whole(runs / "out-of-fold" / "predictions", annomi, groups)),
            (CODERS, WHOLE, _coders(annomi, groups, given=False)),
        )
    }
    unit = "episode; threshold counting, cross-fitted; end to end matched at IoU .5"
    model = f"small out of fold {answers_hash(runs)}"
    signature = replace(
        signature_of(resamples, unit, corpus_hash(corpora / "annomi"), model),
        predicted_hash=corpus_hash(runs / "out-of-fold" / "predictions"),
    ).line()
    result = {"signature": signature, "rows": {name: asdict(row) for name, row in rows.items()}}
    write_text(out / "stages.json", json.dumps(result, indent=1) + "\n")
    write_text(out / "stages.md", markdown(rows, signature))
    typer.echo((out / "stages.md").read_text(encoding="utf-8"))


def measure(rows: Sequence[Pair], resamples: Resamples) -> StageFigures:
    """All figures of one row, each with its interval over groups."""
    groups = resamples.groups
    far = attribute_tables(rows, groups, furthest, STAGES + 1)
    main_tables = attribute_tables(rows, groups, pathway, len(MAIN))
    entered = set_statistics(rows, groups, stages_entered, STAGES)
    taken = set_statistics(rows, groups, pathways_taken, len(PATHWAYS))
    lines = {
        family: attribute_tables(rows, groups, progression(family), len(LINES[family]))
        for family in Family
    }
    beyond = {family.value: _beyond(rows, family) for family in Family}
    numbers = [str(stage) for stage in range(1, STAGES + 1)]
    total = far.sum(axis=0)
    return StageFigures(
        reference=int(total[:-1].sum()),
        predicted=int(total[:, :-1].sum()),
        matched=int(total[:-1, :-1].sum()),
        furthest_kappa=resamples.interval(far, _quadratic),
        furthest_agreement=resamples.interval(
            far, lambda sums: percent_agreement_of(matched_part_of(sums))
        ),
        furthest_f1=resamples.interval(far, attribute_f1_of),
        pathway_kappa=resamples.interval(main_tables, lambda sums: kappa_of(matched_part_of(sums))),
        entered=_by_label(numbers, entered, resamples),
        entered_in_reference=_counts(numbers, entered),
        taken=_by_label(PATHWAYS, taken, resamples),
        taken_in_reference=_counts(PATHWAYS, taken),
        progression={
            family.value: resamples.interval(tables, _quadratic)
            if beyond[family.value] >= ESTIMABLE_FROM
            else None
            for family, tables in lines.items()
        },
        beyond_the_rupture=beyond,
    )


def _quadratic(sums: FloatArray) -> FloatArray:
    return kappa_of(matched_part_of(sums), "quadratic")


def _beyond(rows: Sequence[Pair], family: Family) -> int:
    reached = progression(family)
    return sum(reached(path) > 0 for row in rows for path in row.reference.paths)


def _counts(names: Sequence[str], statistics: FloatArray) -> dict[str, int]:
    counts = statistics.sum(axis=0)[:, 1].astype(int).tolist()
    return dict(zip(names, counts, strict=True))


def _by_label(
    names: Sequence[str], statistics: FloatArray, resamples: Resamples
) -> dict[str, Interval | None]:
    each = resamples.interval_each(statistics, label_f1_of)
    enough = _counts(names, statistics)
    return {
        name: interval if enough[name] >= ESTIMABLE_FROM else None
        for name, interval in zip(names, each, strict=True)
    }


def _given(predicted: OutOfFold, corpus: Corpus, groups: Sequence[str]) -> list[Pair]:
    """The model's codes inside the reference episodes, processes as it gives them anywhere."""
    codebook = load_codebook()
    sessions = {session.transcript.session_id: session for session in corpus.sessions}
    rows = []
    for chosen, decision in cross_fitted(predicted):
        decider = Decider(decision, LabelSets.of(codebook), codebook)
        for number in np.unique(predicted.session[chosen]):
            session = sessions[predicted.session_ids[number]]
            answers = predicted.rows(predicted.session == number).answers
            made = decider.decide(session.transcript.utterances, answers)
            codes = {one.code.utterance_id: one.code for one in made if one is not None}
            reference, episodes = _coded(session, corpus.reference)
            rows.append(
                given_episodes(
                    groups.index(session.group),
                    ways_of(session, reference, episodes),
                    ways_of(session, codes, episodes),
                )
            )
    return rows


def _whole(folder: Path, corpus: Corpus, groups: Sequence[str]) -> list[Pair]:
    """The model's codes and its own episodes, as it writes them."""
    results = {one.session_id: one for one in read_predictions(folder).sessions}
    rows = []
    for session in corpus.sessions:
        found = results[session.transcript.session_id]
        codes = {turn.code.utterance_id: turn.code for turn in found.turns}
        theirs = ways_of(session, codes, [one.episode for one in found.episodes])
        ours = ways_of(session, *_coded(session, corpus.reference))
        rows.append(end_to_end(groups.index(session.group), ours, theirs))
    return rows


def _coders(corpus: Corpus, groups: Sequence[str], *, given: bool) -> list[Pair]:
    """ai2 against ai1 over the sessions that both coded; `given`: in the episodes of ai1."""
    return list(_pairs_of_coders(corpus, groups, given))


def _pairs_of_coders(corpus: Corpus, groups: Sequence[str], given: bool) -> Iterator[Pair]:
    for session in corpus.sessions:
        if session.coding_by("ai1") is None or session.coding_by("ai2") is None:
            continue
        codes, episodes = _coded(session, "ai1")
        others, own = _coded(session, "ai2")
        reference = ways_of(session, codes, episodes)
        group = groups.index(session.group)
        if given:
            yield given_episodes(group, reference, ways_of(session, others, episodes))
        else:
            yield end_to_end(group, reference, ways_of(session, others, own))


def _coded(session: CodedSession, coder: str) -> tuple[Codes, Sequence[Episode]]:
    coding = session.coding_by(coder)
    if coding is None:
        return {}, ()
    codes: dict[str, UtteranceCode] = {c.utterance_id: c for c in coding.codes if c is not None}
    return codes, coding.episodes


if __name__ == "__main__":
    app()
