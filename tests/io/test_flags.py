import dataclasses
from pathlib import Path

import pytest

from rupture_nlp.io.flags import INPUT_FLAGS, input_flags
from rupture_nlp.io.read import read_transcripts
from rupture_nlp.schema import Speaker, Transcript, Utterance

T, P = Speaker.THERAPIST, Speaker.PATIENT
SHARED = Path(__file__).parents[3] / "shared" / "corpora"
OTHER_ROLE = {T: P, P: T, Speaker.OTHER: Speaker.OTHER}

DIALOGUE = (
    "What was it like for you when you came home and saw your letter on the table?",
    "I don't know. I think I just stood there and I felt my face go hot, I really did.",
    "And you stood there. What did you feel in your body, and what did you want to do?",
    "I wanted to leave, I guess. I told myself I was fine and I made my tea.",
    "You made your tea. I wonder what you would have needed from her then?",
    "I needed her to ask me. I have never said that to my wife, and it scares me.",
) * 2
FOREIGN = {
    "German": "Ich weiß nicht, was ich noch machen soll, es war in der Woche so schlimm und die "
    "Arbeit hat mich so müde gemacht, dass ich im Bett geblieben bin.",
    "Spanish": "No sé qué hacer, mi madre me dice que no puedo seguir así y a mí me da igual, he "
    "pensado en dejar el trabajo y en irme a la casa de mi hermana.",
    "French": "Je ne sais pas quoi faire, on me dit que je dois parler de ma mère mais je ne veux "
    "pas, et puis il y a des jours où tout va bien avec elle.",
    "Dutch": "Ik weet het niet, het is zo dat we in de week niet veel met elkaar praten en als hij "
    "thuis is dan is er altijd iets over het werk of de kinderen.",
    "Japanese": "先週はとても大変でした。何をすればいいのか分からなくて、ずっと家にいました。",
    "Russian": "Я не знаю, что мне делать, на этой неделе было очень тяжело.",
}


def transcript(*texts: str, first: Speaker = T) -> Transcript:
    speakers = (first, OTHER_ROLE[first])
    return Transcript(
        "s",
        tuple(Utterance(str(i), speakers[i % 2], text) for i, text in enumerate(texts)),
    )


def swapped(session: Transcript) -> Transcript:
    turns = (dataclasses.replace(u, speaker=OTHER_ROLE[u.speaker]) for u in session.utterances)
    return dataclasses.replace(session, utterances=tuple(turns))


def test_an_ordinary_session_has_no_flags() -> None:
    assert input_flags(transcript(*DIALOGUE)) == ()


def test_exchanged_roles_are_suspected_also_without_punctuation() -> None:
    assert input_flags(transcript(*DIALOGUE, first=P)) == ("roles_suspected_swapped",)
    bare = [text.lower().replace("?", "").replace(",", "").replace(".", "") for text in DIALOGUE]
    assert input_flags(transcript(*bare)) == ()
    assert input_flags(transcript(*bare, first=P)) == ("roles_suspected_swapped",)


@pytest.mark.parametrize("language", FOREIGN)
def test_other_languages_are_not_english(language: str) -> None:
    assert "not_english" in input_flags(transcript(*[FOREIGN[language]] * 12))


def test_a_script_without_spaces_is_told_by_its_letters() -> None:
    assert "not_english" in input_flags(transcript(FOREIGN["Japanese"], "はい。"))


@pytest.mark.parametrize("text", ["Sure.", "Mm-hm, nineteen.", "[pause]", "Así."])
def test_a_few_words_are_too_few_to_doubt_the_language(text: str) -> None:
    assert input_flags(transcript(text, "Ok.", *["Hm."] * 8)) == ()


def test_a_session_needs_therapist_and_patient() -> None:
    for speaker, other in ((T, Speaker.OTHER), (P, P), (Speaker.OTHER, Speaker.OTHER)):
        turns = [Utterance(str(i), (speaker, other)[i % 2], "Yes.") for i in range(10)]
        assert input_flags(Transcript("s", tuple(turns))) == ("one_speaker_only",)


@pytest.mark.parametrize(("count", "flags"), [(9, ("under_10_turns",)), (10, ())])
def test_nine_turns_are_few_and_ten_are_not(count: int, flags: tuple[str, ...]) -> None:
    assert input_flags(transcript(*["Yes."] * count)) == flags


@pytest.mark.parametrize(("words", "flags"), [(400, ()), (401, ("very_long_turns",))])
def test_four_hundred_words_are_not_too_long(words: int, flags: tuple[str, ...]) -> None:
    assert input_flags(transcript("the " * words, *["Yes."] * 9)) == flags


def test_no_turns_at_all_are_flagged_not_crashed_on() -> None:
    assert input_flags(Transcript("s", ())) == ("one_speaker_only", "under_10_turns")


def test_flags_come_in_the_order_of_their_list() -> None:
    flags = input_flags(Transcript("s", (Utterance("0", P, FOREIGN["Dutch"] * 20),)))
    assert flags == tuple(name for name in INPUT_FLAGS if name in flags)
    assert len(flags) == 4


@pytest.mark.parametrize(
    ("corpus", "sessions", "found"), [("annomi", 93, 88), ("authored", 275, 270)]
)
def test_the_rates_that_the_module_states(corpus: str, sessions: int, found: int) -> None:
    path = SHARED / corpus / "utterances.csv"
    if not path.exists():
        pytest.skip("the training corpora are not beside this checkout")
    transcripts = read_transcripts(path)
    flags = [input_flags(session) for session in transcripts]
    assert len(transcripts) == sessions
    assert not any("roles_suspected_swapped" in names for names in flags)
    assert not any({"not_english", "one_speaker_only", "very_long_turns"} & {*f} for f in flags)
    after = [input_flags(swapped(session)) for session in transcripts]
    assert sum("roles_suspected_swapped" in names for names in after) == found
