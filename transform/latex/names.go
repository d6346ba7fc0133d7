package latex

// sections are the headings and their levels in a document with chapters.
var sections = map[string]int{"part": 1, "chapter": 1, "section": 2, "subsection": 3, "subsubsection": 4, "paragraph": 5, "subparagraph": 6, "frametitle": 2, "framesubtitle": 3}

// verbatims are the environments whose content is as it stands.
var verbatims = map[string]bool{"verbatim": true, "Verbatim": true, "BVerbatim": true, "lstlisting": true, "minted": true, "alltt": true, "filecontents": false}

// skipped are the environments that hold no text.
var skipped = map[string]bool{"comment": true, "tikzpicture": true, "pgfpicture": true, "picture": true, "filecontents": true, "pspicture": true, "forest": true}

// maths are the environments of formulas.
var maths = map[string]bool{"equation": true, "align": true, "gather": true, "multline": true, "eqnarray": true, "displaymath": true, "math": true, "flalign": true, "alignat": true}

// tabulars are the environments of tables, and how many arguments they have.
var tabulars = map[string]int{"tabular": 1, "longtable": 1, "supertabular": 1, "tabulary": 2, "tabularx": 2, "tabu": 1, "array": 1}

// lists are the environments of lists: n for those that are numbered.
var lists = map[string]byte{"itemize": 'i', "enumerate": 'n', "description": 'i', "compactitem": 'i', "compactenum": 'n', "thebibliography": 'i', "inparaenum": 'n', "list": 'i', "trivlist": 'i'}

// withArguments are other environments with arguments that are no text.
var withArguments = map[string]int{"minipage": 1, "multicols": 1, "wrapfigure": 2, "adjustbox": 1, "spacing": 1, "CJK": 2, "CJK*": 2, "otherlanguage": 1, "subfigure": 1, "column": 1, "figure": 0, "table": 0, "block": 0, "frame": 0}

// dropped are the commands that are no text, and how many arguments they have.
var dropped = map[string]int{
	"label": 1, "ref": 1, "eqref": 1, "pageref": 1, "autoref": 1, "cref": 1, "Cref": 1, "nameref": 1, "vref": 1,
	"cite": 1, "citep": 1, "citet": 1, "citealp": 1, "citeauthor": 1, "citeyear": 1, "parencite": 1, "textcite": 1, "footcite": 1, "autocite": 1, "nocite": 1, "citealt": 1, "citeyearpar": 1,
	"includegraphics": 1, "usepackage": 1, "documentclass": 1, "RequirePackage": 1, "usetheme": 1, "usecolortheme": 1, "usetikzlibrary": 1,
	"bibliography": 1, "bibliographystyle": 1, "addbibresource": 1, "printbibliography": 0, "pagestyle": 1, "thispagestyle": 1, "pagenumbering": 1,
	"setlength": 2, "addtolength": 2, "setcounter": 2, "addtocounter": 2, "stepcounter": 1, "refstepcounter": 1, "newcounter": 1, "newlength": 1,
	"newtheorem": 2, "theoremstyle": 1, "hypersetup": 1, "geometry": 1, "definecolor": 3, "colorlet": 2, "color": 1, "textcolor": 1, "colorbox": 1, "pagecolor": 1,
	"vspace": 1, "hspace": 1, "vskip": 0, "hskip": 0, "input": 1, "include": 1, "includeonly": 1, "graphicspath": 1, "lstset": 1, "tikzset": 1, "pgfplotsset": 1,
	"hyphenation": 1, "index": 1, "glossary": 1, "markboth": 2, "markright": 1, "addcontentsline": 3, "cline": 1, "cmidrule": 1, "hline": 0, "toprule": 0, "midrule": 0, "bottomrule": 0,
	"centering": 0, "raggedright": 0, "raggedleft": 0, "noindent": 0, "indent": 0, "newpage": 0, "clearpage": 0, "cleardoublepage": 0, "pagebreak": 0, "tableofcontents": 0, "listoffigures": 0, "listoftables": 0,
	"appendix": 0, "small": 0, "footnotesize": 0, "scriptsize": 0, "tiny": 0, "large": 0, "Large": 0, "LARGE": 0, "huge": 0, "Huge": 0, "normalsize": 0,
	"bf": 0, "it": 0, "em": 0, "tt": 0, "rm": 0, "sf": 0, "sc": 0, "sl": 0, "bfseries": 0, "itshape": 0, "ttfamily": 0, "sffamily": 0, "rmfamily": 0, "scshape": 0, "upshape": 0, "mdseries": 0, "normalfont": 0, "selectfont": 0,
	"fontsize": 2, "fontfamily": 1, "fontencoding": 1, "footnotemark": 0, "rule": 2, "phantom": 1, "hphantom": 1, "vphantom": 1, "raisebox": 1, "rotatebox": 1, "resizebox": 2, "scalebox": 1, "parbox": 1, "let": 2, "makeatletter": 0, "makeatother": 0, "ensuremath": 0, "relax": 0, "protect": 0, "smallskip": 0, "medskip": 0, "bigskip": 0, "vfill": 0, "hfill": 0, "qed": 0, "qedhere": 0, "hrule": 0, "null": 0, "strut": 0, "pdfbookmark": 2, "hypertarget": 1, "hyperlink": 1, "hyperref": 0, "htmladdnormallink": 0, "endhead": 0, "endfirsthead": 0, "endfoot": 0, "endlastfoot": 0, "bibinfo": 1, "urlstyle": 1, "institute": 0, "affiliation": 0, "and": 0, "newsavebox": 1, "sbox": 2, "usebox": 1, "AtBeginDocument": 1, "AtEndDocument": 1, "setkeys": 2, "PassOptionsToPackage": 2, "newif": 1, "ifx": 2, "fi": 0, "else": 0, "iftrue": 0, "selectlanguage": 1, "frenchspacing": 0, "sloppy": 0, "onehalfspacing": 0, "doublespacing": 0, "singlespacing": 0, "linespread": 1, "phantomsection": 0, "columnbreak": 0, "pause": 0, "rowcolor": 1, "cellcolor": 1, "rowcolors": 3, "arraystretch": 0, "renewbibmacro": 2, "DeclareGraphicsExtensions": 1, "DeclareUnicodeCharacter": 2, "VerbatimFootnotes": 0, "setmainfont": 1, "setsansfont": 1, "setmonofont": 1, "setCJKmainfont": 1, "crefname": 3, "Crefname": 3, "numberwithin": 2, "allowdisplaybreaks": 0, "captionsetup": 1, "newcolumntype": 2, "setlist": 1, "titleformat": 5, "titlespacing": 4, "fancyhead": 1, "fancyfoot": 1, "fancyhf": 1, "lhead": 1, "rhead": 1, "chead": 1, "lfoot": 1, "rfoot": 1, "cfoot": 1,
}

