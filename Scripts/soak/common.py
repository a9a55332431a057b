"""What the soak scripts share: the program, folders, configs, comparing runs. Standard library only."""
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAIRWISE = os.environ.get("PAIRWISE", str(ROOT / ".build/release/pairwise"))
TIMES = ("seconds", "peak_memory_bytes")


def fail(message):
    print(f"FAILED: {message}")
    sys.exit(1)


def check(condition, message):
    if not condition:
        fail(message)


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(0)


class Result:
    def __init__(self, code, errors, peak_bytes, seconds):
        self.code, self.errors, self.peak_bytes, self.seconds = code, errors, peak_bytes, seconds

    def __str__(self):
        return f"exit {self.code} after {self.seconds:.1f} s, {self.peak_bytes >> 20} MiB\n{self.errors[-2000:]}"


def start(arguments, folder, **options):
    """Starts the program with its standard error in a file."""
    errors = tempfile.TemporaryFile()
    process = subprocess.Popen([PAIRWISE, *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=errors, **options)
    process.errors, process.started = errors, time.monotonic()
    return process


def is_over(process):
    """Whether it ended; unlike poll() this leaves its result for `wait`."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def wait(process):
    """Its result, with the peak memory of this child alone."""
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    process.errors.seek(0)
    text = process.errors.read().decode(errors="replace")
    return Result(process.returncode, text, usage.ru_maxrss * 1024, time.monotonic() - process.started)


def run(arguments, folder, **options):
    return wait(start(arguments, folder, **options))


def must(arguments, folder, **options):
    result = run(arguments, folder, **options)
    check(result.code == 0, f"pairwise {' '.join(map(str, arguments))}: {result}")
    return result


def write_config(path, sections):
    """YAML is a superset of JSON."""
    path.write_text("".join(f"{name}: {json.dumps(values)}\n" for name, values in sections.items()))


def digest(path):
    return hashlib.sha256(pathlib.Path(path).read_bytes()).hexdigest()


def metrics(folder):
    """Lines of metrics.jsonl without what differs between equal runs."""
    lines = (folder / "metrics.jsonl").read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k not in TIMES} for line in lines]


def last_checkpoint(folder):
    return max(path for path in folder.iterdir() if path.name.startswith("checkpoint-"))


def compare(a, b):
    """What differs between two runs that should be one; None if nothing does."""
    first, second = last_checkpoint(a), last_checkpoint(b)
    if first.name != second.name:
        return f"{first.name} against {second.name}"
    for name in ("model.safetensors", "optimizer.safetensors"):
        if digest(first / name) != digest(second / name):
            return f"{first.name}/{name}"
    if digest(a / "final/model.safetensors") != digest(b / "final/model.safetensors"):
        return "final/model.safetensors"
    if metrics(a) != metrics(b):
        return "metrics.jsonl"
    return None
