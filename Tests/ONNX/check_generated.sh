#!/bin/sh
# The committed parser is what Sources/CONNX/generate.sh makes from the schema. Without the compiler there is nothing to compare with.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if ! command -v protoc-c >/dev/null; then
  echo "SKIPPED: protoc-c is not installed (Debian: protobuf-c-compiler)"
  exit 0
fi
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$root/Sources/CONNX/generate.sh" "$fresh"
diff -u "$root/Sources/CONNX/onnx_subset.pb-c.c" "$fresh/onnx_subset.pb-c.c"
diff -u "$root/Sources/CONNX/include/onnx_subset.pb-c.h" "$fresh/include/onnx_subset.pb-c.h"
echo "the generated parser is current"
