"""Pictures of the pages for the documentation: `python -m tests.review.browser.pictures`.

Not a test. A session of `data/authored` is coded through the page itself, with suggestions made
from its codes, and the pictures are written to `docs/review/`.
"""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from rupture_nlp.evidence import LabelledTurn, Predictions, SessionResult
from rupture_nlp.io.corpus.read import read_corpus
from rupture_nlp.review.database import open_store
from rupture_nlp.review.folder import Project
from rupture_nlp.review.projects import Material, init_project
from rupture_nlp.review.values import Mode
from rupture_nlp.schema import (
    CodedSession,
    PredictedEpisode,
    Rupture,
    Speaker,
    UtteranceCode,
)
from tests.review.browser.conftest import CHROMIUM
from tests.review.browser.site import Desk, Site, open_desk, serve_store, sign_in
from tests.review.made import made_coder

REPOSITORY = Path(__file__).parents[3]
SESSION = "auth-0184"
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
UNSURE = 0.58  # the model's probability of its code on every third rupture; elsewhere SURE
SURE = 0.87


def main() -> None:
    """Make every picture anew."""
    out = REPOSITORY / "docs" / "review"
    out.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        make_project(Path(folder) / "project")
        with open_store(Path(folder) / "project") as store, serve_store(store) as site:
            for coder, scheme, width in (
                ("ada", "light", 1360),
                ("ben", "dark", 1360),
                ("cleo", "light", 768),
            ):
                assignment = site.assign(SESSION, coder, Mode.ASSISTED)
                context = browser.new_context(
                    base_url=site.url,
                    color_scheme="dark" if scheme == "dark" else "light",
                    viewport={"width": width, "height": 1024 if width < 1000 else 840},
                )
                desk = open_desk(site, browser, assignment, context)
                code_some(desk)
                name = f"coding-{scheme}" if width > 1000 else "coding-tablet"
                take(desk, out / f"{name}.png")
                if coder == "ada":
                    take_more(desk, out)
            take_blind(site, browser, out)
            take_first_pages(site, browser, out)


def take_more(desk: Desk, out: Path) -> None:
    """Episodes, ratings and keys."""
    desk.press("e")
    take(desk, out / "coding-episodes.png")
    desk.press("Escape", "r")
    take(desk, out / "coding-ratings.png")
    desk.press("Escape", "?")
    take(desk, out / "coding-keys.png")


def take_blind(site: Site, browser: Browser, out: Path) -> None:
    """Turn by turn, with the codebook open."""
    assignment = site.assign(SESSION, "dora", Mode.BLIND, progressive=True)
    context = browser.new_context(base_url=site.url, viewport={"width": 1360, "height": 840})
    desk = open_desk(site, browser, assignment, context)
    for position in range(1, 10):
        desk.press("Enter").at(position)
    desk.press("2", "d").saved()
    take(desk, out / "coding-blind.png")


def take_first_pages(site: Site, browser: Browser, out: Path) -> None:
    """What is around the coding: a link that does not work, a lead's first page, the codebook."""
    site.coders["lena"] = made_coder(site.store, "lena", lead=True)
    for scheme in SCHEMES:
        viewport: ViewportSize = {"width": 1100, "height": 700}
        context = browser.new_context(base_url=site.url, color_scheme=scheme, viewport=viewport)
        page = context.new_page()
        page.goto("/enter")
        take_page(page, out / f"enter-{scheme}.png")
        sign_in(site, context, "lena")
        for name, path in (("home", "/"), ("codebook", "/codebook")):
            page.goto(path)
            take_page(page, out / f"{name}-{scheme}.png")
        context.close()


def code_some(desk: Desk) -> None:
    """Code to turn 29, mostly as suggested, mark the episode, and look at turn 23."""
    for position in range(1, 18):
        desk.press("Enter").at(position)
    for position in range(18, 30):
        desk.press("a", "j").at(position)
    desk.press("a", "f").at(17).press("e")
    for position in range(18, 30):
        desk.press("j").at(position)
    desk.press("e", "4")
    for position in range(28, 22, -1):
        desk.press("k").at(position)
    desk.press("Escape", "i").saved()


def take(desk: Desk, path: Path) -> None:
    """A picture of the coding page."""
    desk.page.wait_for_timeout(300)  # the timeline is drawn with the next frame
    take_page(desk.page, path)


def take_page(page: Page, path: Path) -> None:
    """A picture with a palette: text and areas of one colour need no more."""
    page.screenshot(path=path)
    from PIL import Image  # noqa: PLC0415  # not needed by any test

    with Image.open(path) as picture:
        picture.convert("RGB").quantize(256, Image.Quantize.FASTOCTREE).save(path, optimize=True)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")


# A project with suggestions


def make_project(folder: Path) -> None:
    """One session, and a model that is mostly right about it."""
    (session,) = (
        one
        for one in read_corpus(REPOSITORY / "data" / "authored")
        if one.transcript.session_id == SESSION
    )
    project = Project(folder, name="Study of the couples clinic", seed=1)
    init_project(project, Material([session.transcript], predictions=suggestions(session)))


def suggestions(session: CodedSession) -> Predictions:
    """The author's codes as a model's, with one rupture more and one turn called otherwise."""
    coding = session.codings[0]
    changed = {
        19: {"rupture": Rupture.WITHDRAWAL_FROM_OTHER, "secondary": None, "markers": ()},
        21: {"rupture": Rupture.WITHDRAWAL_FROM_OTHER, "intensity": 1, "markers": ("topic_shift",)},
    }
    codes = [
        replace(code, **changed.get(position, {}))  # type: ignore[arg-type]  # one dict, many types
        for position, code in enumerate(coding.codes)
        if code is not None
    ]
    speakers = [turn.speaker for turn in session.transcript.utterances]
    turns = [labelled(code, speaker) for code, speaker in zip(codes, speakers, strict=True)]
    episodes = tuple(PredictedEpisode(episode, p_repaired=0.71) for episode in coding.episodes)
    result = SessionResult(SESSION, tuple(turns), episodes, coding.ratings)
    signature = (("model_version", "0.1.0"), ("preset", "counting"))
    return Predictions("small", (result,), dense=True, signature=signature)


def labelled(code: UtteranceCode, speaker: Speaker) -> LabelledTurn:
    """A code with probabilities; ruptures of intensity 1 are the uncertain ones."""
    unsure = code.intensity == 1
    chosen = UNSURE if unsure else SURE
    rest = (1 - chosen) / (len(Rupture) - 1)
    probabilities = tuple(chosen if rupture is code.rupture else rest for rupture in Rupture)
    return LabelledTurn(code, speaker, probabilities, uncertain=unsure)


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser of its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


if __name__ == "__main__":
    main()
