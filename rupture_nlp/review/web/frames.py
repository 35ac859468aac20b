"""What stands around the page of a request: the project's name, the coder, the page's token."""

from starlette.requests import Request

from rupture_nlp.review.web.access import login_of, login_or_none
from rupture_nlp.review.web.logins import Login
from rupture_nlp.review.web.parts import parts_of
from rupture_nlp.review.web.templating import Frame


def frame_of(request: Request) -> Frame:
    """The frame of a page that needs a login."""
    return _frame(request, login_of(request))


def frame_of_anyone(request: Request) -> Frame:
    """The frame of a page that is shown to anybody. A stranger is not told the project's name."""
    login = login_or_none(request)
    return Frame() if login is None else _frame(request, login)


def _frame(request: Request, login: Login) -> Frame:
    name = parts_of(request).project_name
    return Frame(project=name, coder=login.coder.name, lead=login.coder.lead, csrf=login.csrf)
