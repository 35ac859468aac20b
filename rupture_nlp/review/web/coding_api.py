"""The JSON interface of the coding page: read a session, decide, read on, finish, reveal."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from rupture_nlp.review import coding
from rupture_nlp.review.value_json import from_json
from rupture_nlp.review.values import Change
from rupture_nlp.review.web.access import login_of
from rupture_nlp.review.web.bodies import AdvanceBody, DecisionBody, EmptyBody, read_body
from rupture_nlp.review.web.coding_json import decision_json, turn_json, view_json
from rupture_nlp.review.web.parts import assignment_of, parts_of
