#!/usr/bin/env bash
# Checks the instructions of the linked library: check_image.sh LIB, unstripped, x86-64.
#
# Only functions of the kernel modules of an instruction set may use its registers: the linker could have picked a weak runtime helper
# that was compiled for wider vectors, or the compiler could have emitted a kernel again in a module that calls it. The tile of the
# matrix product must keep its sums in registers, vectors must not be taken apart lane by lane, and nothing may multiply and add through
# the C library.
set -euo pipefail
library=${1:?usage: check_image.sh LIB}
if [ "$(uname -m)" != x86_64 ]; then
  echo "SKIPPED: the instructions of the image are checked on x86-64 only"
  exit 0
fi

objdump -d --no-show-raw-insn "$library" | python3 -c '
import re
import sys

functions = {}
for line in sys.stdin:
    head = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
    if head:
        code = functions.setdefault(head.group(1), [])
        continue
    instruction = re.match(r"^\s+([0-9a-f]+):\s+(.+)$", line)
    if instruction and functions:
        code.append((int(instruction.group(1), 16), instruction.group(2)))

faults = []


def module(name):
    found = re.match(r"\$[es]\d+(AblateKernelsV[34])", name)
    return found.group(1) if found else ""


def loops(code):
    """Innermost loops: from the target of a jump backwards to the jump, without another jump between."""
    place = {address: index for index, (address, _) in enumerate(code)}
    for index, (_, text) in enumerate(code):
        jump = re.match(r"j\w+\s+([0-9a-f]+)", text)
        start = place.get(int(jump.group(1), 16)) if jump else None
        if start is not None and start <= index:
            body = [text for _, text in code[start : index + 1]]
            if not any(text.startswith("j") for text in body[:-1]):
                yield body


deepest = {"AblateKernelsV3": (0, "ymm", 12), "AblateKernelsV4": (0, "zmm", 24)}
for name, code in functions.items():
    texts = [text for _, text in code]
    # Registers 16 to 31 and masks need AVX-512 at any width.
    if any(re.search(r"%zmm|%[xy]mm(1[6-9]|2\d|3[01])|%k[0-7]", text) for text in texts):
        if module(name) != "AblateKernelsV4":
            faults.append(f"AVX-512 in {name}")
    elif any("%ymm" in text or re.match(r"v[a-z]", text) and "%xmm" in text for text in texts) and not module(name):
        faults.append(f"AVX in {name}")
    if any(re.search(r"call.*<(fmaf?|__fmaf?)[@>]", text) for text in texts):
        faults.append(f"a call of fma in {name}")
    # A place on the stack by a number found at run time: a loop over the lanes of a vector.
    if module(name) and sum(bool(re.search(r"0x[0-9a-f]+\(%r[sb]p,%r", text)) for text in texts) > 16:
        faults.append(f"vectors taken apart in {name}")
    if module(name) and ("wideTile" in name or "SparseTile" in name):
        count, register, full = deepest[module(name)]
        for body in loops(code):
            sums = sum(text.startswith("vfmadd") and register in text for text in body)
            if sums and any("mm" in text and ("%rsp" in text or "%rbp)" in text) for text in body):
                faults.append(f"vectors on the stack in a loop of {name}")
            count = max(count, sums)
        deepest[module(name)] = (count, register, full)

for name, (count, register, full) in deepest.items():
    if count < full:
        faults.append(f"{name}: no tile with {full} multiply-adds on {register}, at most {count}")
if not functions:
    faults.append("no code found")
for fault in faults:
    print(fault)
print(f"{len(functions)} functions, {len(faults)} faults")
sys.exit(1 if faults else 0)
'
