// Package language names the language of a text and keeps the languages that are
// wanted.
//
// Writing systems decide first: most scripts have one language, Han and kana tell
// Chinese from Japanese. Latin, Cyrillic, Arabic and Devanagari letters are
// scored by a model of the letters within words, embedded in the program and
// unpacked once. The score of a language is a share of the text: of the sampled
// windows, weighted by their letters, that look like it. A page that is half
// English and half German scores about 0.5 for each. The letters of URLs and mail
// addresses count for no language; a fastText model reads them, as it does in
// other programs. The mode of lines names the
// language of each line instead, and zh_variants tells simplified, traditional and
// Cantonese texts apart.
//
// The model is linear: a weight for each n-gram of one to six letters and word
// borders in each language of its script. The program in train learns it from
// random words: those that the frequency tables of lingua-go 1.4.0 describe
// (https://github.com/pemistahl/lingua-go, Apache License 2.0, Copyright
// 2021-present Peter M. Stahl), the word frequencies of wordfreq
// (https://github.com/rspeer/wordfreq, data under CC BY-SA 4.0), and words counted
// in the translated manuals and messages of free software (GNOME, LibreOffice,
// MediaWiki, WordPress). No text of them is in it.
//
// This package owns lingua-go itself too, as an arbiter of short texts that is off
// by default (bench/lang). It adds 130 MB to a program; the build tag slim leaves
// it out.
package language
