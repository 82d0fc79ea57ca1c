"""A small tuning of a system, in a process of its own where several devices train it."""

import sys
from pathlib import Path
from typing import Any

from invented import corpus

from explainrec_models.systems import explainrec, tallrec


def tune(name: str, *, language_model: Path, scratch: Path, out: Path, accumulate: int) -> None:
    """Fit a system in steps of so many batches and save it."""
    of: Any = explainrec if name == "explainrec" else tallrec
    small = {"attribution_questions": 4, "sequence_tokens": 12, "session_questions": 3}
    few = {"shots": 16, "batch_size": 4, "warmup_steps": 1}
    config = of.Config(epochs=2, accumulate=accumulate, **(small if name == "explainrec" else few))
    out.mkdir()
    of.System.fit(corpus(), config, language_model=language_model, scratch=scratch, seed=5).save(out)


def main() -> None:
    """Read the words of the command."""
    name, language_model, scratch, out, accumulate = sys.argv[1:]
    tune(name, language_model=Path(language_model), scratch=Path(scratch), out=Path(out), accumulate=int(accumulate))


if __name__ == "__main__":
    main()
