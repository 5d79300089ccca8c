#!/bin/sh
# The library exports the functions of the header and nothing else, each under the version node of its release.
# usage: check_exports.sh LIBRARY HEADER
set -eu
library=$1 header=$2
export LC_ALL=C

# A declaration may run over several lines: join them, then take the last word before the first parenthesis.
declared=$(tr '\n' ' ' <"$header" | sed 's/ABLATE_API/\n&/g' |
  sed -n 's/^ABLATE_API [^(;]*[ *]\(ablate_[a-z0-9_]*\)(.*/\1/p' | sort)
symbols=$(nm -D --defined-only "$library" | awk '$2 != "A" { print $3 }')
exported=$(echo "$symbols" | sed 's/@.*//' | sort)

count=$(echo "$declared" | wc -l)
[ "$count" -ge 40 ] || { echo "only $count functions were found in the header"; exit 1; }
if [ "$declared" != "$exported" ]; then
  echo "declared:" $declared
  echo "exported:" $exported
  exit 1
fi
if echo "$symbols" | grep -v '@@ABLATE_[0-9]*\.[0-9]*$'; then
  echo "the symbols above have no version"
  exit 1
fi
echo "$count functions, all versioned"
