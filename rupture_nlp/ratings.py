"""The four session ratings by rule, from utterance codes and episodes (codebook, section 6).

The weights are least-squares fits, rounded, to the ratings of the AnnoMI and the authored training
corpora given their reference codes (AI coders); there the impacts correlate .95 and .91 to .94 with
the coders' own. `tests/test_ratings.py` holds it on the authored corpus.
"""

from collections.abc import Sequence
from math import log1p

from rupture_nlp.episodes import CodedTurn
from rupture_nlp.schema import Episode, Family, Ratings, Speaker

_IMPACT = 0.75
_BY_THERAPIST = 0.85
_BY_PATIENT = 0.2


def rate_session(turns: Sequence[CodedTurn], episodes: Sequence[Episode]) -> Ratings:
    """Ratings from 1 to 5, as fractions; `resolution` is None where there is no episode.

    An impact grows with the logarithm of the summed intensity of the family's ruptures per 100
    turns; the therapist's contribution with that of the therapist's ruptures, and a little with the
    patient's; the resolution is the mean of the episodes'.
    """
    coded = [turn for turn in turns if turn.code is not None]
    if not coded:
        return Ratings()
    density = {
        (speaker, family): _density(coded, speaker, family)
        for speaker in (Speaker.PATIENT, Speaker.THERAPIST)
        for family in Family
    }

    def impact(family: Family) -> float:
        both = density[Speaker.PATIENT, family] + density[Speaker.THERAPIST, family]
        return _scale(_IMPACT * log1p(both))

    by_therapist = sum(density[Speaker.THERAPIST, family] for family in Family)
    by_patient = sum(density[Speaker.PATIENT, family] for family in Family)
    resolutions = [e.resolution for e in episodes if e.resolution is not None]
    return Ratings(
        withdrawal_impact=impact(Family.WITHDRAWAL),
        confrontation_impact=impact(Family.CONFRONTATION),
        resolution=sum(resolutions) / len(resolutions) if resolutions else None,
        therapist_contribution=_scale(
            _BY_THERAPIST * log1p(by_therapist) + _BY_PATIENT * log1p(by_patient)
        ),
    )


def _density(turns: Sequence[CodedTurn], speaker: Speaker, family: Family) -> float:
    strength = sum(
        turn.code.intensity or 1
        for turn in turns
        if turn.code is not None
        and turn.code.rupture is not None
        and turn.code.rupture.family is family
        and turn.speaker is speaker
    )
    return 100.0 * strength / len(turns)


def _scale(above_least: float) -> float:
    return min(5.0, 1.0 + above_least)
