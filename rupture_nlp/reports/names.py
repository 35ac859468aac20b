"""File names for session pages that are safe and different for any two session ids."""

import hashlib
import re
import unicodedata

_SLUG_LENGTH = 48


def page_name(session_id: str) -> str:
    """The file name of a session's page: a readable slug, then a hash of the exact id.

    The slug is lower-case ASCII without dots or separators, so no id leaves the folder and no two
    names differ in case alone; the hash (64 bits) keeps apart ids with the same slug.
    """
    plain = unicodedata.normalize("NFKD", session_id).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain)[:_SLUG_LENGTH].strip("-") or "session"
    digest = hashlib.sha256(session_id.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return f"{slug}-{digest}.html"
