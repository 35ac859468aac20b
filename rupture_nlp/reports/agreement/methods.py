"""A methods paragraph ready to paste, after GRRAS, with the numbers of the report in it.

It claims nothing that the report does not know: what only the lab knows stands in brackets, to be
filled in.
"""

import re
from collections.abc import Sequence

from rupture_nlp import __version__
from rupture_nlp.evaluation.classification import ESTIMABLE_FROM
from rupture_nlp.evaluation.harness.figures import LEAST_SHARED, Figure
from rupture_nlp.evaluation.harness.report import AgreementReport, DroppedCount, SpeakerCounts
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import counted, percent, two
from rupture_nlp.reports.agreement.references import (
    BOOTSTRAP,
    CORRECTION,
    CORRECTION_INTERVAL,
    GRRAS,
    STAND_IN,
    cite,
    reference,
)
from rupture_nlp.reports.agreement.results import results
from rupture_nlp.reports.agreement.rows import in_order

_HASH_LETTERS = 12
_PAIR = 2  # coders
_HASHES = ("sha256", "_hash")  # of the system: in metrics.json, too long for a sentence
_NOT_SET = "null"
_LONG_NUMBER = re.compile(r"(?<![\w.])-?\d+\.\d{4,}(?:e[+-]?\d+)?(?![\w.])")
_FEW = "fewer than 20 groups, so the intervals are likely too narrow"


def methods_paragraph(report: AgreementReport) -> str:
    """Methods and results in plain paragraphs, then the references that they cite."""
    paragraphs = (
        f"Methods. {_aim(report)} {_material(report)}",
        _raters(report),
        f"{_process(report)} {_units(report)}".rstrip(),
        _statistics(report),
        *results(report),
        _closing(report),
    )
    listed = "\n".join(reference(source) for source in sorted(_sources(report)))
    return "\n\n".join((*paragraphs, f"References\n{listed}")) + "\n"


def _to_fill(what: str) -> str:
    return f"[to be filled in: {what}]"


def _aim(report: AgreementReport) -> str:
    material = report.material
    what = (
        "Agreement between coders"
        if not material.predicted
        else "Agreement of a system's labels with hand coding"
    )
    mapped = (
        f"; labels were mapped by {names.name(material.label_map)}" if material.label_map else ""
    )
    return (
        f"{what} was studied and is reported after the Guidelines for Reporting Reliability and "
        f"Agreement Studies ({cite(GRRAS)}). Alliance ruptures and their repair were coded with "
        f"the rupture-nlp codebook, version {names.name(material.codebook_version)} (hash "
        f"{names.name(material.codebook_hash[:_HASH_LETTERS])}){mapped}."
    )


def _material(report: AgreementReport) -> str:
    material = report.material
    split = f", split {names.name(material.split)}" if material.split else ""
    fill = _to_fill(
        "who the patients and therapists were, what a group is, how sessions were sampled, how "
        "the number of sessions was chosen"
    )
    return (
        f"The material was {names.name(material.corpus)}{split}: "
        f"{counted(material.sessions, 'session')} in "
        f"{counted(material.groups, 'independent group')}; "
        f"{_timed(material.timed_sessions, material.sessions)}. {fill}"
    )


def _timed(timed: int, sessions: int) -> str:
    if timed == sessions:
        return "all were timed" if sessions else "none was timed"
    return f"{timed:,} of them {'was' if timed == 1 else 'were'} timed"


def _raters(report: AgreementReport) -> str:
    material = report.material
    sides = _sides(report)
    system = "; ".join(
        f"{names.name(part).replace('_', ' ')}: {names.name(_setting(value))}"
        for part, value in material.system
        if not part.endswith(_HASHES) and value != _NOT_SET
    )
    coders = (
        f" The corpus holds codes of {counted(len(material.coders), 'coder')}"
        f" ({names.names(material.coders)})."
        if material.coders
        else ""
    )
    fill = _to_fill(
        "who the coders were (people or machines), their training and experience, how the "
        "reference came about"
    )
    blind = _to_fill(
        "whether coders worked independently, blind to each other, to the system's labels and to "
        "outcome; the files do not record it"
    )
    said = f" The system's settings were: {system}." if system else ""
    return f"{sides}{said}{coders} {fill} {blind}"


def _setting(value: str) -> str:
    """A setting of the system's run, which may be JSON, as a reader of a paper wants it."""
    rounded = _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.3g}", value)
    return re.sub(rf"\b{_NOT_SET}\b", "not set", rounded)


def _sides(report: AgreementReport) -> str:
    material = report.material
    one, other = names.name(material.reference), names.name(material.other)
    if material.predicted:
        versus = f", beside {names.name(material.versus)}" if material.versus else ""
        return f"The reference was {one}; {other} was compared with it{versus}."
    if len(material.coders) > _PAIR:
        return (
            f"Codes of {names.names(material.coders)} were compared pair by pair; a figure is the "
            "mean over pairs or, where its coefficient takes any number of coders, of all at once."
        )
    return f"Codes of {one} were compared with those of {other}."


