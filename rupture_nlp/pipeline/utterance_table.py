"""The table `utterances`: a row for every turn, with the columns of `codes.csv` inside."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from rupture_nlp.pipeline.columns import Cell, Column, Kind, Table, joined
from rupture_nlp.pipeline.figures import LabelledSession
from rupture_nlp.schema import (
    RUPTURES,
    UNCODABLE,
    Rupture,
    Utterance,
    UtteranceCode,
    UtterancePrediction,
)


@dataclass(frozen=True, slots=True)
class UtteranceRow:
    """One turn. `predicted` is None for a turn of an `other` speaker."""

    session: LabelledSession
    utterance: Utterance
    predicted: UtterancePrediction | None


def _rows(session: LabelledSession) -> Iterator[UtteranceRow]:
    turns = zip(session.transcript.utterances, session.prediction.utterances, strict=True)
    for utterance, predicted in turns:
        yield UtteranceRow(session, utterance, predicted)


def _coded(value: Callable[[UtteranceCode], Cell]) -> Callable[[UtteranceRow], Cell]:
    return lambda row: None if row.predicted is None else value(row.predicted.code)


def _predicted(value: Callable[[UtterancePrediction], Cell]) -> Callable[[UtteranceRow], Cell]:
    return lambda row: None if row.predicted is None else value(row.predicted)


def _probability(place: int, code: Rupture) -> Column[UtteranceRow]:
    return Column(
        f"p_{code}",
        Kind.NUMBER,
        f"probability of `{code}`, calibrated; the five add up to 1",
        _predicted(lambda predicted: predicted.probabilities[place]),
    )


UTTERANCES: Table[UtteranceRow] = Table(
    "utterances",
    "One row a turn, in order, also where the code is `none`. Turns of `other` speakers have no "
    "codes. The first columns read as a `codes.csv` of the codebook with one coder, the model.",
    (
        Column("session_id", Kind.TEXT, "unique over the run", lambda row: row.session.session_id),
        Column(
            "utterance_id",
            Kind.TEXT,
            "that of the source, or counted from 0",
            lambda row: row.utterance.utterance_id,
        ),
        Column(
            "file",
            Kind.TEXT,
            "the transcript's file as it was given on the command line, with forward slashes",
            lambda row: row.session.file,
        ),
        Column(
            "speaker", Kind.TEXT, "patient, therapist or other", lambda row: row.utterance.speaker
        ),
        Column("coder", Kind.TEXT, "the model's name", lambda row: row.session.prediction.coder),
        Column(
            "rupture",
            Kind.TEXT,
            "the code: the most probable rupture code where `p_rupture` reaches the threshold in "
            "`run.json`, else `none`",
            _coded(lambda code: UNCODABLE if code.rupture is None else code.rupture),
        ),
        Column(
            "secondary", Kind.TEXT, "a second rupture code", _coded(lambda code: code.secondary)
        ),
        Column(
            "intensity",
            Kind.INTEGER,
            "1 slight, 2 clear, 3 strong; empty without a rupture",
            _coded(lambda code: code.intensity),
        ),
        Column("markers", Kind.TEXT, "markers of the rupture", _coded(lambda c: joined(c.markers))),
        Column(
            "strategies",
            Kind.TEXT,
            "repair strategies of a therapist's turn",
            _coded(lambda code: joined(code.strategies)),
        ),
        Column(
            "process",
            Kind.TEXT,
            "what a patient's turn does inside a repair",
            _coded(lambda code: code.process),
        ),
        *(_probability(place, code) for place, code in enumerate(RUPTURES)),
        Column(
            "p_rupture",
            Kind.NUMBER,
            "probability of any rupture: 1 - `p_none`",
            _predicted(lambda predicted: predicted.p_rupture),
        ),
        Column(
            "uncertain",
            Kind.TRUTH,
            "near the threshold, where half of the errors on unseen sessions lay: worth a look",
            _predicted(lambda predicted: predicted.uncertain),
        ),
        Column(
            "start_s",
            Kind.NUMBER,
            "seconds, as the file counts them: from the start of the session, or the time of day",
            lambda row: row.utterance.start_s,
        ),
        Column("end_s", Kind.NUMBER, "as `start_s`, the turn's end", lambda r: r.utterance.end_s),
        Column("text", Kind.TEXT, "the words of the turn", lambda row: row.utterance.text, True),
    ),
    _rows,
)
