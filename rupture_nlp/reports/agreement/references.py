"""Full references of what the catalogue cites by author and year."""

GRRAS = "Kottner et al. 2011"
BOOTSTRAP = "Field & Welsh 2007"
STAND_IN = "Calderon et al. 2025"
CORRECTION = "Rogan & Gladen 1978"
CORRECTION_INTERVAL = "Lang & Reiczigel 2014"

REFERENCES: dict[str, str] = {
    "Byrt, Bishop & Carlin 1993": "Byrt, T., Bishop, J., & Carlin, J. B. (1993). Bias, prevalence "
    "and kappa. Journal of Clinical Epidemiology, 46, 423-429.",
    STAND_IN: "Calderon, N., Reichart, R., & Dror, R. (2025). The alternative annotator test for "
    "LLM-as-a-judge: How to statistically justify replacing human annotators with LLMs. "
    "Proceedings of ACL 2025.",
    "Cohen 1960": "Cohen, J. (1960). A coefficient of agreement for nominal scales. Educational "
    "and Psychological Measurement, 20, 37-46.",
    "Cohen 1968": "Cohen, J. (1968). Weighted kappa: Nominal scale agreement with provision for "
    "scaled disagreement or partial credit. Psychological Bulletin, 70, 213-220.",
    "Davis & Goadrich 2006": "Davis, J., & Goadrich, M. (2006). The relationship between "
    "precision-recall and ROC curves. Proceedings of ICML 2006, 233-240.",
    BOOTSTRAP: "Field, C. A., & Welsh, A. H. (2007). Bootstrapping clustered data. Journal of the "
    "Royal Statistical Society B, 69, 369-390.",
    "Fournier 2013": "Fournier, C. (2013). Evaluating text segmentation using boundary edit "
    "distance. Proceedings of ACL 2013, 1702-1712.",
    "Gorodkin 2004": "Gorodkin, J. (2004). Comparing two K-category assignments by a K-category "
    "correlation coefficient. Computational Biology and Chemistry, 28, 367-374.",
    "Gwet 2008": "Gwet, K. L. (2008). Computing inter-rater reliability and its variance in the "
    "presence of high agreement. British Journal of Mathematical and Statistical Psychology, 61, "
    "29-48.",
    "Gwet 2014": "Gwet, K. L. (2014). Handbook of inter-rater reliability (4th ed.). Advanced "
    "Analytics.",
    GRRAS: "Kottner, J., Audige, L., Brorson, S., Donner, A., Gajewski, B. J., Hrobjartsson, A., "
    "Roberts, C., Shoukri, M., & Streiner, D. L. (2011). Guidelines for Reporting Reliability and "
    "Agreement Studies (GRRAS) were proposed. Journal of Clinical Epidemiology, 64, 96-106.",
    "Krippendorff 2011": "Krippendorff, K. (2011). Computing Krippendorff's alpha-reliability. "
    "University of Pennsylvania, Annenberg School for Communication.",
    CORRECTION_INTERVAL: "Lang, Z., & Reiczigel, J. (2014). Confidence limits for prevalence of "
    "disease adjusted for estimated sensitivity and specificity. Preventive Veterinary Medicine, "
    "113, 13-22.",
    "McGraw & Wong 1996": "McGraw, K. O., & Wong, S. P. (1996). Forming inferences about some "
    "intraclass correlation coefficients. Psychological Methods, 1, 30-46.",
    "Naeini et al. 2015": "Naeini, M. P., Cooper, G. F., & Hauskrecht, M. (2015). Obtaining well "
    "calibrated probabilities using Bayesian binning. Proceedings of AAAI 2015, 2901-2907.",
    "Nixon et al. 2019": "Nixon, J., Dusenberry, M. W., Zhang, L., Jerfel, G., & Tran, D. (2019). "
    "Measuring calibration in deep learning. CVPR 2019 Workshops, 38-41.",
    "Passonneau 2006": "Passonneau, R. (2006). Measuring agreement on set-valued items (MASI) for "
    "semantic and pragmatic annotation. Proceedings of LREC 2006, 831-836.",
    "Pevzner & Hearst 2002": "Pevzner, L., & Hearst, M. A. (2002). A critique and improvement of "
    "an evaluation metric for text segmentation. Computational Linguistics, 28, 19-36.",
    CORRECTION: "Rogan, W. J., & Gladen, B. (1978). Estimating prevalence from the results of a "
    "screening test. American Journal of Epidemiology, 107, 71-76.",
    "Wilks 2011": "Wilks, D. S. (2011). Statistical methods in the atmospheric sciences (3rd ed.). "
    "Academic Press.",
}


def reference(source: str) -> str:
    """The full reference, or the source as the catalogue has it."""
    return REFERENCES.get(source, source)


def cite(source: str) -> str:
    """`Cohen 1960` as `Cohen, 1960`."""
    author, _, year = source.rpartition(" ")
    return f"{author}, {year}" if author else source
