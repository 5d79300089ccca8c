#!/bin/sh
# A program is compiled and linked with what pkg-config says of the installed library, and runs.
. "$(dirname "$0")/consume.sh"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name ablate.pc)")
export PKG_CONFIG_PATH
pkg-config --exact-version=0.1.0 ablate || { echo "version is $(pkg-config --modversion ablate)"; exit 1; }
make -C "$sources" CC="$compiler" OUT="$work"
run_consumer "$work/consumer"
