"""What networks say of sessions they were not trained on, kept with the reference codes.

One row an utterance that the reference coder coded, over all folds. Thresholds, temperatures and
every reported figure on a training corpus come from these rows, and the sequence layer trains on
their vectors.
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answerer, Answers
from rupture_nlp.errors import RunError
from rupture_nlp.io.atomic import atomic_path, write_text
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import Speaker
from rupture_nlp.training.material import marker_owners
from rupture_nlp.training.run import Corpus
from rupture_nlp.training.targets import Targets, allowed_markers, make_targets, of_speakers

ROWS, INDEX = "out_of_fold.safetensors", "out_of_fold.json"
ANSWERS = tuple(Answers.__slots__)
TARGETS = tuple(Targets.__slots__)


@dataclass(frozen=True, slots=True)
class OutOfFold:
    """Answers and targets side by side.

    Shapes: every array of `answers` and `targets` has one row an utterance; `session`, `fold`,
    `group` (utterances,) hold positions in `session_ids`, the number of the fold, and positions in
    `groups`.
    """

    answers: Answers
    targets: Targets
    session: NDArray[np.int64]
    fold: NDArray[np.int64]
    group: NDArray[np.int64]
    session_ids: tuple[str, ...]
    groups: tuple[str, ...]

    def rows(self, chosen: NDArray[np.bool_]) -> "OutOfFold":
        """The part with these rows."""
        return OutOfFold(
            Answers(**{name: getattr(self.answers, name)[chosen] for name in ANSWERS}),
            Targets(**{name: getattr(self.targets, name)[chosen] for name in TARGETS}),
            self.session[chosen],
            self.fold[chosen],
            self.group[chosen],
            self.session_ids,
            self.groups,
        )


def predict_folds(
    corpus: Corpus,
    folds: Sequence[tuple[Answerer, Sequence[str]]],
    labels: LabelSets,
    on_session: Callable[[str], None] = lambda _: None,
    speakers: Collection[Speaker] = (Speaker.PATIENT, Speaker.THERAPIST),
) -> OutOfFold:
    """Let each engine answer for the sessions that its network has not seen.

    `folds` pairs an engine with the session ids of its test fold. Ruptures are asked of `speakers`
    alone.

    Raises:
        RunError: a session stands in two folds.
    """
    allowed = allowed_markers(labels, marker_owners(load_codebook()))
    by_id = {session.transcript.session_id: session for session in corpus.sessions}
    parts: list[tuple[Answers, Targets]] = []
    ids: list[str] = []
    fold_of: list[int] = []
    for number, (engine, session_ids) in enumerate(folds):
        for session_id in session_ids:
            session = by_id[session_id]
            answers = engine.answer(session.transcript.utterances)
            targets = make_targets(session, corpus.reference, labels, allowed, 0.0)
            parts.append((answers, of_speakers(targets, speakers)))
            ids.append(session_id)
            fold_of.append(number)
            on_session(session_id)
    if len(set(ids)) != len(ids):
        raise RunError("A session stands in two test folds. Make the split again.")
    sizes = [len(targets.is_patient) for _, targets in parts]
    groups = sorted({by_id[i].group for i in ids})
    group_of = [groups.index(by_id[i].group) for i in ids]
    return OutOfFold(
        Answers(**{n: np.concatenate([getattr(a, n) for a, _ in parts]) for n in ANSWERS}),
        Targets(**{n: np.concatenate([getattr(t, n) for _, t in parts]) for n in TARGETS}),
        np.repeat(np.arange(len(ids)), sizes),
        np.repeat(fold_of, sizes),
        np.repeat(group_of, sizes),
        tuple(ids),
        tuple(groups),
    )


def join_folds(parts: Sequence[OutOfFold]) -> OutOfFold:
    """The rows of several folds as one; the place of a part becomes the number of its fold.

    Raises:
        RunError: a session stands in two parts.
    """
    ids = [one for part in parts for one in part.session_ids]
    if len(set(ids)) != len(ids):
        raise RunError("A session stands in two test folds. Make the split again.")
    groups = sorted({group for part in parts for group in part.groups})
    before = np.cumsum([0, *(len(part.session_ids) for part in parts)])
    places = [np.array([groups.index(g) for g in part.groups], dtype=np.int64) for part in parts]
    answers = [part.answers for part in parts]
    targets = [part.targets for part in parts]
    return OutOfFold(
        Answers(**{n: np.concatenate([getattr(a, n) for a in answers]) for n in ANSWERS}),
        Targets(**{n: np.concatenate([getattr(t, n) for t in targets]) for n in TARGETS}),
        np.concatenate([part.session + before[at] for at, part in enumerate(parts)]),
        np.repeat(np.arange(len(parts)), [len(part.session) for part in parts]),
        np.concatenate([places[at][part.group] for at, part in enumerate(parts)]),
        tuple(ids),
        tuple(groups),
    )


def save_out_of_fold(folder: Path, predicted: OutOfFold) -> None:
    """Write the rows to `folder`: arrays as safetensors, ids as JSON. No words."""
    arrays = {f"answers.{name}": getattr(predicted.answers, name) for name in ANSWERS}
    arrays |= {f"targets.{name}": getattr(predicted.targets, name) for name in TARGETS}
    arrays |= {name: getattr(predicted, name) for name in ("session", "fold", "group")}
    folder.mkdir(parents=True, exist_ok=True)
    with atomic_path(folder / ROWS) as temporary:
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, temporary)
    index = {"session_ids": predicted.session_ids, "groups": predicted.groups}
    write_text(folder / INDEX, json.dumps(index, indent=1) + "\n")


def load_out_of_fold(folder: Path) -> OutOfFold:
    """Read what `save_out_of_fold` wrote."""
    arrays = load_file(folder / ROWS)
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return OutOfFold(
        Answers(**{name: arrays[f"answers.{name}"] for name in ANSWERS}),
        Targets(**{name: arrays[f"targets.{name}"] for name in TARGETS}),
        arrays["session"],
        arrays["fold"],
        arrays["group"],
        tuple(index["session_ids"]),
        tuple(index["groups"]),
    )
