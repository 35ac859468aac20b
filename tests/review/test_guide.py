"""Every command of docs/review.md, in its order, on the packaged sample sessions."""

import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rupture_nlp.cli.main import main
from rupture_nlp.review.coders import coders_of
from rupture_nlp.review.coding import advance, finish
from rupture_nlp.review.database import open_store
from rupture_nlp.review.progress import progress
from rupture_nlp.review.values import Mode
from tests.review.postgres import Cluster

REPOSITORY = Path(__file__).parents[2]
GUIDE = (REPOSITORY / "docs" / "review.md").read_text(encoding="utf-8")
SAMPLE = REPOSITORY / "rupture_nlp" / "resources" / "sample"
HOST = "review.example.org"


def commands_of(section: str) -> list[list[str]]:
    """The indented commands of the guide's section of this number or name."""
    (found,) = [part for part in GUIDE.split("\n## ")[1:] if part.startswith(section)]
    return [shlex.split(line)[1:] for line in re.findall(r"^ {4}(rupture-nlp .*)", found, re.M)]


def run(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code in (0, None), arguments


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the guide's reader sits: with transcripts and roles."""
    shutil.copytree(SAMPLE, tmp_path / "transcripts")
    (tmp_path / "transcripts" / "README.md").unlink()
    (tmp_path / "transcripts" / "roles.csv").rename(tmp_path / "roles.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def finish_all() -> None:
    """The coders, at work in their browsers."""
    with open_store(Path("study")) as store:
        people = {coder.name: coder for coder in coders_of(store)}
        for one in progress(store):
            assignment, coder = one.assignment, people[one.assignment.coder]
            if assignment.mode is not Mode.ADJUDICATION and not assignment.finished:
                while advance(store, assignment.id, coder, assignment.turns_total):
                    pass
                finish(store, assignment.id, coder)


@contextmanager
def served(arguments: list[str]) -> Iterator[str]:
    """Run the command as it stands, but on a free port; gives the address that it says."""
    command = [sys.executable, "-c", "from rupture_nlp.cli.main import main; main()"]
    process = subprocess.Popen(
        [*command, *arguments, "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        try:
            found = re.search(r"https?://\S+?/", process.stdout.readline())
            assert found, "the server did not start"
            yield found[0]
        finally:
            process.terminate()
    assert process.returncode == 0


def test_the_study_of_the_guide_goes_from_transcripts_to_codes(
    place: Path, tiny_bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (label, init) = commands_of("1.")
    run([*label, "--model", str(tiny_bundle)])
    run(init)
    for command in (*commands_of("2."), *commands_of("3.")):
        run(command)
    assert capsys.readouterr().out.count("/enter#") == 3
    with served(*commands_of("4.")) as address, urllib.request.urlopen(address + "enter") as page:  # noqa: S310  # loopback
        assert page.status == 200
    finish_all()
    for section in ("5.", "6.", "7."):
        for command in commands_of(section):
            run(command)
    said = capsys.readouterr().out
    assert "0 errors" in said
    assert "new coder: benjamin" in said
    (backup, *_) = commands_of("8.")
    run(backup)
    assert len(list((place / "study" / "backups").glob("review-*.sqlite"))) == 1


def test_another_computer_is_served_with_the_certificate_of_the_guide(place: Path) -> None:
    (line,) = re.findall(r"`(openssl [^`]*)`", " ".join(GUIDE.split()))
    # The name of the guide leads nowhere from here.
    local = line.replace(f"DNS:{HOST}", "IP:127.0.0.1").replace(HOST, "127.0.0.1")
    subprocess.run(shlex.split(local), check=True, capture_output=True)
    run(commands_of("1.")[1][:-2])  # without predictions
    (serve,) = [command for command in commands_of("8.") if "--certificate" in command]
    at = serve.index("--port")
    arguments = ["127.0.0.1" if word == HOST else word for word in serve[:at] + serve[at + 2 :]]
    context = ssl.create_default_context(cafile=str(place / "cert.pem"))
    with (
        served(arguments) as address,
        urllib.request.urlopen(address + "enter", context=context) as page,  # noqa: S310  # loopback
    ):
        assert address.startswith("https://")
        assert page.status == 200


def test_without_a_certificate_nobody_else_is_served(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(commands_of("1.")[1][:-2])
    with pytest.raises(SystemExit) as ended:
        main(["review", "serve", "study", "--host", HOST, "--port", "0"])
    assert ended.value.code == 1
    assert "--certificate" in capsys.readouterr().err
    assert place.exists()


@pytest.mark.usefixtures("place")
def test_a_project_goes_into_postgresql_as_the_guide_says(
    postgres: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (variable,) = re.findall(r"^ {4}export (\w+)=postgresql", GUIDE, re.M)
    monkeypatch.setenv(variable, postgres.make_database())
    (init,) = [command for command in commands_of("8.") if "init" in command]
    run(init)
    monkeypatch.delenv(variable)
    run(["review", "add-coder", "shared-study", "ana"])
    assert "/enter#" in capsys.readouterr().out
    assert not (Path("shared-study") / "review.sqlite").exists()
    assert os.environ.get(variable) is None