// symbols are the commands of single characters.
var symbols = map[string]string{
	"LaTeX": "LaTeX", "TeX": "TeX", "LaTeXe": "LaTeX2e", "XeTeX": "XeTeX", "XeLaTeX": "XeLaTeX", "LuaTeX": "LuaTeX", "BibTeX": "BibTeX", "ldots": "…", "dots": "…", "textellipsis": "…",
	"textbackslash": `\`, "textasciitilde": "~", "textasciicircum": "^", "textbar": "|", "textless": "<", "textgreater": ">", "textunderscore": "_", "textdollar": "$",
	"textquotesingle": "'", "textquoteleft": "‘", "textquoteright": "’", "textquotedblleft": "“", "textquotedblright": "”", "textquotedbl": `"`, "guillemotleft": "«", "guillemotright": "»",
	"ss": "ß", "SS": "ẞ", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "o": "ø", "O": "Ø", "aa": "å", "AA": "Å", "l": "ł", "L": "Ł", "i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "dj": "đ", "DJ": "Đ", "ng": "ŋ",
	"copyright": "©", "textcopyright": "©", "textregistered": "®", "texttrademark": "™", "S": "§", "P": "¶", "dag": "†", "ddag": "‡", "pounds": "£", "textsterling": "£", "euro": "€", "texteuro": "€", "textdegree": "°", "degree": "°", "textmu": "µ", "textbullet": "•", "textperiodcentered": "·", "textendash": "–", "textemdash": "—", "textohm": "Ω", "textonehalf": "½", "textnumero": "№",
	"quad": " ", "qquad": " ", "space": " ", "enspace": " ", "thinspace": " ", "nobreakspace": " ", "slash": "/", "textvisiblespace": " ", "textperthousand": "‰", "lq": "‘", "rq": "’", "lbrack": "[", "rbrack": "]", "lbrace": "{", "rbrace": "}", "vert": "|", "textbraceleft": "{", "textbraceright": "}", "today": "",
}

// accents are the combining characters of the commands that put them on a letter.
var accents = map[string]string{
	"`": "\u0300", "'": "\u0301", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307", `"`: "\u0308",
	"u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323", "b": "\u0331", "t": "\u0361",
}
