"""Load the real labeller, and torch with it, at the moment it is needed."""

from rupture_nlp.errors import ConfigError
from rupture_nlp.pipeline.protocol import SessionLabeller
from rupture_nlp.pipeline.settings import LabelSettings


def load_labeller(settings: LabelSettings) -> SessionLabeller:
    """The labeller that the settings ask for.

    Raises:
        BundleError: there is no such model, or its folder is damaged.
        ConfigError: the model or this machine cannot do what the settings ask for.
    """
    from rupture_nlp.label.labeller import Labeller  # noqa: PLC0415  # torch takes seconds

    try:
        return Labeller.load(
            settings.model,
            preset=settings.preset,
            engine=settings.engine,
            precision=settings.precision,
            threads=settings.threads,
            prevalence=settings.prevalence,
            episodes=settings.episodes,
        )
    except ValueError as error:
        problem = str(error)  # no transcript has been given to it yet
    raise ConfigError(f"model {settings.model}: {problem}. See configs/label.yaml.")
