"""Every metric and variable of the harness: its name, its title, how to read it, its source."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Metric:
    """How a number is called and read. `best` None: neither more nor less is better."""

    title: str
    meaning: str
    low: float = 0.0  # ends of its axis in a picture; a kappa may fall below 0
    high: float = 1.0
    best: float | None = 1.0
    source: str = ""


_BYRT = "Byrt, Bishop & Carlin 1993"
_KRIPP = "Krippendorff 2011"
_MCGRAW = "McGraw & Wong 1996"
_DAVIS = "Davis & Goadrich 2006"

METRICS: dict[str, Metric] = {
    # Two coders, or a system and a coder
    "percent_agreement": Metric("Agreement", "share of units with the same label"),
    "kappa": Metric("Cohen's kappa", "agreement beyond chance", source="Cohen 1960"),
    "kappa_linear": Metric(
        "Kappa, linear weights", "near labels count in part", source="Cohen 1968"
    ),
    "kappa_quadratic": Metric(
        "Kappa, quadratic weights", "near labels count in large part", source="Cohen 1968"
    ),
    "pabak": Metric("PABAK", "kappa as if all labels were equally frequent", source=_BYRT),
    "alpha_nominal": Metric(
        "Krippendorff's alpha, nominal", "1 - disagreement / chance's", source=_KRIPP
    ),
    "alpha_ordinal": Metric("Krippendorff's alpha, ordinal", "the same, by rank", source=_KRIPP),
    "alpha_interval": Metric(
        "Krippendorff's alpha, interval", "the same, by distance", source=_KRIPP
    ),
    "alpha_masi": Metric(
        "Alpha with MASI distance", "the same, over sets", source="Passonneau 2006"
    ),
    "ac1": Metric(
        "Gwet's AC1", "agreement beyond a chance that stays low for rare codes", source="Gwet 2008"
    ),
    "ac2": Metric("Gwet's AC2", "the same, near labels counting in part", source="Gwet 2014"),
    "icc_a1": Metric("ICC(A,1)", "absolute agreement of single ratings", source=_MCGRAW),
    "icc_c1": Metric("ICC(C,1)", "consistency of single ratings", source=_MCGRAW),
    "icc_ak": Metric("ICC(A,k)", "absolute agreement of the coders' mean", source=_MCGRAW),
    "spearman": Metric("Spearman's rho", "agreement of ranks", -1.0),
    "partial_spearman": Metric(
        "Spearman, length held", "the same, number of turns held fixed", -1.0
    ),
    "mean_difference": Metric("Mean difference", "predicted minus reference", -1.0, 1.0, 0.0),
    # By class
    "prevalence": Metric("Prevalence", "share of units with the label in the reference", best=None),
    "predicted_share": Metric("Predicted share", "share of units given the label", best=None),
    "precision": Metric("Precision", "share of what was given the label that has it"),
    "recall": Metric("Recall", "share of what has the label that was given it"),
    "f1": Metric("F1", "harmonic mean of precision and recall"),
    "macro_f1": Metric("Macro-F1", "mean of the labels' F1, `none` left out"),
    "micro_f1": Metric("Micro-F1", "F1 over all labels together"),
    "sample_f1": Metric("Sample-F1", "mean F1 of the sets of turns with any label"),
    "balanced_accuracy": Metric("Balanced accuracy", "mean recall of the labels"),
    "mcc": Metric("Matthews correlation", "correlation of labels", -1.0, source="Gorodkin 2004"),
    "false_alarm_rate": Metric(
        "False alarm rate", "share of turns without a rupture that are flagged", best=0.0
    ),
    # Scores
    "average_precision": Metric(
        "Average precision",
        "area under precision by recall; chance is the prevalence",
        source=_DAVIS,
    ),
    "auroc": Metric("AUROC", "chance that one with the label scores above one without"),
    "recall_at_alerts": Metric(
        "Recall at k alerts", "share of ruptures found if each session raises k alerts"
    ),
    "precision_at_alerts": Metric(
        "Precision at k alerts", "share of those alerts that fall on a rupture"
    ),
    "alerts_without_rupture": Metric(
        "Alerts without a rupture",
        "share of turns flagged in sessions without any rupture, at the recall in the label",
        best=0.0,
    ),
    # Probabilities
    "brier": Metric("Brier score", "mean squared error of the probability", best=0.0),
    "brier_skill": Metric(
        "Brier skill", "against always giving the base rate", -1.0, source="Wilks 2011"
    ),
    "ece_width": Metric(
        "ECE, equal width",
        "mean gap of probability and share, bins of one width",
        best=0.0,
        source="Naeini et al. 2015",
    ),
    "ece_mass": Metric(
        "ECE, equal mass", "the same, bins of as many turns", best=0.0, source="Nixon et al. 2019"
    ),
    "ece_from_10": Metric(
        "ECE from .1", "the same, only turns with a probability of .1 or more", best=0.0
    ),
    # Episodes
    "boundary_similarity": Metric(
        "Boundary similarity", "edit distance of boundaries", source="Fournier 2013"
    ),
    "window_diff": Metric(
        "WindowDiff",
        "share of windows with another number of boundaries",
        best=0.0,
        source="Pevzner & Hearst 2002",
    ),
    "matched_agreement": Metric("Agreement, matched pairs", "over episodes that both sides found"),
    "attribute_f1": Metric(
        "F1, unmatched counted", "over all episodes; one that only one side found is an error"
    ),
}

VARIABLES: dict[str, str] = {
    "code": "rupture code (none and four codes)",
    "rupture": "rupture or none",
    "family": "family (none, withdrawal, confrontation)",
    "intensity": "intensity (none, 1 to 3)",
    "markers": "markers",
    "strategies": "repair strategies",
    "processes": "resolution processes",
    "episodes": "episodes",
    "episodes_onset": "episodes by onset",
    "episodes_strict": "episodes with the same first and last turn",
    "episodes_partial": "episodes that overlap, half counted where not the same",
    "episodes_type": "episodes that overlap and are of the same kind",
    "kind": "kind of episode",
    "initiator": "who opened the episode",
    "repaired": "episode repaired or not",
    "resolution": "resolution of the episode (1 to 5)",
    "rupture_count": "number of ruptures",
    "rupture_rate": "ruptures per 100 turns",
    "highest_intensity": "highest intensity",
    "withdrawal": "withdrawal or none",
    "confrontation": "confrontation or none",
    "episode_count": "number of episodes",
    "repaired_count": "number of repaired episodes",
    "withdrawal_count": "number of withdrawals",
    "confrontation_count": "number of confrontations",
    "withdrawal_impact": "rating: impact of withdrawal (1 to 5)",
    "confrontation_impact": "rating: impact of confrontation (1 to 5)",
    "session_resolution": "rating: resolution (1 to 5)",
    "therapist_contribution": "rating: therapist's contribution (1 to 5)",
    "turns": "number of turns (the baseline)",
    "ruptures_per_100_turns": "ruptures per 100 turns, both speakers",
    "patient_ruptures_per_100_turns": "patient's ruptures per 100 turns",
    "patient_any_rupture": "any rupture of the patient",
    "patient_withdrawal": "number of the patient's withdrawals",
    "patient_confrontation": "number of the patient's confrontations",
    "patient_expected_ruptures": "patient's ruptures, summed probabilities",
    "therapist_ruptures_per_100_turns": "therapist's ruptures per 100 turns",
    "therapist_any_rupture": "any rupture of the therapist",
    "therapist_withdrawal": "number of the therapist's withdrawals",
    "therapist_confrontation": "number of the therapist's confrontations",
    "therapist_expected_ruptures": "therapist's ruptures, summed probabilities",
    "share_repaired": "share of episodes repaired",
    "mean_resolution": "mean resolution of the episodes (1 to 5)",
}
"""What is not here (columns of a segment sheet, labels of a map, criteria) has its own name."""
