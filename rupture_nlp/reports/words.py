"""Codes, flags and numbers in the words of a page."""

from rupture_nlp.codebook import load_codebook
from rupture_nlp.schema import RUPTURES, Ratings, Rupture, Speaker

SPEAKERS = {
    Speaker.THERAPIST: "Therapist",
    Speaker.PATIENT: "Patient",
    Speaker.OTHER: "Other",
}

NO_NUMBER = "\N{EN DASH}"
"""Where there is nothing to count."""

SHORT_CODES = {
    Rupture.WITHDRAWAL_FROM_OTHER: "wo",
    Rupture.WITHDRAWAL_FROM_SELF: "ws",
    Rupture.CONFRONTATION_AGGRESSION: "ca",
    Rupture.CONFRONTATION_CONTROL: "cc",
}
"""Style classes of the four rupture codes."""

FLAGS = {
    "not_english": "The words do not look English. The model learned from English sessions only: "
    "do not rely on these labels.",
    "one_speaker_only": "Therapist or patient never speaks. A rupture is read in its exchange, "
    "so labels of half a conversation mean little.",
    "roles_suspected_swapped": "Therapist and patient may be swapped. Check the speaker roles "
    "before reading anything else.",
    "under_10_turns": "Under ten turns: too short for rates, episodes or ratings to mean much.",
    "very_long_turns": "Some turns are very long. They were labelled in pieces and may hide more "
    "than one movement; or speaker tags are missing.",
    "pseudo_alliance": "Possible pseudo-alliance: an episode left unresolved in which the patient "
    "goes along three times or more (withdrawal from self).",
}
"""What each flag means to a reader. Flags that are not listed are shown by name."""

STAGES = {
    1: "attending to the strain",
    2: "exploring the rupture",
    3: "exploring the avoidance",
    4: "asserting the wish or need",
}
"""The four stages of the resolution model, short."""


def plain(name: str) -> str:
    """A codebook name as words: `validates_position` as `validates position`."""
    return "re-engages" if name == "re_engages" else name.replace("_", " ")


def flag_words(flag: str) -> str:
    """What a flag means, or its name as words where nothing is known about it."""
    return FLAGS.get(flag, f"{plain(flag).capitalize()}.")


def number(value: float) -> str:
    """At most one decimal, and none where it would be zero: 3, 2.5."""
    return f"{value:.1f}".removesuffix(".0")


def clock(seconds: float) -> str:
    """Seconds from the start as `m:ss`, or `h:mm:ss` from one hour on."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def intensity_words(value: int) -> str:
    """`2, clear`: an intensity with the codebook's meaning, without its remark in brackets."""
    meaning = {anchor.value: anchor.meaning for anchor in load_codebook().intensities}.get(value)
    return f"{value}, {meaning.split(' (')[0]}" if meaning else str(value)


def resolution_words(value: int | None) -> str:
    """The codebook's meaning of an episode's resolution."""
    meanings = {anchor.value: anchor.meaning for anchor in load_codebook().resolutions}
    return "not rated" if value is None else meanings.get(value, str(value))


def probability_words(probabilities: tuple[float, ...]) -> str:
    """All five probabilities in words, for those who hear the page or point at a bar."""
    pairs = zip(RUPTURES, probabilities, strict=True)
    return ", ".join(f"{plain(code)} {value:.2f}" for code, value in pairs)


def rating_values(ratings: Ratings) -> tuple[tuple[str, float | None], ...]:
    """Name and value of the four ratings, in the codebook's order."""
    return (
        ("withdrawal_impact", ratings.withdrawal_impact),
        ("confrontation_impact", ratings.confrontation_impact),
        ("resolution", ratings.resolution),
        ("therapist_contribution", ratings.therapist_contribution),
    )
