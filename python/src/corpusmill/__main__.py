"""python -m corpusmill is the program; where program|spark says where things are."""

import os
import sys

from ._program import program


def main() -> None:
    args = sys.argv[1:]
    if args[:1] == ["where"]:
        places = {"program": program, "spark": lambda: os.path.join(os.path.dirname(os.path.abspath(__file__)), "spark.py")}
        if len(args) != 2 or args[1] not in places:
            sys.exit("usage: python -m corpusmill where " + "|".join(places))
        print(places[args[1]]())
        return
    path = program()
    if os.name == "posix":
        os.execv(path, [path, *args])
    import subprocess

    sys.exit(subprocess.call([path, *args]))


main()
