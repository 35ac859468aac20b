"""`metrics.json`: the whole report for programs, strict JSON in a stable order."""

import json
import math
from dataclasses import fields, is_dataclass
from enum import Enum

import numpy as np

from rupture_nlp.evaluation.harness.report import AgreementReport, Disagreement
from rupture_nlp.reports.agreement.tables import figure_rows

SCHEMA = "rupture-nlp/agreement-report/1"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def metrics_json(report: AgreementReport) -> str:
    """Every figure with its signature, and all else that the report holds.

    Figures are flat, with the keys of `tables.csv`; whatever is undefined is null. Words of a
    session stand in it only where the report has them.
    """
    material = plain_value(report.material)
    told: dict[str, Json] = {
        "schema": SCHEMA,
        "in_sample": bool(report.material.in_sample),
        "material": material,
        "settings": plain_value(report.settings),
        "warnings": plain_value(report.warnings),
        "figures": [dict(row) for row in figure_rows(report)],
        **{
            name: plain_value(getattr(report, name))
            for name in ("confusions", "curves", "groups", "dropped", "stand_in", "rates")
        },
        "worst": [_disagreement(one) for one in report.worst],
        # Of three coders or more: whose the groups, worst disagreements and validity are.
        "first_pair": list(report.first_pair),
    }
    # Only ASCII: directional marks and lone surrogates in ids come out as escapes.
    return json.dumps(told, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def plain_value(value: object) -> Json:
    """Dataclasses as objects in the order of their fields, arrays as lists, NaN as null.

    Raises:
        TypeError: a value that JSON cannot hold.
    """
    if is_dataclass(value):
        return {field.name: plain_value(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return plain_value(value.tolist())
    if isinstance(value, list | tuple):
        return [plain_value(one) for one in value]
    return _scalar(value)


def _scalar(value: object) -> Json:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"a report holds no {type(value).__name__}")


def _disagreement(one: Disagreement) -> Json:
    told = plain_value(one)
    if isinstance(told, dict) and one.words is None:
        del told["words"]
    return told
