"""Tests of the installed wheel, by the standard library alone: python -m unittest."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import corpusmill
from corpusmill import _pipe, _tasks

PAGE = """<html><head><title>River</title></head><body><nav><a href=/a>Home</a> <a href=/b>News</a></nav><article><p>The river was
%s this spring, and the people of the village walked along its banks every evening to see how far the water had come.</p><p>Nobody
remembered a year like it, although the oldest of them had seen many, and they talked about it for a long time.</p></article></body></html>"""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(folder.name)
        self.folder = pathlib.Path(folder.name)


class Program(Case):
    def test_command(self):
        self.assertFalse(os.path.islink(corpusmill.program()))
        out = subprocess.run(["corpusmill", "--version"], capture_output=True, text=True, check=True).stdout
        self.assertIn(corpusmill.__version__, out)
        out = subprocess.run([sys.executable, "-m", "corpusmill", "--version"], capture_output=True, text=True, check=True).stdout
        self.assertIn(corpusmill.__version__, out)
        for what in ("program", "spark"):
            out = subprocess.run([sys.executable, "-m", "corpusmill", "where", what], capture_output=True, text=True, check=True).stdout
            self.assertTrue(os.path.isfile(out.strip()))


class Run(Case):
    def test_quickstart(self):
        result = corpusmill.run("quickstart", run="demo", quiet=True)
        self.assertGreater(result.documents, 50)
        self.assertGreater(result.tokens, 1000)
        again = corpusmill.run("quickstart", run=self.folder / "demo", quiet=True)
        self.assertEqual((again.documents, again.summary["tasks_run"]), (result.documents, 0))
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            self.skipTest("no pyarrow: read is not tested")
        table = result.read().to_table(columns=["url", "text", "tokens"])
        self.assertEqual(table.num_rows, result.documents)
        self.assertEqual(sum(table["tokens"].to_pylist()), result.tokens)

    def test_dict_and_sinks(self):
        (self.folder / "in.jsonl").write_text("".join(json.dumps({"id": str(i), "text": "text %d" % i, "url": ""}) + "\n" for i in range(4)))
        pipeline = {
            "source": {"jsonl": {"paths": ["in.jsonl"]}},
            "stages": [],
            "sink": [{"name": "all", "partition_by": ["source"], "parquet": {"dir": "all"}}, {"name": "lines", "jsonl": {"dir": "lines"}}],
        }
        result = corpusmill.run(pipeline, run="r", set={"seed": 2}, workers=1, quiet=True)
        self.assertEqual(result.documents, 4)
        with self.assertRaises(KeyError):
            result.read()
        try:
            import pyarrow  # noqa: F401
        except ImportError:
            return
        self.assertEqual(sorted(result.read("all").to_table()["text"].to_pylist()), ["text %d" % i for i in range(4)])
        self.assertIn("source", result.read("all").schema.names)
        with self.assertRaises(ValueError):
            result.read("lines")

    def test_errors(self):
        with self.assertRaisesRegex(corpusmill.UsageError, "nothing"):
            corpusmill.run("nothing", quiet=True)
        with self.assertRaisesRegex(corpusmill.UsageError, "unknown stage"):
            corpusmill.run({"source": {"jsonl": {"paths": ["x"]}}, "stages": [{"no_such_stage": {}}], "sink": {"jsonl": {}}}, quiet=True)
        with self.assertRaises(corpusmill.UsageError):
            corpusmill.read("nowhere")


class Pipe(Case):
    def test_extract(self):
        text = corpusmill.extract(PAGE % "high")
        self.assertIn("river was\nhigh" if "\n" in text.split("spring")[0] else "river was high", text)
        self.assertNotIn("Home", text)
        self.assertEqual(corpusmill.extract(""), "")
        odd = '<meta charset="gbk"><p>' + "Überraschung in Köln, die niemand vergisst. " * 9
        self.assertIn("Überraschung in Köln", corpusmill.extract(odd))  # a text has no character set
        self.assertIn("長い文章", corpusmill.extract(("<meta charset=euc-jp><p>" + "これは長い文章です。" * 30).encode("euc-jp")))
        link = corpusmill.extract("<article><p>" + "words of a text " * 20 + "<a href=/x>there</a> and back again</p></article>", url="https://a.example/b/", format="markdown", links=True)
        self.assertIn("(https://a.example/x)", link)
        with self.assertRaises(corpusmill.CorpusmillError):
            corpusmill.extract(b"%PDF-1.4 no document")
        with self.assertRaisesRegex(corpusmill.UsageError, "mode"):
            corpusmill.extract("x", mode="no such mode")
        self.assertIn("river", corpusmill.extract(PAGE % "low"))

    def test_many_in_order(self):
        pages = [PAGE % ("number %d" % i) for i in range(3000)]
        texts = list(corpusmill.extract_many(("https://a.example/", p) for p in pages))
        self.assertEqual(len(texts), 3000)
        for i, t in enumerate(texts):
            self.assertIn("number %d" % i, t)
        self.assertEqual(list(corpusmill.extract_many([])), [])
        self.assertEqual(list(corpusmill.extract_many([b"%PDF-1.4 no document", PAGE % "x"]))[0], None)

    def test_threads(self):
        wrong = []

        def ask(n):
            for i in range(50):
                if "walker %d-%d" % (n, i) not in corpusmill.extract(PAGE % ("walker %d-%d" % (n, i))):
                    wrong.append((n, i))

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(8)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(wrong, [])

    def test_child_that_dies(self):
        self.assertEqual(corpusmill.count_tokens("one two", tokenizer="cl100k_base"), 2)
        child = _pipe._child("serve", "tokens", "--tokenizer", "cl100k_base")
        child._process.kill()
        child._process.wait()
        for _ in range(1000):
            if not child.alive():
                break
            time.sleep(0.01)
        self.assertEqual(corpusmill.count_tokens("one two", tokenizer="cl100k_base"), 2)

    def test_tokens(self):
        self.assertEqual(corpusmill.count_tokens([]), [])
        self.assertEqual(corpusmill.count_tokens(["hello world", "", "hello world again"]), [2, 0, 3])
        with self.assertRaises(corpusmill.CorpusmillError):
            corpusmill.count_tokens("x", tokenizer="no_such_tokenizer")

    def test_ends_with_its_parent(self):
        code = "import corpusmill, os, sys; from corpusmill import _pipe; corpusmill.count_tokens('x'); print(list(_pipe._children.values())[0]._process.pid, flush=True); os.kill(os.getpid(), 9)"
        pid = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout)
        for _ in range(1000):
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                return
            with open("/proc/%d/stat" % pid) as f:
                if ") Z " in f.read():
                    return
            time.sleep(0.02)
        self.fail("the child lives on")


class Tasks(Case):
    def test_by_key(self):
        subprocess.run(["corpusmill", "tasks", "quickstart", "--run", "r"], check=True, capture_output=True)
        subprocess.run(["corpusmill", "run", "quickstart", "--run", "plain"], check=True, capture_output=True)
        run, memory = str(self.folder / "r"), _tasks.memory_of("2GiB")
        os.chdir("/")
        tasks = _tasks.ready(run)
        while tasks:
            for task in tasks:
                self.assertTrue(_tasks.run_task(run, task["key"], 1, memory)["ok"])
            tasks = _tasks.ready(run)
        with self.assertRaisesRegex(_tasks.TaskFailed, "no task"):
            _tasks.run_task(run, "nobody", 1, memory)
        self.assertEqual(_tasks.finish(run, 1, memory)["tasks_run"], 0)
        for name in ("manifest.jsonl", "stats.json"):
            self.assertEqual((self.folder / "r" / name).read_bytes(), (self.folder / "plain" / name).read_bytes())

    def test_memory(self):
        for text, want in (("16GiB", 16 << 30), ("16384MiB", 16 << 30), ("1.5KiB", 1536), ("7", 7)):
            self.assertEqual(_tasks.memory_of(text), want)


if __name__ == "__main__":
    unittest.main()
