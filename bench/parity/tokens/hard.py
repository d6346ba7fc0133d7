"""Texts on which splitters and merges go wrong first."""

SHORT = ["", " ", "  ", "\n", "\r\n", " \n ", "\n ", " \n", "\t", "\u00a0", "\u3000\u3000x", "\u0085",
        "'", "''", "'s", "'S", "'\u017f", "x'\u017f", "'ll", "'lL", "'LL", "'l", "'re", "'RE", "'ve", "'d'm't",
        "don't DON'T don\u2019t", "HTMLParser", "helloWorld", "HELLO's", "\u0301", "\u0301a", "\u0301A", "\u0301A ",
        "A\u0301", "a\u0301B\u0301", " \u0301A", "A\u02b0", "A\u02b0B ", "A\u02b0Bc", "\u01c5", "\u01c5a", "1234567",
        "\u0661\u0662\u0663\u0664", "\u00bd\u2460\u2167", "...///\r\n/", "!\n\n/", " !\n", "<|endoftext|>", "\u200d\u200b",
        "\ufeffx", "\u212a's", "\x00\x1c\x1f", "x \n\n  y \r\n ", "  \n\t\n  z"]

LONG = [
    "a" * 1000, " " * 1000, "\n" * 1000, "=" * 1000, "\u4e2d" * 700, "ab" * 900, "\u0e01\u0e33" * 300,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467" * 40,
    "a" * 300_000, "\u7684\u4e00" * 50_000, "xyz" * 50_000, "-=" * 50_000, " \n" * 50_000 + "x"]
