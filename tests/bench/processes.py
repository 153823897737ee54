"""What a bench asks the kernel about other processes."""

from __future__ import annotations

from pathlib import Path

import psutil

from tests.postgres import PostgresCluster


def cpu_s(pid: int) -> float:
    """Seconds of CPU a process has used, all its threads."""
    times = psutil.Process(pid).cpu_times()
    return times.user + times.system


def database_cpu_s(cluster: PostgresCluster | None) -> float:
    """Seconds of CPU that PostgreSQL has used; 0 without one."""
    if cluster is None:
        return 0.0
    server = psutil.Process(cluster.server_pid)
    # What its connections used: those that are there, and those that are gone.
    gone = server.cpu_times()
    there = 0.0
    for child in server.children():
        try:
            there += cpu_s(child.pid)
        except psutil.NoSuchProcess:
            continue
    return gone.children_user + gone.children_system + there


def peak_mb(pid: int) -> float:
    """Most memory a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024
