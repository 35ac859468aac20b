"""Read both sides, measure, write the report: the work behind `evaluate` and `agreement`."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from rupture_nlp import __version__
from rupture_nlp.errors import EvaluationError, RunError
from rupture_nlp.evaluation.coders import own_coders
from rupture_nlp.evaluation.dropped import Dropped, Reason, What, dropped_session
from rupture_nlp.evaluation.harness.compose import Request, coder_report, system_report
from rupture_nlp.evaluation.harness.report import AgreementReport, Disagreement
from rupture_nlp.evaluation.harness.settings import HarnessSettings
from rupture_nlp.evaluation.labelmap_files import load_label_map
from rupture_nlp.evaluation.labelmaps import LabelMap
from rupture_nlp.evaluation.paired import Paired
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evidence import Predictions, SegmentSheet
from rupture_nlp.io.atomic import write_text
from rupture_nlp.io.cells import neutralise
from rupture_nlp.io.corpus import read_corpus, reference_coder
from rupture_nlp.io.criteria import read_criteria
from rupture_nlp.io.predictions import read_predictions
from rupture_nlp.io.segments import RatingScale, read_segment_sheet
from rupture_nlp.reports.agreement.context import AI_CODED, AgreementContext
from rupture_nlp.reports.agreement.methods import methods_paragraph
from rupture_nlp.reports.agreement.metrics_file import metrics_json
from rupture_nlp.reports.agreement.page import agreement_page
from rupture_nlp.reports.agreement.tables import tables_csv
from rupture_nlp.schema import CodedSession

REPORT, METRICS, TABLES, METHODS = "report.html", "metrics.json", "tables.csv", "methods.txt"
WRITTEN = (REPORT, METRICS, TABLES, METHODS)
ASSISTED = "assisted"
"""The mode of codes whose coder saw suggestions (codebook, section 7)."""
AI_CODERS = frozenset({"ai1", "ai2", "author"})
"""Coders of the corpora that come with the project. None of them is a person."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class EvaluationRequest:
    """What to compare, and where the report goes. Without `predicted`: coder against coder."""

    reference: Path
    out: Path
    predicted: Path | None = None
    versus: Path | None = None
    settings: HarnessSettings = field(default_factory=HarnessSettings)
    coder: str | None = None  # of the predicted side, where its folder holds several
    versus_coder: str | None = None
    coders: tuple[str, ...] = ()  # to compare; () for all but derived ones
    criteria: Path | None = None
    criterion: tuple[str, ...] = ()  # columns of the criteria; () for all that can be used
    segments: Path | None = None
    sheet_coder: str | None = None  # of the segments, where there are several
    label_map: str | None = None
    allow_missing: bool = False
    allow_seen: bool = False
    with_text: bool = False


@dataclass(frozen=True, slots=True)
class Evaluated:
    """The report and where it is."""

    report: AgreementReport
    out: Path


def evaluate(request: EvaluationRequest, say: Say = lambda _: None) -> Evaluated:
    """Compare and write `report.html`, `metrics.json`, `tables.csv` and `methods.txt`.

    `say` is told which step begins. Nothing is written unless everything could be computed.

    Raises:
        CorpusError, EvaluationError, ConfigError: an input cannot be read or compared.
        RunError: the output folder is one of the inputs.
    """
    _refuse_inputs(request)
    _refuse_lonely(request)
    label_map = load_label_map(request.label_map) if request.label_map else None
    criteria = (
        read_criteria(request.criteria, request.criterion or None) if request.criteria else None
    )
    sheet = read_segment_sheet(request.segments, _scale_of(label_map)) if request.segments else None
    say(f"reading {request.reference}")
    sessions = read_corpus(request.reference)
    ask = Request(
        settings=request.settings,
        corpus=_name(request.reference),
        predicted=_name(request.predicted),
        versus=_name(request.versus),
        criteria=criteria,
        label_map=label_map,
        sheet=sheet,
        sheet_coder=request.sheet_coder or "",
    )
    if request.predicted is None:
        say("comparing coders")
        coders = _coders(request, sessions)
        report = coder_report(sessions, coders, ask)
    else:
        main, versus = _pairs(request, sessions, say)
        say("computing figures")
        ask = replace(ask, sheet=_of_kept(sheet, sessions, main) if sheet else None)
        coders = (main.reference,)
        report = system_report(main, versus, ask)
    report = replace(report, warnings=(*report.warnings, *_of_assisted(sessions, coders)))
    if request.with_text:
        report = replace(report, worst=_with_words(report.worst, sessions))
    say(f"writing {request.out}")
    _write(report, sessions, request.out)
    return Evaluated(report, request.out)


def _of_assisted(sessions: Sequence[CodedSession], coders: Sequence[str]) -> tuple[str, ...]:
    """Codes that lean to a model's suggestions agree with it, and with each other, for no merit."""
    assisted = [
        session
        for session in sessions
        if any(
            code is not None and code.mode == ASSISTED
            for coding in session.codings
            if coding.coder in coders
            for code in coding.codes
        )
    ]
    if not assisted:
        return ()
    return (
        f"{len(assisted)} of {len(sessions)} sessions have codes that were made with a model's "
        "suggestions in view (mode assisted). They lean to the model and so to each other: figures "
        "over them are no agreement of independent coders. Give a corpus without them.",
    )


def _coders(request: EvaluationRequest, sessions: Sequence[CodedSession]) -> tuple[str, ...]:
    """Those asked for, else all but derived ones."""
    there = sorted({coding.coder for session in sessions for coding in session.codings})
    for place, name in enumerate(request.coders, start=1):
        if name not in there:
            raise EvaluationError(
                f"the coder asked for as number {place} coded no session. "
                f"Coders: {', '.join(there) or 'none'}."
            )
    return request.coders or own_coders(sessions)


