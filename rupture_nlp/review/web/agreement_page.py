"""The page of agreement: for leads, and without the model for a lead who still codes blind."""

import threading
from dataclasses import dataclass, field

from sqlalchemy import func, select
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rupture_nlp.review.agreement import Agreement, Condition, read_agreement
from rupture_nlp.review.database import Store
from rupture_nlp.review.leaning import Leaning, read_leaning
from rupture_nlp.review.studied import state_key
from rupture_nlp.review.tables import AssignmentRow
from rupture_nlp.review.values import Mode
from rupture_nlp.review.web.access import lead_of
from rupture_nlp.review.web.agreement_tables import (
    LeaningTable,
    Table,
    make_leaning,
    make_table,
    of_condition,
)
from rupture_nlp.review.web.frames import frame_of
from rupture_nlp.review.web.parts import parts_of
from rupture_nlp.review.web.templating import page_response


@dataclass(frozen=True, slots=True)
class AgreementPage:
    """What the page shows. `blind_left`: sessions that the reader still codes blind; the model and
    the leaning are left out then, and their parts are empty."""

    sessions: int
    left_out: int
    pairs: tuple[Table, ...]
    pairs_assisted: tuple[Table, ...]
    together: Table | None
    model: tuple[Table, ...]
    model_assisted: tuple[Table, ...]
    leaning: tuple[LeaningTable, ...]
    blind_left: int
    draws: int
    here: str = "agreement"


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything that was computed for one state of the store."""

    agreement: Agreement
    leaning: tuple[Leaning, ...]


@dataclass(slots=True)
class FigureCache:
    """The figures of the last state that was asked for, with the model and without it."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    kept: dict[bool, tuple[tuple[object, ...], Figures]] = field(default_factory=dict)

    def figures(self, store: Store, *, with_model: bool) -> Figures:
        """Those of the present state; computed anew where something was decided since."""
        with self.lock:  # two who ask at once wait for one computation
            with store.read() as session:
                key = state_key(session)
            known = self.kept.get(with_model)
            if known is not None and known[0] == key:
                return known[1]
            found = Figures(
                read_agreement(store, with_model=with_model),
                read_leaning(store) if with_model else (),
            )
            self.kept[with_model] = (key, found)
            return found


def agreement_page(request: Request) -> Response:
    """All figures of agreement; leads only."""
    store, coder = parts_of(request).store, lead_of(request).coder
    blind_left = _blind_left(store, coder.id)
    found = _cache_of(request).figures(store, with_model=not blind_left)
    page = make_page(found, blind_left)
    return page_response("agreement.html", page, frame_of(request))


def make_page(found: Figures, blind_left: int) -> AgreementPage:
    """The page of these figures."""
    agreement = found.agreement
    return AgreementPage(
        sessions=agreement.sessions,
        left_out=agreement.left_out,
        pairs=of_condition(agreement.pairs, Condition.BLIND),
        pairs_assisted=of_condition(agreement.pairs, Condition.ASSISTED),
        together=None if agreement.together is None else make_table(agreement.together),
        model=of_condition(agreement.model, Condition.BLIND),
        model_assisted=of_condition(agreement.model, Condition.ASSISTED),
        leaning=tuple(map(make_leaning, found.leaning)),
        blind_left=blind_left,
        draws=agreement.draws,
    )


def _blind_left(store: Store, coder: int) -> int:
    mine = select(func.count()).where(
        AssignmentRow.coder == coder,
        AssignmentRow.mode == Mode.BLIND,
        AssignmentRow.finished_at.is_(None),
    )
    with store.read() as session:
        return session.scalar(mine) or 0


def _cache_of(request: Request) -> FigureCache:
    """One for each application: it knows one store."""
    state = request.app.state
    if not hasattr(state, "agreement"):
        state.agreement = FigureCache()
    cache: FigureCache = state.agreement
    return cache


routes = [Route("/agreement", agreement_page)]
