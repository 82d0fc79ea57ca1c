#!/bin/sh
# Make .venv with the locked versions. Usage: scripts/setup.sh VENV [extra]
set -eu
venv=$1
extra=${2:-}
python=${PYTHON:-python3}

stop() {
    echo "explainrec: $1" >&2
    exit 1
}

command -v git >/dev/null || stop "git is not installed, and DVC needs it; on Debian: apt-get install git"
command -v "$python" >/dev/null || stop "$python is not installed; explainrec needs Python 3.11 or newer"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    stop "$("$python" --version) is too old: explainrec needs 3.11 or newer; point to one with 'make PYTHON=python3.11 ...'"
"$python" -c 'import ensurepip, venv' 2>/dev/null ||
    stop "$python has no venv module; on Debian: apt-get install python3-venv"

free=$(df -Pk . | awk 'NR == 2 {print int($4 / 1048576)}')
[ -x "$venv/bin/python" ] || [ "$free" -ge 9 ] || stop "only $free GB are free here; the environment with torch takes about 7 GB"

[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
echo "Setting up $venv with the versions of constraints.txt (some minutes the first time) ..."
"$venv/bin/python" -m pip install -qq --disable-pip-version-check -c constraints.txt -e ".${extra:+[$extra]}" ||
    stop "the packages could not be installed; the lines above say why"
"$venv/bin/python" -m pip check --disable-pip-version-check >/dev/null || stop "the installed packages contradict one another: $venv/bin/pip check"