def _scale_of(label_map: LabelMap | None) -> RatingScale | None:
    """What a sheet is held against; None without salience, which is an error told later."""
    salience = label_map.salience if label_map else None
    if salience is None:
        return None
    steps = (*salience.interval, *salience.ordinal)
    return RatingScale(tuple(one.name for one in salience.ratings), min(steps), max(steps))


def _pairs(
    request: EvaluationRequest, sessions: Sequence[CodedSession], say: Say
) -> tuple[Paired, Paired | None]:
    chosen = request.settings.reference_coder or None
    reference = reference_coder(sessions, chosen)
    say(f"reading {request.predicted}")
    main = _pair(request, sessions, reference, _read(request.predicted, request.coder))
    if request.versus is None:
        return main, None
    say(f"reading {request.versus}")
    other = _pair(request, sessions, reference, _read(request.versus, request.versus_coder))
    shared = {_id(s) for s in main.sessions} & {_id(s) for s in other.sessions}
    if shared != {_id(s) for s in main.sessions} | {_id(s) for s in other.sessions}:
        # Only with --allow-missing: both systems are scored on what both labelled.
        kept = [session for session in sessions if _id(session) in shared]
        if not kept:
            raise EvaluationError("the two systems share no session of the reference.")
        say(f"{len(kept)} sessions were labelled by both systems; the others are left out")
        dropped = tuple(_left_out(main, other))
        main = _pair(request, kept, reference, _read(request.predicted, request.coder))
        other = _pair(request, kept, reference, _read(request.versus, request.versus_coder))
        own = [one for one in main.dropped if one.what is not What.SESSION]
        main = replace(main, dropped=(*dropped, *own))
    return main, other


def _left_out(main: Paired, other: Paired) -> Iterator[Dropped]:
    """Sessions that fell out of one comparison or the other."""
    yield from (one for one in main.dropped if one.what is What.SESSION)
    shared = {_id(session) for session in other.sessions}
    for session in main.sessions:
        if _id(session) not in shared:
            yield dropped_session(session, Reason.NOT_PREDICTED)


def _of_kept(sheet: SegmentSheet, sessions: Sequence[CodedSession], main: Paired) -> SegmentSheet:
    """Without the segments of sessions that the comparison dropped; unknown ones stay an error."""
    dropped = {_id(session) for session in sessions} - {_id(session) for session in main.sessions}
    return replace(sheet, segments=tuple(s for s in sheet.segments if s.session_id not in dropped))


def _read(folder: Path | None, coder: str | None) -> Predictions:
    if folder is None:
        raise ValueError("there is no folder to read")
    return read_predictions(folder, coder)


def _pair(
    request: EvaluationRequest,
    sessions: Sequence[CodedSession],
    reference: str,
    predictions: Predictions,
) -> Paired:
    return pair(
        sessions,
        reference,
        predictions,
        allow_missing=request.allow_missing,
        allow_seen=request.allow_seen,
    )


def _id(session: CodedSession) -> str:
    return session.transcript.session_id


def _name(folder: Path | None) -> str:
    return folder.resolve().name if folder else ""


def _refuse_lonely(request: EvaluationRequest) -> None:
    """Options that mean nothing without another one; ignored, they would mislead."""
    for name, given, needed, partner in (
        ("--criterion", request.criterion, "--criteria", request.criteria),
        ("--sheet-coder", request.sheet_coder, "--segments", request.segments),
        ("--versus-coder", request.versus_coder, "--versus", request.versus),
    ):
        if given and partner is None:
            raise EvaluationError(f"{name} was given without {needed}. Give both, or neither.")


def _refuse_inputs(request: EvaluationRequest) -> None:
    folders = (request.reference, request.predicted, request.versus)
    if request.out.resolve() in {folder.resolve() for folder in folders if folder}:
        raise RunError(f"{request.out}: is one of the inputs. Give another --out.")
    if request.out.exists() and not request.out.is_dir():
        raise RunError(f"{request.out}: is a file. Give a folder as --out.")
    held = {path.name for path in request.out.iterdir()} if request.out.exists() else set()
    if held & {"utterances.csv", "codes.csv", "run.json"}:
        raise RunError(f"{request.out}: holds a corpus or results. Give another --out.")
    if REPORT in held and METRICS not in held:
        raise RunError(f"{request.out}: holds a report of something else. Give another --out.")


def _with_words(
    worst: Sequence[Disagreement], sessions: Sequence[CodedSession]
) -> tuple[Disagreement, ...]:
    words = {
        (session.transcript.session_id, utterance.utterance_id): utterance.text
        for session in sessions
        for utterance in session.transcript.utterances
    }
    return tuple(replace(one, words=words[one.session_id, one.utterance_id]) for one in worst)


def _write(report: AgreementReport, sessions: Sequence[CodedSession], out: Path) -> None:
    coders = {coding.coder for session in sessions for coding in session.codings}
    context = AgreementContext(
        date=date.today().isoformat(),  # the day where the user is
        tool_version=__version__,
        notices=(AI_CODED,) if coders & AI_CODERS else (),
    )
    contents = {
        TABLES: tables_csv(report, neutralise),
        METRICS: metrics_json(report),
        METHODS: methods_paragraph(report) + "\n",
        REPORT: agreement_page(report, context),
    }
    for name, content in contents.items():
        write_text(out / name, content)
