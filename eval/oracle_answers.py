"""What other people's programs answer to the codes of a dump of `eval.oracle_check`.

    PYTHON_OF_THE_ORACLES eval/oracle_answers.py DUMP.json ANSWERS.json

Runs in an environment that has the programs and not this package: nothing of ours is imported, and
a program only where it is asked. An answer has the speaker, unit, variable, metric and label of the
figure it is to be held against; its value is None where the program says that there is none.
"""

import importlib
import importlib.metadata
import json
import math
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Side = dict[str, Any]  # of a dump: codes of both sides, see `eval.oracle_check`
Answer = dict[str, Any]  # key, value, exact
Pair = Any  # (2, rows) of numpy, which may be of another version than ours

SPEAKERS = ("patient", "therapist")
NO_CODE = -1
INTENSITIES = 4
SCHEMES = {"episodes_strict": "strict", "episodes_partial": "partial", "episodes_type": "ent_type"}
ONE_TO_ONE = "one to one"  # label of figures over sessions in which no episode meets two
ICCS = {"icc_a1": "ICC(A,1)", "icc_c1": "ICC(C,1)", "icc_ak": "ICC(A,k)"}


def answer(key: tuple[str, str, str, str, str], value: float, exact: object = None) -> Answer:
    """One answer; `exact` is an interval (low, high) where the program gives one."""
    number = float(value)
    ends = None if exact is None else [float(end) for end in exact]  # type: ignore[attr-defined]
    return {"key": list(key), "value": None if math.isnan(number) else number, "exact": ends}


def turn_labels(side: Side) -> Iterator[tuple[str, str, Pair, list[str]]]:
    """Speaker, variable, labels of both sides, names: codes, and whether there is a rupture."""
    np = importlib.import_module("numpy")
    for speaker in SPEAKERS:
        both = known_columns(side["turns"][speaker]["rupture"])
        if len(np.unique(both)) > 1:
            yield speaker, "code", both, side["codes"]
            yield speaker, "rupture", np.minimum(both, 1), ["none", "rupture"]


def turn_intensities(side: Side) -> Iterator[tuple[str, Pair]]:
    """Intensities of both sides, where there are several."""
    np = importlib.import_module("numpy")
    for speaker in SPEAKERS:
        both = known_columns(side["turns"][speaker]["intensity"])
        if len(np.unique(both)) > 1:
            yield speaker, both


def known_columns(given: list[list[float]]) -> Pair:
    """(2, rows): what neither side lacks."""
    both = importlib.import_module("numpy").array(given)
    return both[:, (both >= 0).all(axis=0)]


def turn_sets(side: Side) -> Iterator[tuple[str, str, list[str], Pair]]:
    """Speaker, kind, names in use, indicators (2, rows, names) of rows that both sides coded."""
    np = importlib.import_module("numpy")
    for speaker in SPEAKERS:
        for kind, sets in side["turns"][speaker]["sets"].items():
            both = np.array(sets["given"]).reshape(2, -1, len(sets["names"]))
            both = both[:, (both >= 0).all(axis=(0, 2))]
            used = np.flatnonzero((both == 1).any(axis=(0, 1)))
            if used.size:
                yield speaker, kind, [sets["names"][at] for at in used], both[:, :, used]


def session_numbers(side: Side) -> Iterator[tuple[str, Pair]]:
    """Variable and numbers (2, sessions): the ratings, and how many episodes there are."""
    np = importlib.import_module("numpy")
    numbers = {name: known_columns(given) for name, given in side["ratings"].items()}
    counts = [[len(one[who]) for one in side["episodes"]] for who in ("reference", "predicted")]
    for name, both in [*numbers.items(), ("episode_count", np.array(counts))]:
        if both.shape[1] > 1 and (both.min(axis=1) < both.max(axis=1)).all():
            yield name, both


def of_scikit_learn(side: Side) -> Iterator[Answer]:
    """Labels of turns, sets, probabilities."""
    m = importlib.import_module("sklearn.metrics")
    for speaker, variable, (first, second), names in turn_labels(side):
        key = (speaker, "utterance", variable)
        yield answer((*key, "percent_agreement", ""), m.accuracy_score(first, second))
        yield answer((*key, "kappa", ""), m.cohen_kappa_score(first, second))
        yield answer((*key, "mcc", ""), m.matthews_corrcoef(first, second))
        yield answer((*key, "balanced_accuracy", ""), m.balanced_accuracy_score(first, second))
        for place, name in enumerate(names):
            if variable == "code" or place:
                label = name if variable == "code" else ""
                yield from _by_label(key, label, first == place, second == place)
    for speaker, (first, second) in turn_intensities(side):
        for weights in ("linear", "quadratic"):
            value = m.cohen_kappa_score(first, second, weights=weights)
            yield answer((speaker, "utterance", "intensity", f"kappa_{weights}", ""), value)
    for speaker, kind, names, (first, second) in turn_sets(side):
        key = (speaker, "utterance", kind)
        yield answer((*key, "micro_f1", ""), m.f1_score(first, second, average="micro"))
        for at, name in enumerate(names):
            yield from _by_label(key, name, first[:, at], second[:, at])
    yield from _of_probabilities(side)


