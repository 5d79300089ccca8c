#!/bin/sh
# The library is smaller than 1.3 MB.
# usage: check_size.sh LIBRARY
set -eu
bytes=$(wc -c <"$1")
echo "$bytes bytes"
[ "$bytes" -lt 1300000 ]
