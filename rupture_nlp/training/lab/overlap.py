"""Text that stands in sessions of different groups: a leak from training to test.

Turns are compared by a hash of their words, without case and marks. Short turns ("I don't know")
are said by everybody and do not count.
"""

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from rupture_nlp.schema import CodedSession

FROM_WORDS = 8
FEWEST_SHARED = 3  # one or two long turns in common may be a greeting or a form's wording
ALIKE, SAME = 0.1, 0.5
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Overlap:
    """Pairs of sessions of different groups. Shares are of the long turns of the session that has
    fewer of them."""

    same: int  # pairs that share half of their long turns or more
    alike: int  # pairs that share a tenth or more, but not half
    most: float  # the largest share among `alike`, 0 if there is none


def shared_text(sessions: Sequence[CodedSession]) -> Overlap:
    """Compare every two sessions of different groups."""
    turns = [_long_turns(session) for session in sessions]
    holders: dict[bytes, list[int]] = defaultdict(list)
    for place, hashes in enumerate(turns):
        for one in hashes:
            holders[one].append(place)
    shared: dict[tuple[int, int], int] = defaultdict(int)
    for places in holders.values():
        for first, second in combinations(places, 2):
            if sessions[first].group != sessions[second].group:
                shared[first, second] += 1
    shares = [
        count / min(len(turns[first]), len(turns[second]))
        for (first, second), count in shared.items()
        if count >= min(FEWEST_SHARED, len(turns[first]), len(turns[second]))
    ]
    alike = [share for share in shares if ALIKE <= share < SAME]
    return Overlap(
        same=sum(share >= SAME for share in shares),
        alike=len(alike),
        most=max(alike, default=0.0),
    )


def _long_turns(session: CodedSession) -> frozenset[bytes]:
    hashes = set()
    for utterance in session.transcript.utterances:
        words = _WORD.findall(unicodedata.normalize("NFKC", utterance.text).casefold())
        if len(words) >= FROM_WORDS:
            hashes.add(hashlib.sha256(" ".join(words).encode()).digest())
    return frozenset(hashes)
