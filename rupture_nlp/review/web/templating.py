"""Fill a page's template: everything is escaped, nothing may be undefined."""

import re
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from rupture_nlp.reports import shapes
from rupture_nlp.reports.templating import showable
from rupture_nlp.reports.words import plain


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around every page: whose it is, and the token that its requests carry."""

    project: str = "Review"
    coder: str | None = None  # None: nobody is logged in
    lead: bool = False
    csrf: str = ""


def page_response(template: str, page: object, frame: Frame, status: int = 200) -> HTMLResponse:
    """The page of this template. `page` is its one context value, a frozen dataclass."""
    html = _environment().get_template(template).render(page=page, frame=frame)
    return HTMLResponse(html, status_code=status)


def words(text: str) -> str:
    """Prose with the codebook's names in it as words (`voices_*` as `voices ...`), unemphasised."""
    return re.sub(r"(?<=\w)_(?=\w)", " ", text.replace("_*", " ...")).replace("*", "")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("rupture_nlp.review", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=showable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(n=shapes.n, plain=plain, words=words)
    return environment
