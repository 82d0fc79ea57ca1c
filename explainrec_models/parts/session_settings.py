"""Settings of what is counted, and of the questions that a soft-token model is tuned and judged on."""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class SessionSettings(BaseModel):
    """Those that the parts read; a system's ``Config`` adds its own. All are ours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user_rows: float = 5.0
    """Imaginary average rows a user starts with."""
    item_rows: float = 8.0
    """Imaginary rows, as its content predicts them, an item starts with."""
    content_penalty: float = 100.0
    """L2 penalty of the weights of content features."""
    word_components: int = 64
    picture_components: int = 48
    looks: int = 12
    """Most clusters of pictures that serve as attributes, so that a visual taste has a name; 0 for none."""
    taste_components: int = 32
    audience_components: int = 32
    """Factors of who rated what; 0 for none."""
    kinds: int = 16
    """Kinds of people in the knowledge base; 0 for one that knows nothing."""
    fewest_items: int = 3
    """Items an attribute must have to be read."""
    linear_strength: float = 0.3
    """Inverse L2 penalty of the linear model."""
    window: int = 50
    """Rows of the history that the language model sees; the counts see all."""
    sequence_tokens: int = 512
    """Most tokens of a packed sequence."""
    session_questions: int = 64
    """Questions of one person a session."""
    max_rows: int = 100_000
    """Most recent training rows that the language model is tuned on; the counts read all."""
    valid_rows: int = 4_000
    """Validation rows that choose the epoch."""
    cold_share: float = 0.1
    """Share of training questions whose item passes as unrated."""
    new_share: float = 0.05
    """Share of training questions whose person passes as new."""
    blind_share: float = 0.1
    """Share of training questions whose item loses its picture."""
    attribution_questions: int = 96
    """Questions whose rows are left out in turn each epoch, to tune the attribution on; 0 for none."""
    without: tuple[Literal["attributes", "words", "picture", "taste"], ...] = ()
    """Modalities to leave out, for ablations."""
