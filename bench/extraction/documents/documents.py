#!/usr/bin/env python3
"""Reference texts of documents, and the score of ours against them.

documents.py collect FILES.tsv REPOS DOCS  the files of a list from clones REPOS/owner/name
documents.py reference DOCS OUT.jsonl   PyMuPDF, pandoc, python-docx, python-pptx, openpyxl, each for its formats
documents.py score REF.jsonl OURS.jsonl [--only NAME] [--worst N] [--files FILES.tsv]

Words are those of the multiset F1 of score_extraction.py: lower case, every CJK
character a word, compatibility characters (ligatures, presentation forms, full
width) folded on both sides. The F1 is averaged over files (macro). Files whose
reference has fewer than 30 words are left out: one word would decide on them.
"""
import argparse, collections, json, multiprocessing, os, re, statistics, subprocess, unicodedata, zipfile

CJK = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(f"[{CJK}]|[^\\W_{CJK}]+")
MIN_WORDS = 30


def words(text):
    return WORD.findall(unicodedata.normalize("NFKC", text or "").lower())


def collect(args):
    for line in list(open(args.files))[1:]:
        form, name, _, _, repo, commit, path = line.rstrip("\n").split("\t")
        git = ["git", "-C", os.path.join(args.repos, repo)]
        os.makedirs(os.path.join(args.docs, form), exist_ok=True)
        out = os.path.join(args.docs, form, f"{name}.{form}")
        folder = path.removesuffix("/ (packed)")
        if folder == path:
            with open(out, "wb") as f:
                subprocess.run([*git, "cat-file", "blob", f"{commit}:{path}"], stdout=f, check=True)
            continue
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:  # a book that its repository holds unpacked
            for entry in subprocess.run([*git, "ls-tree", "-rz", "--name-only", f"{commit}:{folder}"], capture_output=True, text=True, check=True).stdout.split("\0"):
                if entry:
                    data = subprocess.run([*git, "cat-file", "blob", f"{commit}:{folder}/{entry}"], capture_output=True).stdout
                    z.writestr(zipfile.ZipInfo(entry, (2020, 1, 1, 0, 0, 0)), data)


def pdf(path):
    import pymupdf
    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    with pymupdf.open(path) as d:
        if d.needs_pass:
            raise ValueError("encrypted")
        return {"mupdf": "\n".join(p.get_text("text") for p in d),
                "mupdf-joined": "\n".join(p.get_text("text", flags=pymupdf.TEXTFLAGS_TEXT | pymupdf.TEXT_DEHYPHENATE) for p in d)}


def pandoc(path, form):
    import pypandoc
    run = subprocess.run([pypandoc.get_pandoc_path(), "-f", form, "-t", "json", "--sandbox", path],
                         capture_output=True, timeout=120, check=True)
    out, notes = [], []

    def walk(x, into):
        if isinstance(x, list):
            for y in x:
                walk(y, into)
        elif isinstance(x, dict):
            kind, c = x.get("t"), x.get("c")
            if kind == "Str":
                into.append(c)
            elif kind in ("Space", "SoftBreak", "LineBreak"):
                into.append(" ")
            elif kind in ("Code", "Math", "CodeBlock"):
                into.append(c[1])
            elif kind == "Note":
                walk(c, notes)
            elif kind == "Image" or kind in ("RawInline", "RawBlock"):
                pass  # the description of a picture is no text of the document
            elif kind == "DefinitionList":
                for term, texts in c:
                    walk(term, into)
                    into.append("\n")
                    walk(texts, into)
            elif c is not None:
                walk(c, into)
                if kind in ("Para", "Plain", "Header"):
                    into.append("\n")
            # attributes and targets are plain strings inside lists and fall away
    doc = json.loads(run.stdout)
    walk(doc["blocks"], out)
    meta = []
    for k in ("title", "subtitle", "author", "date", "abstract"):
        walk(doc["meta"].get(k), meta)
    # Word's title paragraphs are taken for metadata; a book's metadata is none of its text.
    body = "".join(out) if form == "epub" else " ".join(["".join(meta), "".join(out)])
    return {"pandoc": body, "pandoc-notes": body + "\n" + "".join(notes)}


