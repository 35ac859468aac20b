"""Sessions for tests of networks: words that the tiny tokenizer knows."""

from hypothesis import strategies as st

from rupture_nlp.schema import Speaker, Utterance

WORDS = tuple(
    "the i you it is okay yes no want help sorry angry mother work time talk why fine".split()  # noqa: SIM905
)


def utterance(at: int, speaker: Speaker, text: str) -> Utterance:
    return Utterance(str(at), speaker, text)


def talk(*texts: str) -> tuple[Utterance, ...]:
    """Therapist and patient by turns, the therapist first."""
    speakers = (Speaker.THERAPIST, Speaker.PATIENT)
    return tuple(utterance(at, speakers[at % 2], text) for at, text in enumerate(texts))


# Some turns are longer than a window and some are empty.
texts = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join) | st.integers(20, 150).map(
    lambda n: " ".join(WORDS[at * n % len(WORDS)] for at in range(n))
)


@st.composite
def sessions(draw: st.DrawFn, fewest: int = 1, most: int = 16) -> tuple[Utterance, ...]:
    turns = draw(
        st.lists(st.tuples(st.sampled_from(Speaker), texts), min_size=fewest, max_size=most)
    )
    return tuple(utterance(at, speaker, text) for at, (speaker, text) in enumerate(turns))
