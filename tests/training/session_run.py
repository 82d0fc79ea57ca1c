"""A tuning of ExplainRec in a process of its own, which a test may have killed at a batch."""

import sys
from pathlib import Path
from typing import Any

from dying import die
from invented import corpus

from explainrec_models.systems.explainrec import Config, System
from explainrec_models.training import session_module

SMALL = Config(epochs=3, attribution_questions=4, sequence_tokens=12, session_questions=3)


def kill_at(batch: int) -> None:
    """Have this process killed before a batch, counted over all epochs."""
    step, counted = session_module.SessionTuning.training_step, [0]

    def mortal(self: session_module.SessionTuning, *arguments: Any) -> Any:
        if counted[0] == batch:
            die()
        counted[0] += 1
        return step(self, *arguments)

    session_module.SessionTuning.training_step = mortal  # type: ignore[assignment,method-assign]


def main() -> None:
    """Fit and save."""
    language_model, scratch, out, batch = sys.argv[1:]
    if int(batch) >= 0:
        kill_at(int(batch))
    system = System.fit(corpus(), SMALL, language_model=Path(language_model), scratch=Path(scratch), seed=5)
    Path(out).mkdir()
    system.save(Path(out))


if __name__ == "__main__":
    main()
