"""What scoring can be told."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, field_validator

from huiying.settings import ServiceSettings


class ScoringSettings(ServiceSettings):
    """How people feel, and when a crisis starts."""

    scoring_observations_retention: timedelta = Field(
        default=timedelta(days=14),
        ge=timedelta(days=1),
        description="What was said is kept this long, to explain alarms and demand by; its counts are kept longer.",
    )
    scoring_evaluation_every: timedelta = Field(
        default=timedelta(minutes=1),
        ge=timedelta(seconds=1),
        description="How often brands with something new are looked for, to see whether a crisis starts.",
    )
    scoring_evaluation_grace: timedelta = Field(
        default=timedelta(minutes=2),
        ge=timedelta(0),
        description="Five minutes are judged once they have been over for so long; what comes later is judged again.",
    )
    scoring_weights_dir: Path | None = Field(
        default=None,
        description="A folder that `huiying train` wrote, to read by instead of the weights that come with it.",
    )
    scoring_reading_process: bool = Field(
        default=False,
        description="Read texts in a process of its own, on a second processor, for some 130 MiB. "
        "`huiying run` does so where there are two, unless told otherwise; with a network of your own nobody does.",
    )
    scoring_onnx_model_dir: Path | None = Field(
        default=None,
        description="A folder with model.onnx, tokenizer.json and config.json: your own network for sentiment.",
    )
    scoring_onnx_thread_count: int = Field(
        default=1, ge=1, description="Threads that your own network may use for one batch."
    )

    @field_validator("scoring_weights_dir", "scoring_onnx_model_dir", mode="before")
    @classmethod
    def _no_name_is_no_folder(cls, named: object) -> object:
        # An empty path would be the folder that the process happens to run in.
        return named or None
