#!/usr/bin/env python3
"""Durable entries a second of what is often built instead: a SQLite table with a hash chain (WAL, synchronous=FULL).

Every entry hashes the one before it, so entries are written one after the other; callers that wait at the same time share a
transaction, as a writer with a queue would do it. Usage: sqlite.py FOLDER
"""

import hashlib
import os
import queue
import sqlite3
import sys
import threading
import time

RUN, ENTRY = 3.0, 1024


def measure(folder, callers):
    path = os.path.join(folder, f"chain-{callers}.db")
    for suffix in ("", "-wal", "-shm"):
        if os.path.exists(path + suffix):
            os.remove(path + suffix)
    waiting = queue.SimpleQueue()
    done = threading.Event()

    def write():
        db = sqlite3.connect(path, isolation_level=None)
        db.execute("PRAGMA journal_mode=WAL")
        db.execute("PRAGMA synchronous=FULL")
        db.execute("CREATE TABLE log (n INTEGER PRIMARY KEY, entry BLOB, hash BLOB)")
        last = bytes(32)
        while not done.is_set() or not waiting.empty():
            try:
                batch = [waiting.get(timeout=0.1)]
            except queue.Empty:
                continue
            while len(batch) < 256 and not waiting.empty():
                batch.append(waiting.get())
            rows = []
            for entry, _ in batch:
                last = hashlib.sha256(last + entry).digest()
                rows.append((entry, last))
            db.execute("BEGIN")
            db.executemany("INSERT INTO log (entry, hash) VALUES (?, ?)", rows)
            db.execute("COMMIT")
            for _, release in batch:
                release.release()
        db.close()

    writer = threading.Thread(target=write)
    writer.start()
    times, lock, until = [], threading.Lock(), time.monotonic() + RUN

    def call(caller):
        own, release, entry = [], threading.Semaphore(0), bytes([caller % 256]) * ENTRY
        while time.monotonic() < until:
            start = time.perf_counter()
            waiting.put((entry, release))
            release.acquire()
            own.append(time.perf_counter() - start)
        with lock:
            times.extend(own)

    started = time.monotonic()
    threads = [threading.Thread(target=call, args=(n,)) for n in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.monotonic() - started
    done.set()
    writer.join()
    times.sort()
    at = lambda share: times[int((len(times) - 1) * share)] * 1e3
    print(f"{f'sqlite {callers} callers':<28} entries_per_s {len(times) / seconds:.2f}  p50_ms {at(0.5):.2f}  p99_ms {at(0.99):.2f}")


if __name__ == "__main__":
    for callers in (1, 16, 256):
        measure(sys.argv[1], callers)