def _by_label(key: tuple[str, str, str], label: str, first: Pair, second: Pair) -> Iterator[Answer]:
    m = importlib.import_module("sklearn.metrics")
    for name in ("precision", "recall", "f1"):
        value = getattr(m, f"{name}_score")(first, second, zero_division=math.nan)
        yield answer((*key, name, label), value)


def _of_probabilities(side: Side) -> Iterator[Answer]:
    m, np = (importlib.import_module(name) for name in ("sklearn.metrics", "numpy"))
    for speaker in SPEAKERS:
        turns = side["turns"][speaker]
        if turns["probabilities"] is None:
            continue
        codes, scores = np.array(turns["rupture"]), np.array(turns["probabilities"], dtype=float)
        rows = (codes >= 0).all(axis=0) & ~np.isnan(scores).any(axis=1)
        codes, scores = codes[0, rows], scores[rows]
        of_rupture = np.round(1 - scores[:, 0], 12)
        if codes.any() and not codes.all():
            brier = m.brier_score_loss(codes > 0, of_rupture)
            yield answer((speaker, "utterance", "rupture", "brier", ""), brier)
        ranked = [("rupture", "", codes > 0, of_rupture)]
        for at, name in list(enumerate(side["codes"]))[1:]:
            ranked.append(("code", name, codes == at, scores[:, at]))
        for variable, label, truth, score in ranked:
            if truth.any() and not truth.all():
                key = (speaker, "utterance", variable)
                average = m.average_precision_score(truth, score)
                yield answer((*key, "average_precision", label), average)
                yield answer((*key, "auroc", label), m.roc_auc_score(truth, score))


def of_scipy(side: Side) -> Iterator[Answer]:
    """Rank correlations."""
    rho = importlib.import_module("scipy.stats").spearmanr
    for speaker, both in turn_intensities(side):
        yield answer((speaker, "utterance", "intensity", "spearman", ""), rho(*both)[0])
    for variable, both in session_numbers(side):
        yield answer(("", "session", variable, "spearman", ""), rho(*both)[0])


def of_krippendorff(side: Side) -> Iterator[Answer]:
    """Alpha of turns and sessions."""
    alpha = importlib.import_module("krippendorff").alpha
    for speaker, variable, both, _ in turn_labels(side):
        value = alpha(both.astype(float), level_of_measurement="nominal")
        yield answer((speaker, "utterance", variable, "alpha_nominal", ""), value)
    for speaker, both in turn_intensities(side):
        for scale in ("ordinal", "interval"):
            value = alpha(both.astype(float), level_of_measurement=scale)
            yield answer((speaker, "utterance", "intensity", f"alpha_{scale}", ""), value)
    for variable, both in session_numbers(side):
        scale = "interval" if variable == "episode_count" else "ordinal"
        value = alpha(both.astype(float), level_of_measurement=scale)
        yield answer(("", "session", variable, f"alpha_{scale}", ""), value)


def of_irrcac(side: Side) -> Iterator[Answer]:
    """Gwet's coefficients of turns."""
    for speaker, variable, both, names in turn_labels(side):
        value = _gwet(both, len(names), "identity")
        yield answer((speaker, "utterance", variable, "ac1", ""), value)
    for speaker, both in turn_intensities(side):
        value = _gwet(both, INTENSITIES, "ordinal")
        yield answer((speaker, "utterance", "intensity", "ac2", ""), value)


def _gwet(both: Pair, labels: int, weights: str) -> float:
    frame = importlib.import_module("pandas").DataFrame(both.T)
    cac = importlib.import_module("irrCAC.raw").CAC
    analysis = cac(frame, weights=weights, digits=12, categories=list(range(labels)))
    return float(analysis.gwet()["est"]["coefficient_value"])


