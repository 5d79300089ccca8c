#!/bin/sh
# The library is of 1.3 MB, as README.md says.
# usage: check_size.sh LIBRARY
set -eu
bytes=$(wc -c <"$1")
echo "$bytes bytes"
[ "$bytes" -lt 1350000 ]
