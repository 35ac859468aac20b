"""Simple models that stand beside a network in every table. Each is an engine, scored like it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack, vstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from rupture_nlp.codebook import load_codebook
from rupture_nlp.engines.base import Answers, Floats
from rupture_nlp.models.config import LabelSets
from rupture_nlp.schema import RUPTURES, Rupture, Speaker, Utterance
from rupture_nlp.training.run import Corpus

CONTEXT = 8
Turns = tuple[Utterance, ...]
Features = Callable[[Turns], csr_matrix]


@dataclass(frozen=True)
class Baseline:
    """A linear model of some features, one for each kind of speaker."""

    name: str
    precision: str
    features: Features
    models: dict[Speaker, Any]  # scikit-learn estimators are untyped

    def answer(self, utterances: Turns) -> Answers:
        """Log-probabilities of the five codes; nothing on the other questions."""
        scores = np.full((len(utterances), len(RUPTURES)), -20.0, dtype=np.float32)
        scores[[at for at, u in enumerate(utterances) if u.speaker not in self.models], 0] = 0.0
        rows = self.features(utterances)
        for speaker, model in self.models.items():
            chosen = [at for at, u in enumerate(utterances) if u.speaker is speaker]
            if chosen:
                columns = [RUPTURES.index(Rupture(code)) for code in model.classes_]
                scores[np.ix_(chosen, columns)] = model.predict_log_proba(rows[chosen])
        return _only_rupture(np.maximum(scores, -20.0), len(utterances))


def fit_baseline(
    name: str, corpora: Sequence[Corpus], seed: int, *, balanced: bool = True
) -> Baseline:
    """Fit the baseline of this name on the reference codes of `corpora`.

    `balanced` weighs rare codes up, for thresholds to undo. Of a speaker with one code alone
    nothing is learned: the answer is always `none`.
    """
    sessions = [s.transcript.utterances for corpus in corpora for s in corpus.sessions]
    features = FEATURES[name](sessions)
    rows: dict[Speaker, list[csr_matrix]] = {Speaker.PATIENT: [], Speaker.THERAPIST: []}
    codes: dict[Speaker, list[str]] = {Speaker.PATIENT: [], Speaker.THERAPIST: []}
    for corpus in corpora:
        for session in corpus.sessions:
            coding = session.coding_by(corpus.reference)
            given = coding.codes if coding else ()
            turns = session.transcript.utterances
            matrix = features(turns)
            for speaker, chosen in rows.items():
                of_speaker = [
                    (at, code.rupture.value)
                    for at, code in enumerate(given)
                    if code and code.rupture and turns[at].speaker is speaker
                ]
                chosen.append(matrix[[at for at, _ in of_speaker]])
                codes[speaker] += [code for _, code in of_speaker]
    models = {}
    for speaker, parts in rows.items():
        if len(set(codes[speaker])) > 1:  # else there is nothing to tell apart
            weights = "balanced" if balanced else None
            model = LogisticRegression(C=4.0, tol=1e-3, class_weight=weights, random_state=seed)
            models[speaker] = model.fit(csr_matrix(vstack(parts)), codes[speaker])
    return Baseline(name, "fp64", features, models)


def _only_rupture(scores: Floats, turns: int) -> Answers:
    labels = LabelSets.of(load_codebook())
    shape = {
        "intensity": 3,
        "markers": len(labels.markers),
        "strategies": len(labels.strategies),
        "processes": len(labels.processes) + 1,
        "vectors": 1,
    }
    empty = {n: np.zeros((turns, width), dtype=np.float32) for n, width in shape.items()}
    return Answers(rupture=scores, **empty)


def _constant(_: list[Turns]) -> Features:
    return lambda turns: csr_matrix(np.zeros((len(turns), 1)))


def _lengths(turns: Turns) -> np.ndarray:
    return np.log1p([[len(u.text.split())] for u in turns])


def _length(sessions: list[Turns]) -> Features:
    scale = StandardScaler().fit(np.concatenate([_lengths(s) for s in sessions]))
    return lambda turns: csr_matrix(scale.transform(_lengths(turns)))


def _position(sessions: list[Turns]) -> Features:
    # Relative position, also squared since ruptures may cluster in the middle; lengths around.
    def raw(turns: Turns) -> np.ndarray:
        where = np.arange(len(turns)) / max(len(turns) - 1, 1)
        length = _lengths(turns)[:, 0]
        before = np.concatenate([[0.0], length[:-1]])
        return np.stack([where, where**2, length, length**2, before], axis=1)

    scale = StandardScaler().fit(np.concatenate([raw(s) for s in sessions]))
    return lambda turns: csr_matrix(scale.transform(raw(turns)))


def _tfidf(sessions: list[Turns]) -> Features:
    words = _fit_words([u.text for s in sessions for u in s])
    return lambda turns: words.transform([u.text for u in turns])


def _tfidf_context(sessions: list[Turns]) -> Features:
    words = _fit_words([u.text for s in sessions for u in s], longest=1)

    def features(turns: Turns) -> csr_matrix:
        before = [
            " ".join(u.text for u in turns[max(0, at - CONTEXT) : at]) for at in range(len(turns))
        ]
        own = words.transform([u.text for u in turns])
        return csr_matrix(hstack([own, words.transform(before)]))

    return features


def _fit_words(texts: list[str], longest: int = 2) -> TfidfVectorizer:
    return TfidfVectorizer(ngram_range=(1, longest), min_df=2, sublinear_tf=True).fit(texts)


FEATURES: dict[str, Callable[[list[Turns]], Features]] = {
    "majority (always none)": _constant,
    "length only": _length,
    "position, speaker, length": _position,
    "TF-IDF + logistic regression": _tfidf,
    "TF-IDF with 8 turns before": _tfidf_context,
}
