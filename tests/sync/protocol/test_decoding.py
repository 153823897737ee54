"""Types are learnt by one thread at a time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from sync.protocol.decoding import decoder_of
from sync.protocol.wire import Hello

ROOT = Path(__file__).resolve().parents[3]
# Each child meets every type for the first time, in several threads at once.
PROGRAM = """
import os, sys, threading
from sync.protocol import wire
from tests.sync.wire_files import bytes_of

sys.setswitchinterval(1e-6)

said = {wire.Hello: bytes_of("hello-v1.json"), wire.Receipt: bytes_of("receipt-v1.json")}

def meet(gate):
    gate.wait()
    for type_, line in said.items():
        wire.decode(type_, line)

for _ in range(300):
    pid = os.fork()
    if not pid:
        gate = threading.Barrier(6)
        threads = [threading.Thread(target=meet, args=(gate,)) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os._exit(0)
    status = os.waitpid(pid, 0)[1]
    if status:
        sys.exit(f"a child ended with {status}")
"""


def test_many_threads_that_meet_a_type_for_the_first_time_do_not_crash() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_there_is_one_decoder_of_a_type() -> None:
    assert decoder_of(Hello) is decoder_of(Hello)
