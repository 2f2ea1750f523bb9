# SPDX-License-Identifier: Apache-2.0
"""What the experiments in CPython share: workers of both models, clocks, and
one JSON document on stdout.

    main(experiment, parser, body, needs)

parses, checks, calls body(args, team, folder) and prints what it returns,
with what is the same for all. body returns a dict with "times" (a list of
Times, one per repetition), "observed", "workload", and for experiments that
are run with one worker as well "one_times".

Exit codes: 0; 1 with {"failed": why}; 2 for usage; 77 with {"skipped": why}
where a module is missing; 128+n when signal n came. Whatever the end, no
worker is left alive, nor any file: all are written to a folder of their own
below --scratch.
"""
import argparse
import collections
import glob
import importlib.util
import json
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import threading
import time

# Seconds: begin of the first start to end of the last start; that to the end
# of the last join.
Times = collections.namedtuple("Times", "create join")


class Failed(Exception):
    """The experiment cannot be done; its text says why."""


class Team:
    """Workers that are threads, or processes of one start method."""

    def __init__(self, model, method):
        self.model = model
        self.context = multiprocessing.get_context(method)
        self.method = None
        if model == "process":
            self.method = self.context.get_start_method()
        self.troubles = []
        threading.excepthook = self._trouble

    def _trouble(self, what):
        self.troubles.append(f"{what.exc_type.__name__}: {what.exc_value}")

    def worker(self, target, args):
        if self.model == "thread":
            return threading.Thread(target=target, args=args)
        return self.context.Process(target=target, args=args)

    def box(self):
        return Box(self.context if self.model == "process" else None)

    def gate(self):
        return Gate(self.context)

    def live(self, target, arguments, gate=None):
        """One worker for each tuple of arguments, as they come: all are
        created, the gate is opened, all are joined."""
        workers = []
        begin = time.perf_counter()
        for args in arguments:
            worker = self.worker(target, args)
            worker.start()
            workers.append(worker)
        created = time.perf_counter()
        if gate:
            gate.open()
        for worker in workers:
            worker.join()
        ended = time.perf_counter()
        self._check(workers)
        return Times(created - begin, ended - created)

    def live_in_turn(self, target, arguments):
        """One worker after the other has ended."""
        times = [self.live(target, [args]) for args in arguments]
        return Times(*map(sum, zip(*times)))

    def _check(self, workers):
        for worker in workers:
            if self.model == "process" and worker.exitcode:
                raise Failed(f"a worker ended with code {worker.exitcode}")
        if self.troubles:
            raise Failed("a worker failed: " + self.troubles[0])


class Box:
    """Where workers leave small values for their parent. A message is one
    write of less than PIPE_BUF bytes, so that no lock is needed; all of them
    must fit into a pipe."""

    def __init__(self, context):
        self.values = []
        self.reader = self.writer = None
        if context:
            self.reader, self.writer = context.Pipe(duplex=False)

    def put(self, value):
        if self.writer:
            self.writer.send(value)
        else:
            self.values.append(value)

    def take(self):
        while self.reader and self.reader.poll():
            self.values.append(self.reader.recv())
        values, self.values = self.values, []
        return values


class Gate:
    """What workers wait at. It opens by the end of a pipe, so that they do
    not outlive a parent that was killed."""

    def __init__(self, context):
        self.reader, self.writer = context.Pipe(duplex=False)
        self.owner = os.getpid()

    def __getstate__(self):
        return {"reader": self.reader, "writer": None, "owner": self.owner}

    def wait(self, seconds):
        # A forked child holds the end that opens it as well.
        if self.writer and os.getpid() != self.owner:
            self.writer.close()
        self.reader.poll(seconds)

    def open(self):
        self.writer.close()


# -- the end --------------------------------------------------------------------

def children():
    """Pids of this process's children, those being born included."""
    pids = []
    for path in glob.glob("/proc/self/task/*/children"):
        try:
            with open(path, encoding="ascii") as file:
                pids += map(int, file.read().split())
        except OSError:
            pass  # a thread that has just ended
    return pids


