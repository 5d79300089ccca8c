#!/bin/sh
# Reports how long loading the library takes: the median of fresh processes. A figure to read: tests do not judge times.
# usage: check_load_time.sh LOAD_TIME_PROGRAM LIBRARY
set -eu
times=$(for _ in 1 2 3 4 5 6 7 8 9 10 11; do "$1" "$2"; done)
echo "dlopen: $(echo "$times" | sort -n | sed -n 6p) ms, median of 11 processes"