def _process(report: AgreementReport) -> str:
    return (
        "Patients' and therapists' turns were analysed apart, with "
        f"{_speakers(report.material.speakers)}{_of_pair(report)}. {_dropped(report.dropped)}"
    )


def _of_pair(report: AgreementReport) -> str:
    """Of several pairs of coders, the one that is meant."""
    return f" (by {names.names(report.first_pair)})" if report.first_pair else ""


def _speakers(speakers: Sequence[SpeakerCounts]) -> str:
    parts = [
        f"{'all' if one.compared == one.turns else f'{one.compared:,} of'} "
        f"{counted(one.turns, one.speaker.value + ' turn')}"
        for one in speakers
    ]
    return f"{names.listed(parts) or 'no turns'} compared"


def _dropped(dropped: Sequence[DroppedCount]) -> str:
    if not dropped:
        return "Nothing was left out."
    parts = [
        f"{counted(one.turns, 'turn')}"
        f"{' of ' + names.speakers(one.speaker).lower() if one.speaker else ''}"
        f" in {counted(one.sessions, 'session')} ({names.name(one.reason)})"
        for one in dropped
    ]
    return f"Left out were {names.listed(parts)}."


def _units(report: AgreementReport) -> str:
    """Units with the same settings are told together."""
    seen: dict[str, dict[str, None]] = {}
    for figure in report.figures:
        seen.setdefault(names.unit_title(figure.key.unit), {})[figure.key.unit] = None
    untimed = report.material.timed_sessions < report.material.sessions
    told: dict[str, list[str]] = {}
    for title, units in seen.items():
        words = names.settings_words(units, untimed=untimed)
        told.setdefault(words, []).append(title.lower())
    parts = [
        f"{names.listed(titles)} ({words})" if words else names.listed(titles)
        for words, titles in told.items()
    ]
    return f"The units of analysis were {'; '.join(parts)}." if parts else ""


def _statistics(report: AgreementReport) -> str:
    used = dict.fromkeys(_described(figure) for figure in in_order(_all_figures(report)))
    parts = [
        f"The figures are {names.listed(list(used), '; ')}." if used else "",
        _intervals(report),
        f"A label with fewer than {ESTIMABLE_FROM} positive units in the reference is called not "
        "estimable; an undefined figure is given as undefined, never as zero.",
        _ceiling(report),
        _extras(report),
    ]
    return " ".join(filter(None, parts))


def _described(figure: Figure) -> str:
    metric = names.metric_of(figure.key)
    title = names.inside(metric.title)
    return f"{title} ({cite(metric.source)})" if metric.source else title


def _intervals(report: AgreementReport) -> str:
    settings = report.settings
    few = any(figure.interval.few_groups for figure in report.figures)
    level = max((one.interval.level for one in report.figures), default=0.95)
    return (
        f"Intervals are {percent(level)} percentile intervals of a bootstrap over groups "
        f"({counted(settings.draws, 'draw')}, seed {settings.seed}; {cite(BOOTSTRAP)})"
        f"{'; some rest on ' + _FEW if few else ''}."
    )


def _ceiling(report: AgreementReport) -> str:
    pair = next((figure.ceiling.coders for figure in report.figures if figure.ceiling), None)
    if pair is None:
        return ""
    return (
        f"What coders ({names.names(pair)}) reach on the same rows stands beside each figure as "
        "its ceiling; of coefficients of agreement with a ceiling above "
        f"{two(LEAST_SHARED)} the share of it that the system reaches."
    )


def _extras(report: AgreementReport) -> str:
    criteria = dict.fromkeys(names.name(figure.key.label) for figure in report.validity)
    parts = []
    if criteria:
        measured = names.listed(list(criteria))
        parts.append(
            f"Session measures{_of_pair(report)} were set against {measured}, also with length "
            "held fixed."
        )
    if report.rates:
        parts.append(
            "Session rates were corrected for the errors known from other groups "
            f"({cite(CORRECTION)}; {cite(CORRECTION_INTERVAL)})."
        )
    return " ".join(parts)


def _closing(report: AgreementReport) -> str:
    version = report.figures[0].signature.version if report.figures else __version__
    data = report.material.data_hash[:_HASH_LETTERS]
    return (
        f"Computed with rupture-nlp {version} (data {names.name(data)}); every figure with its "
        "interval and signature is in tables.csv and metrics.json. "
        + _to_fill("what these figures mean for the use that is planned")
    )


def _all_figures(report: AgreementReport) -> tuple[Figure, ...]:
    return (*report.figures, *report.pairs, *report.validity)


def _sources(report: AgreementReport) -> set[str]:
    found = {names.metric_of(figure.key).source for figure in _all_figures(report)}
    if report.stand_in:
        found.add(STAND_IN)
    if report.rates:
        found |= {CORRECTION, CORRECTION_INTERVAL}
    return (found | {GRRAS, BOOTSTRAP}) - {""}
