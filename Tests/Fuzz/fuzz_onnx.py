"""Loads damaged ONNX files: each must give a model or an error, never a crash, and never much memory.

    python Tests/Fuzz/fuzz_onnx.py [--seed N] [--count N] FILE...

Damage follows from the seed and the number of the round, so a crash can be repeated with --seed and --start. The round is
written to standard error before it is loaded. The library is found as in Tests/Python.
"""

import argparse
import random
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Python"))

import ctypes

import host

INTERESTING = [0, 1, 2, 0x7F, 0x80, 0xFE, 0xFF]


def damage(data, generator):
    data = bytearray(data)
    for _ in range(generator.randint(1, 8)):
        # Names, shapes and attributes are in the first and last few kilobytes of most files, weights in between.
        reach = min(len(data), 4096)
        place = generator.choice([generator.randrange(reach), len(data) - 1 - generator.randrange(reach)])
        kind = generator.randrange(6)
        if kind == 0:
            data[place] ^= 1 << generator.randrange(8)
        elif kind == 1:
            data[place] = generator.choice(INTERESTING)
        elif kind == 2:
            del data[place : place + generator.randint(1, 16)]
        elif kind == 3:
            data[place:place] = data[place : place + generator.randint(1, 64)]
        elif kind == 4:
            data[place:place] = b"\xff" * generator.randint(1, 9) + b"\x01"
        else:
            del data[generator.randrange(len(data)) :]
        if not data:
            return b""
    return bytes(data)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--start", type=int, default=0, help="the first round")
    parser.add_argument("--count", type=int, default=10_000, help="how many rounds")
    parser.add_argument("--memory", type=int, default=2048, help="MiB of address space")
    options = parser.parse_args()
    limit = options.memory << 20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    files = [path.read_bytes() for path in options.files]
    statuses = {}
    for number in range(options.start, options.start + options.count):
        print(f"\r{number}", end="", file=sys.stderr)
        generator = random.Random(options.seed << 32 | number)
        data = damage(generator.choice(files), generator)
        model = ctypes.c_void_p()
        status = host.library.ablate_model_load_memory(data, len(data), None, ctypes.byref(model))
        statuses[status] = statuses.get(status, 0) + 1
        if status == 0:
            host.library.ablate_model_free(model)
        elif not host.library.ablate_last_error():
            sys.exit(f"\nround {number}: status {status} without a text")
    print(file=sys.stderr)
    for status, count in sorted(statuses.items()):
        print(f"{host.library.ablate_status_name(status).decode()}: {count}")
    if set(statuses) - {0, 4, 5}:
        sys.exit("a damaged file gave a status other than OK, MALFORMED and UNSUPPORTED")


if __name__ == "__main__":
    main()
