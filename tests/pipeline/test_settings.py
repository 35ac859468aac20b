import pytest

from rupture_nlp.config import make_config
from rupture_nlp.errors import ConfigError
from rupture_nlp.pipeline.settings import LabelSettings


@pytest.mark.parametrize(
    "values",
    [
        {"prevalence": 0.0},
        {"prevalence": 1.0},
        {"threads": 0},
        {"report_max": -1},
        {"preset": "best"},
        {"wiht_text": True},
    ],
)
def test_a_wrong_setting_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="1 wrong settings"):
        make_config(LabelSettings, values, "test")
