"""Agreement of coders and the model: by hand, and as the evaluation functions have it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import update

from rupture_nlp.evaluation.agreement import cohen_kappa
from rupture_nlp.evaluation.alpha import krippendorff_alpha
from rupture_nlp.evaluation.gwet import gwet_ac
from rupture_nlp.review.adjudication import read_adjudication
from rupture_nlp.review.agreement import (
    Agreement,
    CodeAgreement,
    Comparison,
    Condition,
    agreement_of,
    read_agreement,
)
from rupture_nlp.review.coding import decide, finish, reveal
from rupture_nlp.review.database import Store
from rupture_nlp.review.first_pass import Coding
from rupture_nlp.review.studied import (
    ANY_PROCESS,
    ANY_STRATEGY,
    CODE,
    RUPTURE,
    StudiedSession,
    column,
    state_key,
    variables_of,
)
from rupture_nlp.review.tables import SessionRow
from rupture_nlp.review.values import ChosenBy, Mode, TurnValue
from rupture_nlp.schema import Speaker
from tests.review.judged import Judged, as_before_it_was_refused, copy_judged, open_judged
from tests.review.made import made_assignment, made_change, made_coder
from tests.review.measured import LETTERS, labels_of, random_drawing, studied

DRAWS = (3, 200)


def of(compared: Comparison, variable: str, speaker: Speaker = Speaker.PATIENT) -> CodeAgreement:
    return next(
        one for one in compared.codes if one.variable == variable and one.speaker is speaker
    )


def values(code: CodeAgreement) -> dict[str, float]:
    return {one.metric: one.interval.estimate for one in code.coefficients}


def test_a_pair_worked_by_hand() -> None:
    # Ten turns; ada gives a withdrawal on 4, ben on 4, both on 3:
    #   both 3, ada alone 1, ben alone 1, neither 5; agreement .8
    #   kappa: chance .4*.4 + .6*.6 = .52, (.8 - .52) / .48
    #   alpha: 20 values, 8 withdrawals; 1 - 19 * 4 / (2 * 8 * 12), 4 mixed values of 2 turns
    #   AC1: share .4, chance 2 * .4 * .6 = .48, (.8 - .48) / .52
    agreement = agreement_of([studied("s1", {"ada": "oooo......", "ben": "ooo.o....."})], DRAWS)
    (pair,) = agreement.pairs
    found = of(pair, "withdrawal_from_other")
    assert (found.turns, found.given) == (10, (4, 4))
    assert values(found) == pytest.approx(
        {"kappa": 0.28 / 0.48, "alpha_nominal": 1 - 19 * 4 / 192, "ac1": 0.32 / 0.52}
    )
    assert (pair.names, pair.condition, pair.sessions) == (("ada", "ben"), Condition.BLIND, 1)


def two_coders(sessions: int = 6) -> list[StudiedSession]:
    generator = np.random.default_rng(7)
    return [
        studied(
            f"s{number}",
            {"ada": random_drawing(generator, 40), "ben": random_drawing(generator, 40)},
            random_drawing(generator, 40),
        )
        for number in range(sessions)
    ]


def drawings(sessions: list[StudiedSession], coder: str) -> list[int]:
    found: list[int] = []
    for session in sessions:
        coding = next(one.coding for one in session.passes if one.assignment.coder == coder)
        for place in range(len(session.speakers)):
            value = coding.turn(place)
            found += [-1] if value.rupture is None else labels_of(_mark(value))
    return found


def _mark(value: TurnValue) -> str:
    return next(mark for mark, one in LETTERS.items() if one.rupture is value.rupture)


def test_the_figures_are_those_of_the_evaluation_functions() -> None:
    sessions = two_coders()
    (pair,) = agreement_of(sessions, DRAWS).pairs
    ada, ben = (np.array(drawings(sessions, name)) for name in ("ada", "ben"))
    both = np.column_stack([ada, ben])
    assert values(of(pair, CODE)) == pytest.approx(
        {
            "kappa": cohen_kappa(ada, ben),
            "alpha_nominal": krippendorff_alpha(both),
            "ac1": gwet_ac(both, labels=5),
        }
    )
    either = np.minimum(both, 1)
    assert values(of(pair, RUPTURE)) == pytest.approx(
        {
            "kappa": cohen_kappa(either[:, 0], either[:, 1]),
            "alpha_nominal": krippendorff_alpha(either),
            "ac1": gwet_ac(either, labels=2),
        }
    )


def test_three_coders_at_once_are_those_of_the_evaluation_functions_too() -> None:
    generator = np.random.default_rng(9)
    names = ("ada", "ben", "cleo")
    all_three = {name: random_drawing(generator, 30) for name in names}
    sessions = [
        studied("s1", all_three),
        studied("s2", {"ada": "?.o..", "cleo": "..os."}),
        studied("s3", {"ada": ".oo"}),  # one coder alone: nothing to agree with
    ]
    together = agreement_of(sessions, DRAWS).together
    assert together is not None
    assert (together.names, together.sessions) == (names, 2)
    labels = np.array(
        [
            *zip(*(labels_of(all_three[name]) for name in names), strict=True),
            *zip(labels_of("?.o.."), [-1] * 5, labels_of("..os."), strict=True),
        ]
    )
    assert values(of(together, CODE)) == pytest.approx(
        {"alpha_nominal": krippendorff_alpha(labels), "ac1": gwet_ac(labels, labels=5)}
    )


def test_intervals_are_drawn_over_groups_and_stay_the_same() -> None:
    sessions = two_coders()
    first, again = agreement_of(sessions, DRAWS), agreement_of(sessions, DRAWS)
    assert first == again
    (pair,) = first.pairs
    kappa = of(pair, CODE).coefficients[0].interval
    assert (kappa.groups, kappa.draws, kappa.seed) == (6, 200, 3)
    assert kappa.low < kappa.estimate < kappa.high
    one_group = [
        studied(f"s{number}", {"ada": "o..o", "ben": "oo.."}, group="one") for number in range(4)
    ]
    alone = of(agreement_of(one_group, DRAWS).pairs[0], CODE).coefficients[0].interval
    assert np.isnan(alone.low)


def test_what_is_undefined_is_said_in_words() -> None:
    (pair,) = agreement_of([studied("s1", {"ada": ".....", "ben": "....."})], DRAWS).pairs
    kappa, alpha, ac1 = of(pair, RUPTURE).coefficients
    assert np.isnan(kappa.interval.estimate)
    assert kappa.note.startswith("undefined: both sides gave one and the same label only")
    assert alpha.note.startswith("undefined: both sides gave one and the same label only")
    assert ac1.interval.estimate == 1.0
    assert "not estimable: one side gave it to 0 turns" in ac1.note


def test_a_turn_that_one_calls_uncodable_is_left_out() -> None:
    (pair,) = agreement_of([studied("s1", {"ada": "o?o.", "ben": "oo.?"})], DRAWS).pairs
    assert of(pair, CODE).turns == 2
    nothing = agreement_of([studied("s1", {"ada": "??", "ben": ".."})], DRAWS)
    assert nothing.pairs[0].codes == ()


def test_codes_with_suggestions_in_view_stand_apart() -> None:
    sessions = [
        studied("s1", {"ada": "o..", "ben": "o.."}, "o.."),
        studied("s2", {"ada": ".o.", "ben": "o.."}, "o..", assisted=("ben",)),
    ]
    found = agreement_of(sessions, DRAWS)
    assert [(one.names, one.condition, one.sessions) for one in found.pairs] == [
        (("ada", "ben"), Condition.BLIND, 1),
        (("ada", "ben"), Condition.ASSISTED, 1),
    ]
    assert [(one.names, one.condition, one.sessions) for one in found.model] == [
        (("ada",), Condition.BLIND, 2),
        (("ben",), Condition.BLIND, 1),
        (("ben",), Condition.ASSISTED, 1),
    ]


def test_the_model_is_the_second_side_and_can_be_left_out() -> None:
    sessions = [studied("s1", {"ada": "oo..", "ben": "...."}, "o...")]
    found = agreement_of(sessions, DRAWS)
    assert of(found.model[0], "withdrawal_from_other").given == (2, 1)
    assert agreement_of(sessions, DRAWS, with_model=False).model == ()


def test_names_of_strategies_that_nobody_gave_have_no_row() -> None:
    (pair,) = agreement_of([studied("s1", {"ada": "o.", "ben": ".."})], DRAWS).pairs
    assert [one.variable for one in pair.codes] == [
        CODE,
        RUPTURE,
        "withdrawal_from_other",
        "withdrawal_from_self",
        "confrontation_aggression",
        "confrontation_control",
    ]


# From the store


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    made = open_judged(tmp_path_factory.mktemp("master") / "project")
    made.store.close()
    return made


@pytest.fixture
def judged(master: Judged, tmp_path: Path) -> Iterator[Judged]:
    made = copy_judged(master, tmp_path / "project")
    with made.store:
        yield made


def read(store: Store) -> Agreement:
    return read_agreement(store, draws=50)


def test_patients_and_therapists_are_apart_and_others_are_nowhere(judged: Judged) -> None:
    (pair,) = read(judged.store).pairs
    assert pair.names == ("ada-canary", "ben-canary")
    # Turns 1, 3, 5, 7, 9 are the patient's; both gave a rupture on 1, 5 and 7, another one on 5.
    assert (of(pair, RUPTURE).turns, of(pair, RUPTURE).given) == (5, (3, 3))
    assert values(of(pair, RUPTURE))["kappa"] == 1.0
    # Three turns alike, `none` twice and withdrawal twice, one apart; chance (2*2 + 2*3 + 1*0) / 25
    assert values(of(pair, CODE))["kappa"] == pytest.approx((0.8 - 0.4) / 0.6)
    assert of(pair, CODE, Speaker.THERAPIST).turns == 6


def test_a_session_that_is_not_finished_does_not_count(judged: Judged) -> None:
    cleo = made_coder(judged.store, "cleo")
    mine = made_assignment(judged.store, "s1", "cleo", Mode.BLIND)
    assert len(read(judged.store).pairs) == 1
    finish(judged.store, mine.id, cleo.coder)
    found = read(judged.store)
    assert len(found.pairs) == 3
    assert found.together is not None


def test_a_second_pass_changes_nothing(judged: Judged) -> None:
    before = repr(read(judged.store))  # NaN is not equal to itself
    reveal(judged.store, 1, judged.ada.coder)
    decide(judged.store, 1, judged.ada.coder, made_change(9, TurnValue(None)))
    assert repr(read(judged.store)) == before


@pytest.mark.parametrize("settles", [False, True])
def test_a_first_pass_that_a_lead_began_after_seeing_the_codings_stays_out(
    judged: Judged, settles: bool
) -> None:
    store, lena = judged.store, judged.lena.coder
    before = repr(read(store))
    if settles:
        decide(store, judged.assignment, lena, made_change(5, TurnValue(), reason="rule 2"))
    else:
        read_adjudication(store, judged.assignment, lena)
    finish(store, as_before_it_was_refused(judged), lena)
    assert repr(read(store)) == before


def test_a_first_pass_that_was_finished_before_settling_counts(judged: Judged) -> None:
    store, lena = judged.store, judged.lena.coder
    mine = made_assignment(store, "s1", "lena", Mode.BLIND)
    finish(store, mine.id, lena)
    counted = repr(read(store))
    assert "lena" in counted
    read_adjudication(store, judged.assignment, lena)
    assert repr(read(store)) == counted


def test_sessions_that_the_model_chose_stay_out_and_are_counted(judged: Judged) -> None:
    with judged.store.write() as session:
        session.execute(
            update(SessionRow).where(SessionRow.session_id == "s1").values(chosen_by=ChosenBy.MODEL)
        )
    found = read(judged.store)
    assert (found.pairs, found.model, found.sessions, found.left_out) == ((), (), 0, 1)


def test_the_key_of_the_store_changes_with_what_figures_depend_on(judged: Judged) -> None:
    def key() -> tuple[object, ...]:
        with judged.store.read() as session:
            return state_key(session)

    seen = [key()]
    assert key() == seen[0]
    cleo = made_coder(judged.store, "cleo")
    mine = made_assignment(judged.store, "s1", "cleo", Mode.BLIND)
    seen.append(key())
    decide(judged.store, mine.id, cleo.coder, made_change(1, TurnValue()))
    seen.append(key())
    finish(judged.store, mine.id, cleo.coder)
    seen.append(key())
    assert len(set(seen)) == 4


def test_strategies_and_processes_are_each_compared_by_themselves() -> None:
    coding = Coding(
        {
            0: TurnValue(strategies=("redirects", "invites_feedback")),
            1: TurnValue(process="avoids"),
            2: TurnValue(strategies=("redirects",)),
            3: TurnValue(None),
        }
    )

    def of_name(speaker: Speaker, name: str) -> list[int]:
        variable = next(one for one in variables_of(speaker) if one.name == name)
        return [int(label) for label in column(variable, coding, [0, 1, 2, 3, 4])]

    assert of_name(Speaker.THERAPIST, ANY_STRATEGY) == [1, 0, 1, -1, 0]
    assert of_name(Speaker.THERAPIST, "redirects") == [1, 0, 1, -1, 0]
    assert of_name(Speaker.THERAPIST, "invites_feedback") == [1, 0, 0, -1, 0]
    assert of_name(Speaker.PATIENT, ANY_PROCESS) == [0, 1, 0, -1, 0]
    assert of_name(Speaker.PATIENT, "avoids") == [0, 1, 0, -1, 0]
    assert of_name(Speaker.PATIENT, "voices_hurt") == [0, 0, 0, -1, 0]