def python_docx(path):
    import docx
    from docx.table import Table
    out = []

    def walk(parent):
        for b in parent.iter_inner_content():
            if isinstance(b, Table):
                for row in b.rows:
                    seen = set()
                    for cell in row.cells:
                        if id(cell._tc) not in seen:
                            seen.add(id(cell._tc))
                            walk(cell)
            else:
                out.append(b.text)
    walk(docx.Document(path))
    return {"python-docx": "\n".join(out)}


def python_pptx(path):
    """Shapes in the order of the slides, groups and tables too; numbers, dates and footers left out."""
    import pptx
    from pptx.enum.shapes import PP_PLACEHOLDER as kind
    out = []

    def walk(shapes):
        for s in shapes:
            if s.is_placeholder and s.placeholder_format.type in (kind.SLIDE_NUMBER, kind.DATE, kind.FOOTER):
                continue
            if s.shape_type == 6:
                walk(s.shapes)
            elif s.has_text_frame:
                out.append(s.text_frame.text)
            elif getattr(s, "has_table", False) and s.has_table:
                out.extend(c.text for row in s.table.rows for c in row.cells if not c.is_spanned)
    for slide in pptx.Presentation(path).slides:
        walk(slide.shapes)
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            out.append(slide.notes_slide.notes_text_frame.text)
    return {"python-pptx": "\n".join(out)}


def openpyxl_text(path):
    """Values as a reader of the sheets sees them: dates by ISO 8601, shares and decimals as their formats have them."""
    import datetime
    import openpyxl
    out = []

    def shown(c):
        v, f = c.value, c.number_format.split(";")[0]
        if v is None or c.data_type == "e":
            return ""
        if isinstance(v, bool):
            return str(v).upper()
        if isinstance(v, datetime.datetime):
            return v.isoformat(" ").removesuffix(" 00:00:00").removesuffix(":00") if "h" in f.lower() else v.date().isoformat()
        if isinstance(v, (datetime.date, datetime.time)):
            return v.isoformat().removesuffix(":00")
        if isinstance(v, (int, float)):
            bare = re.sub(r'"[^"]*"|\[[^]]*\]|\\.|_.|\*.', "", f)
            sign = "%" if "%" in bare else ""
            v = v * 100 if sign else v
            if re.search("[0#]", bare) and not re.search("[eE/?@]", bare):
                return f"{v:.{len(re.sub('[^0#]', '', bare.partition('.')[2]))}f}{sign}"
            return f"{v:.15g}{sign}"
        return str(v)
    book = openpyxl.load_workbook(path, data_only=True)
    for s in book.worksheets:
        if s.sheet_state == "visible":
            rows = [[shown(c) for c in row] for row in s.iter_rows()]
            if any(any(r) for r in rows):
                out.append(s.title)
                out.extend(" ".join(r) for r in rows)
    return {"openpyxl": "\n".join(out)}


def one(path, pipe):
    name, ext = os.path.splitext(os.path.basename(path))
    r = {"id": name, "format": ext[1:].lower(), "texts": {}}
    jobs = {"pdf": [pdf], "docx": [lambda p: pandoc(p, "docx"), python_docx],
            "pptx": [python_pptx], "xlsx": [openpyxl_text],
            "md": [lambda p: pandoc(p, "gfm+footnotes+yaml_metadata_block+tex_math_dollars+definition_lists")], "tex": [lambda p: pandoc(p, "latex")],
            "odt": [lambda p: pandoc(p, "odt")], "epub": [lambda p: pandoc(p, "epub")]}
    for job in jobs[r["format"]]:
        try:
            r["texts"].update(job(path))
        except Exception as e:
            r["error"] = f"{type(e).__name__}: {e}"[:200]
    pipe.send(json.dumps(r))


