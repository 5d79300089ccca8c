#!/bin/sh
# SONAME as promised; no executable stack, no relocations in code, no segment both writable and executable; never
# unloaded (threads of its own may still run in it).
# usage: check_image_flags.sh LIBRARY SONAME
set -eu
dynamic=$(readelf -dW "$1")
segments=$(readelf -lW "$1")
fail() { echo "$1"; exit 1; }

echo "$dynamic" | grep -q "SONAME.*\[$2\]" || fail "SONAME is not $2"
echo "$dynamic" | grep -q 'FLAGS_1.*NODELETE' || fail "no NODELETE"
! echo "$dynamic" | grep -q TEXTREL || fail "TEXTREL"
echo "$segments" | grep -q GNU_STACK || fail "no GNU_STACK"
! echo "$segments" | grep GNU_STACK | grep -q 'RWE' || fail "executable stack"
! echo "$segments" | grep LOAD | grep -q 'RWE' || fail "segment that can be written and executed"