def of_pingouin(side: Side) -> Iterator[Answer]:
    """Intraclass correlations of sessions."""
    pingouin, pandas = (importlib.import_module(name) for name in ("pingouin", "pandas"))
    pingouin.options["round.column.CI95"] = pingouin.options["round.column.CI95%"] = None
    for variable, both in session_numbers(side):
        long = pandas.DataFrame(both.T).reset_index().melt(id_vars="index")
        found = pingouin.intraclass_corr(
            data=long, targets="index", raters="variable", ratings="value"
        ).set_index("Type")
        ends = next(column for column in found.columns if column.startswith("CI95"))
        for metric, kind in ICCS.items():
            key = ("", "session", variable, metric, "")
            yield answer(key, found.loc[kind, "ICC"], found.loc[kind, ends])


def of_nltk(side: Side) -> Iterator[Answer]:
    """Alpha of sets."""
    agreement = importlib.import_module("nltk.metrics.agreement")
    for speaker, kind, _, both in turn_sets(side):
        given = [
            (coder, row, frozenset(chosen.nonzero()[0].tolist()))
            for coder, rows in enumerate(both)
            for row, chosen in enumerate(rows)
        ]
        value = agreement.AnnotationTask(data=given, distance=_masi).alpha()
        yield answer((speaker, "utterance", kind, "alpha_masi", ""), value)


def _masi(first: frozenset[int], second: frozenset[int]) -> float:
    """MASI with exact thirds (nltk's own has .67 and .33, and no answer to two empty sets)."""
    if first == second:
        return 0.0
    shared = len(first & second)
    weight = 2 / 3 if first <= second or second <= first else 1 / 3
    return 1.0 - shared / len(first | second) * weight if shared else 1.0


def of_segeval(side: Side) -> Iterator[Answer]:
    """Parts of each session, added up over sessions, as the harness does."""
    segeval, np = (importlib.import_module(name) for name in ("segeval", "numpy"))
    masses = [
        [masses_of(one[who], one["turns"]) for who in ("reference", "predicted")]
        for one in side["episodes"]
    ]
    if not masses:
        return
    near = [
        segeval.boundary_similarity(*both, n_t=2, return_parts=True)[:2]
        for both in masses
        if max(map(len, both)) > 1  # where nobody has a border there is nothing to count
    ]
    pooled = [mass for reference, _ in masses for mass in reference]
    window = max(2, int(segeval.compute_window_size(pooled)))
    differing = [
        segeval.window_diff(found, reference, window_size=window, return_parts=True)
        for reference, found in masses
        if sum(reference) > window
    ]
    for metric, parts in (("boundary_similarity", near), ("window_diff", differing)):
        above, below = np.array(parts, dtype=float).reshape(-1, 2).sum(axis=0)
        if below:
            yield answer(("", "episode", "episodes", metric, ""), above / below)


def masses_of(episodes: list[list[int]], turns: int) -> list[int]:
    """Lengths of the segments that the borders of the episodes (first, last, kind) make."""
    borders = {place for first, last, _ in episodes for place in (first, last + 1)}
    ends = [*sorted(borders - {0, turns}), turns]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def of_nervaluate(side: Side) -> Iterator[Answer]:
    """Which episodes were found, over sessions in which none meets two: elsewhere nervaluate may
    spend an episode on one of another kind, where the harness pairs for the greatest credit."""
    evaluator = importlib.import_module("nervaluate").Evaluator
    clear = [one for one in side["episodes"] if one["one_to_one"]]
    sides = [
        [[{"start": a, "end": b, "label": str(kind)} for a, b, kind in one[who]] for one in clear]
        for who in ("reference", "predicted")
    ]
    if not all(any(sessions) for sessions in sides):
        return
    kinds = sorted({one["label"] for side in sides for session in side for one in session})
    overall = evaluator(*sides, tags=kinds, loader="dict").evaluate()["overall"]
    for variable, scheme in SCHEMES.items():
        found = overall[scheme]
        for metric in ("precision", "recall", "f1"):
            yield answer(("", "episode", variable, metric, ONE_TO_ONE), getattr(found, metric))


ORACLES: dict[str, Callable[[Side], Iterator[Answer]]] = {
    "scikit-learn": of_scikit_learn,
    "scipy": of_scipy,
    "krippendorff": of_krippendorff,
    "irrCAC": of_irrcac,
    "pingouin": of_pingouin,
    "nltk": of_nltk,
    "segeval": of_segeval,
    "nervaluate": of_nervaluate,
}


def main(dump: Path, out: Path) -> None:
    """Ask every program about every side."""
    sides = json.loads(dump.read_text(encoding="utf-8"))["sides"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # theirs: of deprecated calls
        answers = {program: [list(ask(side)) for side in sides] for program, ask in ORACLES.items()}
    versions = {program: importlib.metadata.version(program) for program in ORACLES}
    out.write_text(json.dumps({"versions": versions, "answers": answers}), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
