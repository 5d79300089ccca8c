#!/bin/sh
# The library runs on glibc 2.17 (2012) and later: it refers to no newer symbol version.
# usage: check_glibc.sh LIBRARY
set -eu
newest=$(readelf -VW "$1" | grep -o 'Name: GLIBC_[0-9.]*' | sed 's/.*_//' | sort -V | tail -1)
[ -n "$newest" ] || { echo "no GLIBC versions found"; exit 1; }
echo "newest symbol version: GLIBC_$newest"
[ "$(printf '%s\n2.17\n' "$newest" | sort -V | tail -1)" = 2.17 ]
