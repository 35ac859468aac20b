"""The worst errors of the shipped labeller on AnnoMI, out of fold, by id: no words.

    python -m eval.errors RUNS --corpora ../shared/corpora --out eval/results

`errors.csv` lists the worst misses, false alarms and ruptures given to the other family, speakers
apart; `errors.md` counts all errors. `error_kinds.csv`, made by reading, is left alone.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields, replace
from typing import Annotated

import numpy as np
import typer

from eval.inputs import Corpora, Out, Runs, answers_hash, corpus_hash
from rupture_nlp.codebook import load_codebook
from rupture_nlp.errors import RunError
from rupture_nlp.evaluation.signature import Signature
from rupture_nlp.io.atomic import write_text
from rupture_nlp.schema import RUPTURES, CodedSession, Rupture, Speaker
from rupture_nlp.training.figures import decided
from rupture_nlp.training.outoffold import OutOfFold, load_out_of_fold
from rupture_nlp.training.run import Corpus
from training.steps import SPLIT

app = typer.Typer(pretty_exceptions_enable=False)
SPEAKERS = (Speaker.PATIENT, Speaker.THERAPIST)
MISS, FALSE_ALARM, OTHER_FAMILY, OTHER_CODE = "miss", "false_alarm", "other_family", "other_code"
UNSEEN = 0.05  # about the share of ruptures among patients' turns: the model saw nothing special
NEAR = 3  # turns
HEAD = f"""Codes by AI coders, not by people. Counts of turns.

| speaker | what | turns | P < {UNSEEN} | a rupture within {NEAR} turns | a coder with the model |
|---|---|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn as reference and model coded it."""

    speaker: Speaker
    session_id: str
    utterance_id: str
    reference: Rupture
    predicted: Rupture
    p_rupture: float
    fold: int
    coder_with_model: bool  # a coder of the session gave the same family, or none as it did
    near: bool  # another turn, at most `NEAR` away and of either speaker, is a reference rupture

    @property
    def error(self) -> str:
        """In what way the code is wrong; empty where it is right."""
        if self.reference is self.predicted:
            return ""
        if Rupture.NONE in {self.reference, self.predicted}:
            return MISS if self.predicted is Rupture.NONE else FALSE_ALARM
        return OTHER_CODE if self.reference.family is self.predicted.family else OTHER_FAMILY


@app.command()
def main(
    runs: Runs,
    corpora: Corpora,
    out: Out,
    number: Annotated[int, typer.Option(min=1)] = 25,
) -> None:
    """Write `errors.csv`, `number` errors of a kind and speaker, and `errors.md`."""
    turns = turns_of(load_out_of_fold(runs / "out-of-fold"), Corpus.read(corpora / "annomi"))
    signature = Signature(
        metric="counts",
        unit="utterance, each speaker apart; threshold counting, cross-fitted",
        coders=("gold", "small"),
        codebook_hash=load_codebook().sha256,
        split=SPLIT.stem,
        model=f"small out of fold {answers_hash(runs)}",
        data_hash=corpus_hash(corpora / "annomi"),
    ).line()
    write_text(out / "errors.csv", listed(turns, number))
    write_text(out / "errors.md", markdown(turns, signature))


def turns_of(predicted: OutOfFold, corpus: Corpus) -> list[Turn]:
    """Every turn asked of, each fold decided by what the other folds gave. RunError: other rows."""
    by_id = {session.transcript.session_id: session for session in corpus.sessions}
    known = [by_id[name] for name in predicted.session_ids if name in by_id]
    places = [(s, at) for s in known for at in range(len(s.transcript.utterances))]
    if len(places) != len(predicted.session):
        raise RunError("The predictions are of other sessions. Run `predict` again.")
    turns = []
    for speaker in SPEAKERS:
        coded = decided(predicted, patient=(patient := speaker is Speaker.PATIENT))
        asked = predicted.targets.ask_rupture & (predicted.targets.is_patient == patient)
        p = np.full(len(coded.reference), np.nan) if coded.p_rupture is None else coded.p_rupture
        for at, row in enumerate(np.flatnonzero(asked)):
            session, place = places[row]
            codes, model = _codes(session, corpus.reference), RUPTURES[coded.predicted[at]]
            reference: Rupture = RUPTURES[coded.reference[at]]
            if codes[place] is not reference:
                raise RunError("The predictions stand beside other codes. Run `predict` again.")
            said = session.transcript.utterances[place].utterance_id
            others = [_codes(session, c.coder)[place] for c in session.codings]
            agrees = any(one is not None and one.family is model.family for one in others)
            near = {*codes[max(place - NEAR, 0) : place], *codes[place + 1 : place + 1 + NEAR]}
            fold, close = int(predicted.fold[row]), bool(near - {None, Rupture.NONE})
            ids = speaker, session.transcript.session_id, said
            turns.append(Turn(*ids, reference, model, float(p[at]), fold, agrees, close))
    return turns


def listed(turns: Sequence[Turn], number: int) -> str:
    """The errors furthest on the wrong side as CSV, ranked from 1 by kind and speaker."""
    file = io.StringIO()
    write = csv.writer(file, lineterminator="\n").writerow
    write(["error", "rank", *(field.name for field in fields(Turn))])
    for speaker in SPEAKERS:
        for error, sign in ((MISS, 1), (FALSE_ALARM, -1), (OTHER_FAMILY, -1)):
            of = [turn for turn in turns if turn.speaker is speaker and turn.error == error]
            of.sort(key=lambda turn: (sign * turn.p_rupture, turn.session_id, turn.utterance_id))
            for rank, turn in enumerate(of[:number], start=1):
                write([error, rank, *astuple(replace(turn, p_rupture=round(turn.p_rupture, 4)))])
    return file.getvalue()


def markdown(turns: Sequence[Turn], signature: str) -> str:
    """All errors counted, each speaker apart, under the notice of who coded."""
    lines = []
    for speaker in SPEAKERS:
        for error in (MISS, FALSE_ALARM, OTHER_FAMILY, OTHER_CODE, ""):
            of = [turn for turn in turns if turn.speaker is speaker and turn.error == error]
            counts = [len(of), sum(turn.p_rupture < UNSEEN for turn in of)]
            counts += [sum(turn.near for turn in of), sum(turn.coder_with_model for turn in of)]
            cells = [speaker, error.replace("_", " ") or "right", *map(str, counts)]
            lines.append(f"| {' | '.join(cells)} |")
    return HEAD + "\n".join([*lines, "", f"`{signature}`", ""])


def _codes(session: CodedSession, coder: str) -> list[Rupture | None]:
    codes = coding.codes if (coding := session.coding_by(coder)) else ()
    return [code.rupture if code else None for code in codes]


if __name__ == "__main__":
    app()
