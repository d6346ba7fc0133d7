"""Where the program is, and how a child of it is started."""

import os
import shutil
import subprocess
import sys
import sysconfig
from typing import List, Optional

_NAME = "corpusmill.exe" if os.name == "nt" else "corpusmill"


def program() -> str:
    """The path of the program: that of CORPUSMILL_PROGRAM, else the one that was installed
    with this package, else one in the PATH."""
    told = os.environ.get("CORPUSMILL_PROGRAM")
    if told:
        return told
    package = os.path.dirname(os.path.abspath(__file__))
    beside = os.path.dirname(package)
    folders = [
        sysconfig.get_path("scripts"),
        os.path.join(beside, "bin"),  # pip install --target
        os.path.dirname(sys.executable),
    ]
    if os.name == "posix":
        folders.append(sysconfig.get_path("scripts", scheme="posix_user"))
    for folder in folders:
        path = os.path.join(folder, _NAME)
        if os.access(path, os.X_OK) and not _is_script(path):
            return path
    found = shutil.which(_NAME)
    if found:
        return found
    raise FileNotFoundError("the program corpusmill is not installed here: pip install corpusmill, or set CORPUSMILL_PROGRAM")


def _is_script(path: str) -> bool:
    with open(path, "rb") as f:
        return f.read(2) == b"#!"


def start(args: List[str], path: Optional[str] = None, **keywords) -> subprocess.Popen:
    """Starts a child. serve and task end with this process, however that ends; a run that is
    left behind comes to its end, and the same call finds it whole."""
    env = dict(keywords.pop("env", None) or os.environ)
    env["CORPUSMILL_DIE_WITH_PARENT"] = str(os.getpid())
    return subprocess.Popen([path or program(), *args], env=env, **keywords)
