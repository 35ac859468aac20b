"""What an earlier part of a training left to go on from."""

from rupture_nlp.training.checkpoint import read_position
from rupture_nlp.training.lab.bench import RUNS
from rupture_nlp.training.lab.choose import epochs_before
from rupture_nlp.training.lab.estimate import Before
from rupture_nlp.training.lab.plan import Places
from rupture_nlp.training.lab.schedule import Schedule
from rupture_nlp.training.lab.work import done_before, kept_in
from rupture_nlp.training.loop import CHECKPOINT
from rupture_nlp.training.run import DONE


def left_before(out: Places, identity: str, schedule: Schedule) -> Before:
    """Which runs are done, how many steps of those that were begun, and what was chosen."""
    places = kept_in(out, identity)
    runs = done_before(out, identity, schedule.runs)
    steps = 0
    for run in schedule.runs if out.work in places else ():
        folder = out.work / RUNS / run.name
        if (folder / DONE).is_file():
            runs.add(run.name)
        elif run.name not in runs and (at := read_position(folder / CHECKPOINT)) is not None:
            steps += at.total_steps
    return Before(frozenset(runs), steps, epochs_before(places, schedule))
