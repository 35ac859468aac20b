"""Put the review application together: routes from one table, checks around all of them."""

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Route

from rupture_nlp.review.database import Store
from rupture_nlp.review.web import (
    adjudication_pages,
    agreement_page,
    codebook_page,
    coding_api,
    home,
    login,
)
from rupture_nlp.review.web.access import Access
from rupture_nlp.review.web.access_log import AccessLog
from rupture_nlp.review.web.failures import HANDLERS
from rupture_nlp.review.web.limits import BodyLimit, RateLimit
from rupture_nlp.review.web.parts import Parts
from rupture_nlp.review.web.security import HostCheck, PlainCrash, SecureHeaders
from rupture_nlp.review.web.settings import Settings
from rupture_nlp.review.web.static_files import static_route

ROUTES: list[Route] = [
    *login.routes,
    *home.routes,
    *coding_api.routes,
    *codebook_page.routes,
    *adjudication_pages.routes,
    *agreement_page.routes,
]
"""Every address but the static files. A module of pages adds its `routes` here."""


def create_app(store: Store, settings: Settings) -> Starlette:
    """The application over an open store, which stays the caller's to close."""
    per_s = settings.token_tries_per_min / 60
    app = Starlette(
        routes=[*ROUTES, static_route()],
        middleware=[  # the first is the outermost
            Middleware(AccessLog, seconds=settings.seconds),
            Middleware(SecureHeaders),
            Middleware(PlainCrash),
            Middleware(HostCheck, settings=settings),
            Middleware(BodyLimit, most=settings.body_bytes),
            Middleware(Access, store=store, settings=settings),
        ],
        exception_handlers=HANDLERS,
    )
    # Redirects from `/x/` to `/x` would repeat the address, and the query with it.
    app.router.redirect_slashes = False
    app.state.parts = Parts(
        store=store,
        settings=settings,
        token_tries=RateLimit(per_s, settings.token_burst, settings.seconds),
        project_name=store.project.name,
    )
    return app
