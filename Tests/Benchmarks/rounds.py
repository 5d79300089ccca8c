"""Rounds in which contenders take turns: what slows the machine for a while slows all of them."""

import time

# Seconds of rest before each turn: idle threads of the one before go on spinning for a while and would take its cores,
# those of ONNX Runtime for 60 ms.
PAUSE = 0.15


def interleaved(runners, rounds, seconds, *, clock=time.perf_counter, pause=PAUSE):
    """Seconds per run, [rounds] for each contender: in each round each runs untimed, then for about so many seconds."""
    repeats = []
    for runner in runners:
        begin = time.perf_counter()
        runner.run()
        repeats.append(max(1, int(seconds / (time.perf_counter() - begin))))
    times = [[] for _ in runners]
    for _ in range(rounds):
        for runner, count, own in zip(runners, repeats, times, strict=True):
            if pause:
                time.sleep(pause)
            runner.run()
            begin = clock()
            for _ in range(count):
                runner.run()
            own.append((clock() - begin) / count)
    return times
