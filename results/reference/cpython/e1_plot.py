#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Experiment 1: workers in turn draw two series of random integers and save
<loop>_<model>_class_test.png. First they take the data from the parent's
global variables, then from arguments. Which backend matplotlib took is told,
for only an interactive one, which needs a display, warns in a thread."""
import gc
import os
import random
import sys
import warnings

sys.dont_write_bytecode = True
import drive_cpython as dc

POINTS = 10
INCHES = 8
WARNING = "outside of the main thread"


def draw(folder, model, x, y, loop):
    import matplotlib.pyplot as plt

    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        plt.figure(figsize=(INCHES, INCHES))
        plt.plot(x, label="x")
        plt.plot(y, label="y")
        plt.legend()
        plt.savefig(os.path.join(folder, f"{loop}_{model}_class_test.png"))
        plt.close()
        # Tk ends the program when another thread takes its things away.
        gc.collect()
    texts = [str(warning.message) for warning in seen]
    return next((text for text in texts if WARNING in text), None)


def draw_globals(folder, model, box):
    global x, y, loop  # of no help in a spawned process
    try:
        box.put((None, draw(folder, model, x, y, loop)))
    except NameError as error:
        box.put((f"NameError: {error}", None))


def draw_arguments(folder, model, box, x, y, loop):
    box.put((None, draw(folder, model, x, y, loop)))


def series():
    return [random.randint(0, 10) for _ in range(POINTS)]


def rounds(workers, worker, pass_them):
    """The arguments of one worker after the other, while global variables
    hold its data."""
    global x, y, loop
    for loop in range(workers):
        x, y = series(), series()
        yield (*worker, x, y, loop) if pass_them else worker


def is_picture(path):
    with open(path, "rb") as file:
        return file.read(8) == b"\x89PNG\r\n\x1a\n"


def pictures(folder):
    """How many there are; they are removed."""
    paths = [os.path.join(folder, name) for name in os.listdir(folder)
             if name.endswith("_class_test.png")]
    found = sum(map(is_picture, paths))
    for path in paths:
        os.remove(path)
    return found


def draw_all(args, team, folder, pass_them):
    box = team.box()
    target = draw_arguments if pass_them else draw_globals
    times = team.live_in_turn(target, rounds(
        args.workers, (folder, args.model, box), pass_them))
    errors, texts = zip(*box.take())
    return times, {"pictures": pictures(folder),
                   "error": next(filter(None, errors), None),
                   "warning": next(filter(None, texts), None)}


def body(args, team, folder):
    # Read at import; nothing is written to the user's own.
    os.environ["MPLCONFIGDIR"] = os.path.join(folder, "matplotlib")
    import matplotlib
    import matplotlib.pyplot  # once here, so that forked workers have it

    times = []
    for _ in range(args.repeat):
        _, by_globals = draw_all(args, team, folder, False)
        each, by_arguments = draw_all(args, team, folder, True)
        times.append(each)
    backend = matplotlib.get_backend()
    interactive = backend.lower() in [
        name.lower() for name in matplotlib.rcsetup.interactive_bk]
    return {"times": times,
            "observed": {"matplotlib": matplotlib.__version__,
                         "backend": backend, "interactive": interactive,
                         "from_globals": by_globals,
                         "from_arguments": by_arguments},
            "workload": {"series": 2, "points": POINTS, "inches": INCHES}}


if __name__ == "__main__":
    dc.main(1, dc.parser(__doc__, workers=5), body, ["matplotlib"])