def reference(args):
    try:
        import pymupdf  # noqa: F401  once, ahead of the processes
    except ImportError:
        pass  # for PDF alone
    files = sorted(os.path.join(d, f) for d, _, fs in os.walk(args.docs) for f in fs
                   if f.lower().endswith((".pdf", ".docx", ".pptx", ".xlsx", ".odt", ".epub", ".md", ".tex")))
    with open(args.out, "w") as out:
        for f in files:
            a, b = multiprocessing.Pipe(False)
            p = multiprocessing.Process(target=one, args=(f, b), daemon=False)
            p.start()
            b.close()
            try:
                r = a.recv() if a.poll(120) else None
            except EOFError:
                r = None
            p.kill()
            p.join()
            if r is None:
                name, ext = os.path.splitext(os.path.basename(f))
                r = json.dumps({"id": name, "format": ext[1:].lower(), "texts": {}, "error": "crash or 120 s"})
            out.write(r + "\n")


def f1(ours, ref):
    p, g = collections.Counter(ours), collections.Counter(ref)
    both = (p & g).total()
    precision, recall = (both / n if n else 0.0 for n in (p.total(), g.total()))
    return 2 * precision * recall / (precision + recall) if both else 0.0, precision, recall


def load(path):
    return {r["id"]: r for r in map(json.loads, open(path))}


def score(args):
    refs, ours = load(args.ref), load(args.ours)
    wanted = None
    if args.files:
        rows = [l.rstrip("\n").split("\t") for l in open(args.files)][1:]
        wanted = {r[1]: r for r in rows if not args.set or r[2] == args.set}
    scores = collections.defaultdict(list)
    for i, r in refs.items():
        if wanted is not None and i not in wanted:
            continue
        o = ours.get(i, {"text": "", "error": "not run"})
        got = words(o["text"])
        for name, text in r["texts"].items():
            if args.only and name not in args.only:
                continue
            ref = words(text)
            if len(ref) < MIN_WORDS:
                continue
            scores[r["format"], name].append((*f1(got, ref), len(got), len(ref), i, o.get("error") or o.get("rule") or "", wanted[i][-1] if wanted else ""))
    print("| format | reference | files | mean F1 | median | P | R | below .8 |\n|---|---|---|---|---|---|---|---|")
    mean = lambda x: f"{statistics.fmean(x):.3f}"
    for (form, name), s in sorted(scores.items()):
        f = [x[0] for x in s]
        print(f"| {form} | {name} | {len(s)} | {mean(f)} | {statistics.median(f):.3f} | {mean([x[1] for x in s])} | {mean([x[2] for x in s])} | {sum(x < .8 for x in f)} |")
    for (form, name), s in sorted(scores.items()):
        if args.worst:
            print(f"\nworst of {form} against {name}: F1, precision, recall, words of ours, of the reference")
        for x in sorted(s)[:args.worst]:
            print(f"  {x[0]:.3f} {x[1]:.3f} {x[2]:.3f} {x[3]:6d} {x[4]:6d} {x[5]} {x[6]} {x[7]}")


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = a.add_subparsers(required=True)
    c = sub.add_parser("collect"); c.add_argument("files"); c.add_argument("repos"); c.add_argument("docs"); c.set_defaults(do=collect)
    r = sub.add_parser("reference"); r.add_argument("docs"); r.add_argument("out"); r.set_defaults(do=reference)
    s = sub.add_parser("score"); s.add_argument("ref"); s.add_argument("ours"); s.set_defaults(do=score)
    s.add_argument("--only", action="append"); s.add_argument("--worst", type=int, default=5); s.add_argument("--files"); s.add_argument("--set")
    args = a.parse_args()
    args.do(args)


if __name__ == "__main__":
    main()
