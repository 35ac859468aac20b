"""The templates' surroundings: escaping, scripts by hash, one content policy for every page."""

import base64
import hashlib
import re
from collections.abc import Iterator
from functools import cache
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rupture_nlp.reports import shapes
from rupture_nlp.reports.context import NOTICE
from rupture_nlp.reports.words import number, plain

# What HTML or UTF-8 cannot hold: control characters but tab and line feed, lone surrogates,
# non-characters.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


STYLES = ("colours.css", "report.css")
"""What every page has; the first is that of the review application, too."""


class PageContext(Protocol):
    """What the foot of every page shows."""

    @property
    def facts(self) -> tuple[tuple[str, str], ...]: ...

    @property
    def notes(self) -> tuple[str, ...]: ...

    @property
    def with_text(self) -> bool: ...


def render(
    template: str, script: str, context: PageContext, style: str = "", **values: object
) -> str:
    """Fill a page template. Everything in `values` is escaped.

    `script` is the file of the page's script; the policy in the page's head lets that script run
    and no other, and lets the page fetch nothing. `style` is a file of styles after those of every
    page. A `notice` among the values stands in place of the usual one.
    """
    return "".join(render_pieces(template, script, context, style, **values))


def render_pieces(
    template: str, script: str, context: PageContext, style: str = "", **values: object
) -> Iterator[str]:
    """The page of `render` piece by piece, for one that is too long to be held as a whole."""
    code = _source(script)
    policy = "; ".join(
        (
            "default-src 'none'",
            "style-src 'unsafe-inline'",
            f"script-src 'sha256-{_sha256(code)}'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )
    page = _environment().get_template(template)
    return page.generate(
        context=context,
        policy=policy,
        # Our own files, never input: the only text that goes into a page unescaped.
        style=Markup("".join(map(_source, filter(None, (*STYLES, style))))),  # noqa: S704
        script=Markup(code),  # noqa: S704
        **{"notice": NOTICE, **values},
    )


def showable(value: object) -> object:
    """Text with U+FFFD for what a page cannot hold; other values as they are."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return _UNSHOWABLE.sub("\N{REPLACEMENT CHARACTER}", value.replace("\r\n", "\n"))
    return value


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rupture_nlp.reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=showable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(n=shapes.n, number=number, plain=plain)
    return environment


@cache
def _source(name: str) -> str:
    environment = _environment()
    if environment.loader is None:  # never: set above; told to the type checker
        raise RuntimeError
    source = environment.loader.get_source(environment, name)[0]
    # A browser hashes a script with plain line ends, whatever the checkout made of the file.
    return source.replace("\r\n", "\n")


def _sha256(code: str) -> str:
    return base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
