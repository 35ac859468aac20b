"""One session on one page: the picture, the figures, the episodes, the turns."""

from rupture_nlp.codebook import load_codebook
from rupture_nlp.reports.charts import draw_strip
from rupture_nlp.reports.context import ReportContext
from rupture_nlp.reports.figures import speaker_rows, view_codes, view_ratings
from rupture_nlp.reports.ribbon import FRAME, make_ribbon
from rupture_nlp.reports.summary import SessionSummary, summarise
from rupture_nlp.reports.supervision import load_material, tables_for, view_unrepaired
from rupture_nlp.reports.templating import render
from rupture_nlp.reports.timeline import LEFT, WIDTH, make_rows
from rupture_nlp.reports.turns import TurnView, view_episodes, view_turns
from rupture_nlp.reports.words import STAGES, flag_words
from rupture_nlp.schema import SessionPrediction, Transcript


def render_session(
    transcript: Transcript,
    prediction: SessionPrediction,
    flags: tuple[str, ...],
    context: ReportContext,
) -> str:
    """A self-contained HTML page about one session. Words stand in it only `context.with_text`.

    Raises:
        ValueError: the prediction was not made for this transcript.
    """
    summary = summarise(transcript, prediction, flags, None)
    episodes = view_episodes(transcript, prediction)
    turns = view_turns(transcript, prediction, episodes, context.with_text)
    rows = make_rows(turns, episodes)
    ribbons = [drawn for one in episodes if (drawn := make_ribbon(one, turns)) is not None]
    unrepaired = view_unrepaired(episodes, turns)
    return render(
        "session.html.j2",
        "session.js",
        context,
        "session.css",
        summary=summary,
        flags=[flag_words(flag) for flag in _all_flags(summary)],
        speakers=speaker_rows(summary),
        ratings=view_ratings(summary.ratings),
        rows=rows,
        strip=draw_strip(summary.strip) if len(rows) > 1 else None,
        width=WIDTH,
        left=LEFT,
        turns=turns,
        timed=any(turn.start_s is not None for turn in turns),
        episodes=episodes,
        stages=STAGES,
        ribbons=ribbons,
        wayless=[one for one in episodes if one.path is not None and not one.path.steps],
        frame=FRAME,
        unrepaired=unrepaired,
        tables=tables_for(unrepaired),
        material=load_material(),
        counts=_filter_counts(turns),
        codes=view_codes(load_codebook()),
    )


def _all_flags(summary: SessionSummary) -> tuple[str, ...]:
    listed = summary.flags
    add = summary.pseudo_alliance and "pseudo_alliance" not in listed
    return (*listed, "pseudo_alliance") if add else listed


def _filter_counts(turns: tuple[TurnView, ...]) -> dict[str, int]:
    return {
        "all": len(turns),
        "ruptures": sum(turn.code is not None for turn in turns),
        "episodes": sum(turn.episode is not None for turn in turns),
        "uncertain": sum(turn.uncertain for turn in turns),
    }
