"""The evaluation harness: from a comparison to every figure of a report.

quantities (a number under every draw) <- sections (one file each) <- figures (with intervals and
ceilings) <- report (all of it, ready to be shown).
"""
