#!/usr/bin/env bash
# Makes the Python environment of the oracle tests and the peers' timings in .build/oracle, once. Several GB
# from PyPI; nothing else in the project needs it, and tests that do are skipped without it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly folder=.build/oracle wanted=Scripts/oracle/requirements.txt

if cmp --silent "$wanted" "$folder/requirements.txt"; then
  echo "$folder: complete"
  exit
fi
if ! python3 -c 'import venv, ensurepip' 2>/dev/null; then
  echo "oracle: needs Python's venv; install it, e.g. apt-get install python3-venv" >&2
  exit 1
fi

[ -x "$folder/bin/python" ] || python3 -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
# Last, so that an interrupted installation starts again.
cp "$wanted" "$folder/requirements.txt"
echo "$folder: complete"
