#!/bin/sh
# Makes onnx_subset.pb-c.c and include/onnx_subset.pb-c.h from onnx_subset.proto (Debian: protobuf-c-compiler).
# With an argument, makes them in that directory instead.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=${1:-$here}
mkdir -p "$target/include"
protoc-c --proto_path="$here" --c_out="$target" "$here/onnx_subset.proto"
mv "$target/onnx_subset.pb-c.h" "$target/include/onnx_subset.pb-c.h"
