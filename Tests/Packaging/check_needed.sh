#!/bin/sh
# At run time the library needs libc, libm and the loader, nothing of Swift.
# usage: check_needed.sh LIBRARY
set -eu
needed=$(readelf -dW "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
[ -n "$needed" ] || { echo "no NEEDED entries: is $1 a shared library?"; exit 1; }
for name in $needed; do
  case $name in
  libc.so.6 | libm.so.6 | ld-linux*.so.*) ;;
  *) echo "needs $name"; exit 1 ;;
  esac
done
if readelf -dW "$1" | grep -E 'RPATH|RUNPATH'; then
  echo "has a search path"
  exit 1
fi
echo $needed
