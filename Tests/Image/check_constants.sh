#!/usr/bin/env bash
# Checks the constants that several modules emit under one name: check_constants.sh BUILD, the directory of the objects.
#
# The compiler emits functions again in modules that call them, and numbers the constants of each as it meets them. The linker keeps one
# copy of each name, so where two modules number in another order, code of one would read constants of the other.
set -euo pipefail
build=${1:?usage: check_constants.sh BUILD}

python3 - "$build" <<'PYTHON'
import collections
import pathlib
import struct
import subprocess
import sys

UNINITIALIZED = 8
copies = collections.defaultdict(list)
for path in pathlib.Path(sys.argv[1]).glob("*.build/*.o"):
    image = path.read_bytes()
    start, count = struct.unpack_from("<Q", image, 0x28)[0], struct.unpack_from("<H", image, 0x3C)[0]
    sections = [struct.unpack_from("<IIQQQQIIQQ", image, start + 64 * index) for index in range(count)]
    listing = subprocess.run(["readelf", "-sW", path], capture_output=True, text=True, check=True).stdout
    for line in listing.splitlines():
        fields = line.split()
        if len(fields) < 8 or fields[3:5] != ["OBJECT", "WEAK"] or not fields[6].isdigit():
            continue
        value, size, section = int(fields[1], 16), int(fields[2], 0), sections[int(fields[6])]
        begin = section[4] + value
        content = bytes(size) if section[1] == UNINITIALIZED else image[begin : begin + size]
        copies[fields[7]].append((path.parent.name.removesuffix(".build"), content))

differing = {name: found for name, found in copies.items() if len({content for _, content in found}) > 1}
for name, found in differing.items():
    print(f"{name} differs between {', '.join(module for module, _ in found)}")
print(f"{len(copies)} constants, {len(differing)} of them differ")
sys.exit(1 if differing or not copies else 0)
PYTHON
