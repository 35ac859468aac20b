"""What a page says about the run that made it."""

from dataclasses import dataclass

NOTICE = (
    "Labelled by a model trained on material coded by AI coders, not people; "
    "supports research and supervision; does not decide about patients."
)
"""The honest words at the head of every page."""


@dataclass(frozen=True, slots=True)
class ReportContext:
    """Facts of one run, printed on every page. Nothing here is read from a clock or a file."""

    model: str
    model_version: str  # a version or the first characters of the bundle's hash
    preset: str
    threshold: float  # a patient turn is a rupture when `p_rupture` reaches it
    threshold_therapist: float  # the same for a therapist turn
    engine: str
    date: str
    with_text: bool
    codebook_version: str
    tool_version: str
    notes: tuple[str, ...] = ()  # further sentences for the foot of the page
    overview_href: str = "../report.html"  # from a session page; "" where there is no overview

    @property
    def facts(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each setting, in the order shown."""
        return (
            ("Model", f"{self.model} ({self.model_version})"),
            (
                "Preset",
                f"{self.preset}, threshold {self.threshold:.2f} for patients, "
                f"{self.threshold_therapist:.2f} for therapists",
            ),
            ("Engine", self.engine),
            ("Codebook", self.codebook_version),
            ("rupture-nlp", self.tool_version),
            ("Date", self.date),
        )
