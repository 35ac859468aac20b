"""The alternative annotator test in plain words."""

from dataclasses import dataclass

from rupture_nlp.evaluation.alt_test import PASS_FROM, AltTest
from rupture_nlp.evaluation.harness.report import StandIn
from rupture_nlp.reports.agreement import names
from rupture_nlp.reports.agreement.numbers import counted, p_value, two


@dataclass(frozen=True, slots=True)
class StandInView:
    """One speaker's test: a verdict in a sentence, and the coders one by one."""

    title: str
    words: str
    coders: tuple[tuple[str, str, str, str, str, str], ...]  # name, rows, two advantages, p, won


def stand_in_views(tests: tuple[StandIn, ...]) -> tuple[StandInView, ...]:
    """The tests in the report's order."""
    return tuple(
        StandInView(
            title=f"{names.speakers(one.speaker)}: {names.variable(one.variable)}",
            words=stand_in_words(one),
            coders=_coders(one.test, one.coders) if one.test else (),
        )
        for one in tests
    )


def stand_in_words(one: StandIn) -> str:
    """What the test says, or why there is none."""
    if one.test is None:
        return names.name(one.why_not, names.LONGEST_NOTE) or "The test was not made."
    test = one.test
    won = sum(coder.won for coder in test.coders)
    verdict = (
        "By this test the system may stand in for a coder"
        if test.passed
        else "By this test the system may not stand in for a coder"
    )
    return (
        f"The system held its own against {won} of {counted(len(test.coders), 'coder')} "
        f"(winning rate {two(test.winning_rate)}; {two(PASS_FROM)} passes), with a mean advantage "
        f"probability of {two(test.advantage)} (epsilon {two(test.epsilon)}, "
        f"q {two(test.q)}). {verdict}."
    )


def _coders(
    test: AltTest, coders: tuple[str, ...]
) -> tuple[tuple[str, str, str, str, str, str], ...]:
    return tuple(
        (
            names.name(coders[one.coder]) if one.coder < len(coders) else f"coder {one.coder + 1}",
            f"{one.rows:,}",
            two(one.advantage),
            two(one.coder_advantage),
            p_value(one.p_value),
            "yes" if one.won else "no",
        )
        for one in test.coders
    )
