"""Settings of a labelling run. `configs/label.yaml` shows them all."""

from dataclasses import dataclass, field
from enum import StrEnum

from rupture_nlp.io.settings import ReadSettings


class Preset(StrEnum):
    """Where the threshold between `none` and a rupture lies."""

    COUNTING = "counting"  # best for counts and rates
    SCREENING = "screening"  # misses few, at the price of false alarms


class Episodes(StrEnum):
    """What finds the episodes and rates the sessions."""

    AUTO = "auto"  # the sequence layer where the model has one
    CRF = "crf"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class LabelSettings:
    """What decides the results of a run, and how much of them is written."""

    model: str = "small"  # a name, or a folder with a bundle
    preset: Preset = Preset.COUNTING
    engine: str = "auto"  # torch, openvino, onnx; auto: the fastest that is right
    precision: str = "auto"  # of the arithmetic: fp32, bf16; auto: the least that keeps the codes
    episodes: Episodes = Episodes.AUTO
    prevalence: float | None = None  # share of ruptures to re-weight for; None: as calibrated
    threads: int | None = None  # of the processor; None: all
    with_text: bool = False  # words of the transcripts in tables and report
    report: bool = True
    report_max: int = 200  # session pages; the overview lists all
    read: ReadSettings = field(default_factory=ReadSettings)

    def __post_init__(self) -> None:
        if self.prevalence is not None and not 0.0 < self.prevalence < 1.0:
            raise ValueError("prevalence must lie between 0 and 1")
        if self.threads is not None and self.threads < 1:
            raise ValueError("threads must be 1 or more")
        if self.report_max < 0:
            raise ValueError("report_max must be 0 or more")
