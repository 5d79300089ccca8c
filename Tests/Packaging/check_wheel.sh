#!/bin/sh
# usage: check_wheel.sh SCRATCH [PYTHON...]
# Builds a wheel, installs it in a clean virtual environment of each PYTHON (default: python3), and uses it from another
# folder. SCRATCH is where SwiftPM builds; that of another build folder saves minutes. SOURCE_WHEEL takes a wheel that
# is there already, NUMPY another requirement than "numpy".
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- python3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset ABLATE_LIBRARY PYTHONPATH

if [ -n "${SOURCE_WHEEL:-}" ]; then
  cp "$SOURCE_WHEEL" "$folder"
else
  "$1" -m venv "$folder/build"
  "$folder/build/bin/python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$folder" \
    --config-settings=cmake.define.ABLATE_SCRATCH="$scratch" "$root"
fi
wheel=$(echo "$folder"/libablate-*.whl)
echo "${wheel##*/}, $(stat -c %s "$wheel") bytes"
case $wheel in
*-py3-none-linux_*.whl | *-py3-none-manylinux*.whl) ;;
*) echo "the wheel is not for any Python of this platform" >&2 && exit 1 ;;
esac
"$1" - "$wheel" <<'PYTHON'
import sys, zipfile
names = zipfile.ZipFile(sys.argv[1]).namelist()
assert "libablate/lib/libablate.so" in names and "libablate/py.typed" in names, names
assert {f"libablate/page/{name}" for name in ("report.html", "report.css", "program/start.js")} <= set(names), names
assert all(name.startswith(("libablate/", "libablate-")) for name in names), names
PYTHON

for python in "$@"; do
  rm -rf "$folder/venv"
  "$python" -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "$wheel" "${NUMPY:-numpy}"
  (cd "$folder" && "$folder/venv/bin/python" -W error "$root/Tests/Packaging/use_wheel.py")
done
