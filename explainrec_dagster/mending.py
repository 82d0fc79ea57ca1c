"""Clearing away what a killed DVC leaves in the next one's way: `python -m explainrec_dagster.mending`.

DVC writes dvc.lock and its list of running stages in place: a process killed at that moment leaves half a file, on
which every later command stops. It also keeps the number of a killed process until no process has that number any more.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import yaml

from explainrec_dagster.idle import COMMANDS, RUNNING, RUNNING_GUARD, held
from explainrec_dagster.lock import LOADER, LOCK
from explainrec_dagster.pipeline import default_root, load_pipeline
from explainrec_models.data.outputs import replacing_file
from explainrec_models.errors import ExplainRecError
from explainrec_models.running import LOCK_COPY


def mend(root: Path) -> list[str]:
    """Mend a project and return a sentence for each thing done; does nothing while a DVC process is at work there.

    A dvc.lock that was cut short is replaced by the copy that the last stage kept, else by the committed one, else it
    is removed: then DVC runs, or takes from its cache, what it no longer knows of.
    """
    done = []
    # Only the dead leave files that nobody will finish.
    with held(root / COMMANDS) as is_ours:
        if is_ours and not _is_whole(root):
            done.append(_restore_lock(root))
    with held(root / RUNNING_GUARD) as is_ours:
        dead = _dead_entries(root / RUNNING) if is_ours else ""
    return [*done, *([dead] if dead else [])]


def _is_whole(root: Path) -> bool:
    """Return whether dvc.lock is there to its end, or not at all.

    Cut at a line's end it may be one that DVC reads, and would run the stages that it no longer tells of.
    """
    if not (root / LOCK).exists():
        return True
    stages = _stages_of(root / LOCK)
    return stages is not None and (not _ends_early(root, stages) or _is_as_in_index(root))


def _ends_early(root: Path, stages: Mapping[str, Any]) -> bool:
    """Return whether the last entry lacks an output, or those that followed in the copy are not there any more.

    DVC writes the entries in the order in which it read them; stages that dvc.yaml no longer makes were pruned.
    """
    names, outs = list(stages), {stage.name: set(stage.outs) for stage in load_pipeline(root).stages}
    if names:
        listed = {out.get("path") for out in stages[names[-1]].get("outs", ()) if out.get("md5")}
        if not outs.get(names[-1], set()) <= listed:
            return True
    before = list(_stages_of(root / LOCK_COPY) or ())
    return names == before[: len(names)] and any(name in outs for name in before[len(names) :])


def _is_as_in_index(root: Path) -> bool:
    """Return whether the file is the one that git has: somebody chose it."""
    asked = (["git", "rev-parse", "--verify", "--quiet", f":{LOCK}"], ["git", "hash-object", LOCK])
    in_index, found = (
        subprocess.run(words, cwd=root, capture_output=True, check=False).stdout  # noqa: S603 - fixed words
        for words in asked
    )
    return bool(in_index) and in_index == found


def _stages_of(lock: Path) -> dict[str, Any] | None:
    """Return the entries by stage name; None where the file is not there or not one that DVC reads."""
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from voluptuous import Invalid

    try:
        text = lock.read_text(encoding="utf-8")
        # Cut at a line end, the file may be valid YAML whose last stage is not whole.
        content = COMPILED_LOCKFILE_SCHEMA(yaml.load(text, Loader=LOADER))  # noqa: S506 - a safe loader
    except (OSError, yaml.YAMLError, UnicodeDecodeError, Invalid):
        return None
    return dict(content.get("stages") or {}) if text.endswith("\n") else None


def _restore_lock(root: Path) -> str:
    lock, copy = root / LOCK, root / LOCK_COPY
    if _stages_of(copy):
        with replacing_file(lock) as partial:
            partial.write_bytes(copy.read_bytes())
        return f"{LOCK} was cut short by a killed process; restored as it was before the last stage."
    committed = subprocess.run(  # noqa: S603 - fixed words
        ["git", "show", f"HEAD:{LOCK}"],  # noqa: S607 - the user's own git
        cwd=root,
        capture_output=True,
        check=False,
    )
    if committed.returncode == 0:
        with replacing_file(lock) as partial:
            partial.write_bytes(committed.stdout)
        return f"{LOCK} was cut short by a killed process; restored as committed."
    lock.unlink()
    return f"{LOCK} was cut short by a killed process and removed; DVC will run or restore its stages anew."


def _dead_entries(running: Path) -> str:
    """Remove entries of processes that are gone, or whose number another program has by now."""
    if not running.is_file():
        return ""
    try:
        content = json.loads(running.read_text(encoding="utf-8"))
        writers, readers = content.get("write", {}), content.get("read", {})
        entries = [*writers.values(), *(entry for several in readers.values() for entry in several)]
        gone = {int(entry["pid"]) for entry in entries if not _is_dvc(int(entry["pid"]))}
    except (ValueError, KeyError, TypeError, AttributeError):
        running.unlink()
        return f"{running.name} was cut short by a killed process; removed."
    if not gone:
        return ""
    kept = {
        "read": {
            path: alive
            for path, several in readers.items()
            if (alive := [entry for entry in several if int(entry["pid"]) not in gone])
        },
        "write": {path: entry for path, entry in writers.items() if int(entry["pid"]) not in gone},
    }
    with replacing_file(running) as partial:
        partial.write_text(json.dumps(kept), encoding="utf-8")
    return f"{running.name} still named {len(gone)} killed processes; removed."


def _is_dvc(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        return process.status() != psutil.STATUS_ZOMBIE and any("dvc" in Path(word).name for word in process.cmdline())
    except psutil.Error:
        return False


def main() -> int:
    """Mend the project in the current folder and say what was done."""
    try:
        done = mend(default_root())
    except ExplainRecError as error:
        sys.stderr.write(f"explainrec: {error}\n")
        return error.exit_code
    sys.stdout.write("\n".join(done or ["Nothing to mend."]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