def end_children():
    for child in multiprocessing.active_children():
        child.kill()  # all there is to know them by where /proc lacks children
    while pids := children():
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)
            except (ProcessLookupError, ChildProcessError):
                pass


def leave(folder, code):
    """Now, whatever threads still do."""
    end_children()
    for _ in range(100):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.exists(folder):
            break
        time.sleep(0.01)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def end_on_signals(folder):
    parent = os.getpid()

    def end(number, _frame):
        if os.getpid() != parent:
            os._exit(128 + number)  # a forked child
        leave(folder, 128 + number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, end)


# -- what bounds it -------------------------------------------------------------

def allow_files():
    """Each process costs its parent two descriptors."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def need_memory(size):
    with open("/proc/meminfo", encoding="ascii") as file:
        fields = dict(line.split(":") for line in file)
    free = int(fields["MemAvailable"].split()[0]) * 1024
    if size > free:
        raise Failed(f"needs {size / 1e9:.1f} GB of memory, "
                     f"{free / 1e9:.1f} GB are available")


# -- the command line -----------------------------------------------------------

def count(text):
    """For argparse: 1 or more."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text}: 1 or more is wanted")
    return number


def seconds(text):
    """For argparse: 0 or more."""
    number = float(text)
    if not 0 <= number < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: 0 or more is wanted")
    return number


def parser(text, workers, hold=None):
    """With what all experiments understand; their defaults are the
    article's."""
    options = argparse.ArgumentParser(description=text, allow_abbrev=False)
    option = options.add_argument
    option("--model", choices=["thread", "process"], required=True)
    option("--method", choices=["fork", "spawn"], default="fork",
           help="how processes start (default: fork, as Python's own is on "
           "Linux up to 3.13)")
    option("--workers", type=count, default=workers,
           help="how many (default: %(default)s)")
    option("--repeat", type=count, default=1,
           help="repetitions (default: %(default)s)")
    option("--scratch", metavar="FOLDER", help="for files that are written "
           "and removed (default: the system's)")
    if hold is not None:
        option("--hold", type=seconds, default=hold,
               help="seconds a worker sleeps (default: %(default)s)")
    return options


def version(module):
    """Of a module that was used; None: it was not."""
    module = sys.modules.get(module)
    return getattr(module, "__version__", None)


def say(document):
    print(json.dumps(document), flush=True)


def run(experiment, args, body, folder):
    team = Team(args.model, args.method)
    found = body(args, team, folder)
    whole = [sum(times) for times in found["times"]]
    document = {
        "experiment": experiment,
        "model": args.model,
        "start_method": team.method,
        "workers": args.workers,
        "python": sys.version.split()[0],
        "numpy": version("numpy"),
        "seconds": whole,
        "create_seconds": [times.create for times in found["times"]],
        "join_seconds": [times.join for times in found["times"]],
    }
    if "one_times" in found:
        one = [sum(times) for times in found["one_times"]]
        document["one_seconds"] = one
        document["ratio"] = [k / max(i, 1e-9) for k, i in zip(whole, one)]
    return {**document, "observed": found["observed"],
            "workload": found["workload"]}


def main(experiment, options, body, needs=()):
    args = options.parse_args()
    needs = needs(args) if callable(needs) else needs
    for module in needs:
        if not importlib.util.find_spec(module):
            say({"skipped": f"{module} is missing"})
            sys.exit(77)
    try:
        folder = tempfile.mkdtemp(prefix=f"e{experiment}-", dir=args.scratch)
    except OSError as error:
        say({"failed": f"{error.filename}: {error.strerror}"})
        sys.exit(1)
    end_on_signals(folder)
    allow_files()
    code = 0
    try:
        say(run(experiment, args, body, folder))
    except Failed as error:
        say({"failed": str(error)})
        code = 1
    except Exception as error:
        say({"failed": f"{type(error).__name__}: {error}"})
        code = 1
    leave(folder, code)
