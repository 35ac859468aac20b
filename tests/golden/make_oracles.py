"""Make the golden files of the evaluation metrics with other people's programs.

    python tests/golden/make_oracles.py

makes its own virtual environment in a temporary folder, installs the pinned programs there and
writes `tests/golden/evaluation/*.json`. The tests only read those files: some of the programs are
GPL, and one wants an old numpy, so none of them is ever installed beside the package. Each file
holds the cases (made from a seed), what the program answered, and the program's name and version.
"""

import importlib
import importlib.metadata
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

PINS = (
    "numpy==1.26.4",
    "scipy==1.12.0",
    "pandas==2.3.3",
    "krippendorff==0.9.0",
    "pingouin==0.6.1",
    "irrCAC==0.4.4",
    "segeval==2.0.11",
    "nervaluate==1.2.1",
    "nltk==3.9.2",
)
FOLDER = Path(__file__).parent / "evaluation"

Case = dict[str, object]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", *PINS], check=True)
        subprocess.run([python, __file__, "--inside"], check=True)


def inside() -> None:
    FOLDER.mkdir(exist_ok=True)
    makers: dict[str, tuple[str, Callable[[], list[Case]]]] = {
        "alpha": ("krippendorff", alpha_cases),
        "masi": ("nltk", masi_cases),
        "gwet": ("irrCAC", gwet_cases),
        "icc": ("pingouin", icc_cases),
        "partial": ("pingouin", partial_cases),
        "boundaries": ("segeval", boundary_cases),
        "schemes": ("nervaluate", scheme_cases),
    }
    for name, (program, make) in makers.items():
        version = importlib.metadata.version(program)
        golden = {
            "made_by": f"{program} {version}, tests/golden/make_oracles.py",
            "cases": make(),
        }
        text = json.dumps(golden, separators=(",", ":")).replace('{"', '\n{"')
        (FOLDER / f"{name}.json").write_text(text.lstrip() + "\n", encoding="utf-8")


def ratings_with_gaps(seed: int, units: int, coders: int, labels: int) -> list[list[int]]:
    """Labels that agree more than by chance; about one in eight is missing (-1)."""
    random = importlib.import_module("numpy").random.default_rng(seed)
    truth = random.integers(labels, size=(units, 1))
    noise = random.integers(labels, size=(units, coders))
    given = importlib.import_module("numpy").where(
        random.random((units, coders)) < 0.6, truth, noise
    )
    given[random.random((units, coders)) < 0.125] = -1
    given[:labels] = importlib.import_module("numpy").arange(labels)[:, None]  # all labels occur
    rows: list[list[int]] = given.tolist()
    return rows


def alpha_cases() -> list[Case]:
    np, krippendorff = importlib.import_module("numpy"), importlib.import_module("krippendorff")
    cases: list[Case] = []
    for seed in range(6):
        rows = ratings_with_gaps(seed, 40, 2 + seed % 3, 3 + seed % 3)
        data = np.where(np.array(rows) < 0, np.nan, np.array(rows, float)).T
        expected = {
            scale: float(krippendorff.alpha(data, level_of_measurement=scale))
            for scale in ("nominal", "ordinal", "interval")
        }
        cases.append({"ratings": rows, "expected": expected})
    return cases


def masi_cases() -> list[Case]:
    np = importlib.import_module("numpy")
    agreement = importlib.import_module("nltk.metrics.agreement")
    masi = importlib.import_module("nltk.metrics.distance").masi_distance
    cases: list[Case] = []
    for seed in range(4):
        random = np.random.default_rng(seed)
        truth = random.random((30, 1, 4)) < 0.4
        sets = np.where(random.random((30, 3, 4)) < 0.75, truth, random.random((30, 3, 4)) < 0.4)
        sets[..., 0] |= ~sets.any(axis=2)  # nltk divides by zero on two empty sets
        triples = [
            (coder, unit, frozenset(np.flatnonzero(sets[unit, coder]).tolist()))
            for unit in range(30)
            for coder in range(3)
        ]
        task = agreement.AnnotationTask(data=triples, distance=masi)
        cases.append({"sets": sets.astype(int).tolist(), "expected": float(task.alpha())})
    return cases


def gwet_cases() -> list[Case]:
    np, pandas = importlib.import_module("numpy"), importlib.import_module("pandas")
    raw = importlib.import_module("irrCAC.raw")
    cases: list[Case] = []
    for seed in range(6):
        labels = 2 + seed % 4
        rows = ratings_with_gaps(10 + seed, 50, 2 + seed % 3, labels)
        frame = pandas.DataFrame(np.where(np.array(rows) < 0, np.nan, np.array(rows, float)))
        expected = {}
        for ours, theirs in (
            ("nominal", "identity"),
            ("linear", "linear"),
            ("quadratic", "quadratic"),
            ("ordinal", "ordinal"),
        ):
            analysis = raw.CAC(frame, weights=theirs, digits=12, categories=list(range(labels)))
            expected[ours] = float(analysis.gwet()["est"]["coefficient_value"])
        cases.append({"ratings": rows, "labels": labels, "expected": expected})
    return cases


