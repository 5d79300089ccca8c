#!/bin/sh
# A project of its own finds the installed library with find_package, links Ablate::ablate and runs; a version that is
# not there is not found.
. "$(dirname "$0")/consume.sh"
cmake=${CMAKE:-cmake}
"$cmake" -S "$sources" -B "$work/build" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix"
"$cmake" --build "$work/build"
run_consumer "$work/build/consumer"
for version in 0.2 1.0 9; do
  if "$cmake" -S "$sources" -B "$work/build-$version" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix" \
    -DWANTED_VERSION=$version >"$work/log" 2>&1; then
    echo "version $version was found"
    exit 1
  fi
  grep -q 'considered but not accepted' "$work/log" || { cat "$work/log"; exit 1; }
done
