"""Clearing away what a killed DVC leaves in the next one's way: `python -m explainrec_dagster.mending`.

DVC writes dvc.lock and its list of running stages in place: a process killed at that moment leaves half a file, on
which every later command stops. It also keeps the number of a killed process until no process has that number any more.
"""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import yaml

from explainrec_dagster.idle import COMMANDS, RUNNING, RUNNING_GUARD, held
from explainrec_dagster.lock import LOADER, LOCK
from explainrec_dagster.pipeline import default_root
from explainrec_models.data.outputs import replacing_file
from explainrec_models.errors import ExplainRecError
from explainrec_models.running import LOCK_COPY


def mend(root: Path) -> list[str]:
    """Mend a project and return a sentence for each thing done; does nothing while a DVC process is at work there.

    A dvc.lock that cannot be read is replaced by the copy that the last stage kept, else by the committed one, else it
    is removed: then DVC runs, or takes from its cache, what it no longer knows of.
    """
    done = []
    # Only the dead leave files that nobody will finish.
    with held(root / COMMANDS) as is_ours:
        if is_ours and not _is_readable(root / LOCK):
            done.append(_restore_lock(root))
    with held(root / RUNNING_GUARD) as is_ours:
        dead = _dead_entries(root / RUNNING) if is_ours else ""
    return [*done, *([dead] if dead else [])]


def _is_readable(lock: Path) -> bool:
    from dvc.schema import COMPILED_LOCKFILE_SCHEMA
    from voluptuous import Invalid

    if not lock.exists():
        return True
    try:
        # Cut at a line end, the file may be valid YAML whose last stage is not whole.
        COMPILED_LOCKFILE_SCHEMA(yaml.load(lock.read_text(encoding="utf-8"), Loader=LOADER))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, UnicodeDecodeError, Invalid):
        return False
    return True


def _restore_lock(root: Path) -> str:
    lock, copy = root / LOCK, root / LOCK_COPY
    if copy.is_file() and copy.stat().st_size and _is_readable(copy):
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