def icc_cases() -> list[Case]:
    np, pandas = importlib.import_module("numpy"), importlib.import_module("pandas")
    pingouin = importlib.import_module("pingouin")
    pingouin.options["round.column.CI95"] = None
    pingouin.options["round.column.CI95%"] = None
    cases: list[Case] = []
    for seed in range(6):
        random = np.random.default_rng(seed)
        targets, coders = 8 + 4 * seed, 2 + seed % 4
        table = random.normal(size=(targets, 1)) * seed / 2 + random.normal(size=(targets, coders))
        table = np.round(table + random.normal(size=coders), 3)
        long = pandas.DataFrame(table).reset_index().melt(id_vars="index")
        found = pingouin.intraclass_corr(
            data=long, targets="index", raters="variable", ratings="value"
        ).set_index("Type")
        interval = next(column for column in found.columns if column.startswith("CI95"))
        expected = {
            kind: [float(found.loc[row, "ICC"]), *map(float, found.loc[row, interval])]
            for kind, row in zip(
                ("A,1", "C,1", "A,k", "C,k"),
                ("ICC(A,1)", "ICC(C,1)", "ICC(A,k)", "ICC(C,k)"),
                strict=True,
            )
        }
        cases.append({"ratings": table.tolist(), "expected": expected})
    return cases


def partial_cases() -> list[Case]:
    np, pandas = importlib.import_module("numpy"), importlib.import_module("pandas")
    pingouin = importlib.import_module("pingouin")
    cases: list[Case] = []
    for seed in range(6):
        random = np.random.default_rng(seed)
        held = random.integers(1, 8 + seed, size=30)  # with ties
        first, second = (held * seed // 2 + random.integers(0, 9, size=30) for _ in range(2))
        columns = {"first": first, "second": second, "held": held}
        found = pingouin.partial_corr(
            pandas.DataFrame(columns), x="first", y="second", covar="held", method="spearman"
        )
        expected = float(found["r"].iloc[0])
        cases.append({**{k: v.tolist() for k, v in columns.items()}, "expected": expected})
    return cases


def boundary_cases() -> list[Case]:
    np, segeval = importlib.import_module("numpy"), importlib.import_module("segeval")
    cases: list[Case] = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        places = random.random((2, int(random.integers(8, 60)))) < random.uniform(0.05, 0.5)
        masses = [np.diff([-1, *np.flatnonzero(row), len(row)]).tolist() for row in places]
        span = 2 + seed % 3
        similarity = segeval.boundary_similarity(*masses, n_t=span)
        window = segeval.compute_window_size(masses[0])
        difference = segeval.window_diff(masses[1], masses[0], window_size=window)
        cases.append(
            {
                "places": places.astype(int).tolist(),
                "span": span,
                "similarity": float(similarity),
                "window": int(window),
                "window_diff": float(difference),
            }
        )
    return cases


def scheme_cases() -> list[Case]:
    """Episodes far enough from one another that each meets at most one: there nervaluate, which
    pairs greedily, and a one-to-one matching must agree."""
    np, nervaluate = importlib.import_module("numpy"), importlib.import_module("nervaluate")
    cases: list[Case] = []
    for seed in range(20):
        random = np.random.default_rng(seed)
        sides: list[list[dict[str, object]]] = [[], []]
        for slot in range(10):
            start, end = 20 * slot + random.integers(3, 6), 20 * slot + random.integers(8, 11)
            for side, wobble in zip(sides, ((0, 0), random.integers(-2, 2, size=2)), strict=True):
                if random.random() < 0.75:
                    first, last = int(start + wobble[0]), int(end + wobble[1])
                    kind = "abc"[int(random.integers(3))] if random.random() < 0.3 else "a"
                    side.append({"label": kind, "start": first, "end": last})
        evaluator = nervaluate.Evaluator([sides[0]], [sides[1]], tags=["a", "b", "c"])
        overall = evaluator.evaluate()["overall"]
        expected = {
            ours: [float(overall[theirs].precision), float(overall[theirs].recall)]
            for ours, theirs in (
                ("strict", "strict"),
                ("exact", "exact"),
                ("partial", "partial"),
                ("type", "ent_type"),
            )
        }
        cases.append({"reference": sides[0], "predicted": sides[1], "expected": expected})
    return cases


if __name__ == "__main__":
    inside() if "--inside" in sys.argv else main()
