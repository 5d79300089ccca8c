#!/bin/sh
# No path of the machine that built the library is left in it.
# usage: check_texts.sh LIBRARY SOURCES
set -eu
if strings -a "$1" | grep -F "$2"; then
  echo "the paths above are in the library"
  exit 1
fi
