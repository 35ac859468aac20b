"""The items of GRRAS, and where this page answers them."""

LAB = "for the lab to fill in"

ITEMS: tuple[tuple[str, str, str], ...] = (
    ("1", "Title or abstract names a study of agreement", LAB),
    ("2", "Instrument", "Methods, first paragraph: codebook, version and hash"),
    ("3", "Subject population", LAB),
    ("4", "Rater population", LAB),
    ("5", "What is known, and why this study", LAB),
    ("6", "Sample size and how it was chosen", "numbers given; the reason is " + LAB),
    ("7", "Sampling method", LAB),
    ("8", "Rating process", "codebook and units given; the setting is " + LAB),
    ("9", "Independence and blinding", "not recorded in the files; " + LAB),
    ("10", "Statistical analysis", "Methods, statistics, and the settings at the foot"),
    ("11", "Numbers of raters and subjects", "Results, and what fell out"),
    ("12", "Characteristics of raters and subjects", LAB),
    ("13", "Estimates with their uncertainty", "Results, and every table of this page"),
    ("14", "Practical relevance", LAB),
    ("15", "Detailed results", "this page, tables.csv, metrics.json"),
)
"""Number, what the item asks for, where it is answered.

Source: Kottner et al. (2011), Journal of Clinical Epidemiology 64, table 1.
"""
