"""Signatures and hashes: all that changes a number changes them."""

from dataclasses import replace

from rupture_nlp.evaluation.harness.compose import system_report
from rupture_nlp.evaluation.harness.material import material_hash
from rupture_nlp.evaluation.labelmap_files import load_label_map
from rupture_nlp.evaluation.pairing import pair
from rupture_nlp.evidence import Criteria, Criterion
from tests.evaluation.harness.test_compose import ASK, GOLD, M, sessions, system
from tests.evaluation.sessions import SPEAKERS, coding, session


def test_a_signature_changes_with_all_that_changes_a_number() -> None:
    run = (("model_name", "small"), ("model_version", "1.0"), ("model_sha256", "f" * 64))
    preset = (("preset", "screening"),)

    def line(codes: tuple[str, ...] = M, **changes: object) -> str:
        results = replace(system(codes), signature=(*run, *preset))
        ask = replace(ASK, label_map=load_label_map("families"), **changes)  # type: ignore[arg-type]  # any field
        found = system_report(pair(sessions(), "gold", results), None, ask)
        mapped = next(figure for figure in found.figures if figure.key.variable == "families")
        return mapped.signature.line()

    # What `label` writes into run.json, not only what a foreign system may call it.
    assert "|model:small_1.0_ffffffffffff|preset:screening|" in line()
    assert "|label_map:families@" in line()
    assert line() == line()
    assert line() != line(GOLD)  # other answers of a system that calls itself the same


def test_ratings_from_elsewhere_are_signed() -> None:
    names = tuple(f"s{n + 1}" for n in range(4))

    def line(*values: float) -> str:
        ask = replace(ASK, criteria=Criteria(names, (Criterion("care", values),)))
        found = system_report(pair(sessions(), "gold", system(M)), None, ask)
        return found.validity[0].signature.line()

    assert "|ratings:" in line(1.0, 2.0, 4.0, 3.0)
    assert line(1.0, 2.0, 4.0, 3.0) != line(1.0, 2.0, 4.0, 4.0)


def test_the_data_hash_changes_with_who_spoke_and_with_whose_treatment_it_is() -> None:
    one = session("s1", "TP", coding("s1", "a", ".."))
    turned = replace(
        one,
        transcript=replace(
            one.transcript,
            utterances=tuple(
                replace(u, speaker=SPEAKERS["P" if u.speaker is SPEAKERS["T"] else "T"])
                for u in one.transcript.utterances
            ),
        ),
    )
    patient = replace(one, descriptors=(("patient_id", "p7"),))
    assert len({material_hash([each]) for each in (one, turned, patient)}) == 3
