// Package language names the language of a text and keeps the languages that are
// wanted.
//
// Writing systems decide first: most scripts have one language, Han and kana tell
// Chinese from Japanese. Latin, Cyrillic, Arabic and Devanagari letters are
// scored by a model of the letters within words, embedded in the program (0.6 MB)
// and unpacked once. The score of a language is a share of the text: of the
// sampled windows, weighted by their letters, that look like it. A page that is
// half English and half German scores about 0.5 for each.
//
// The n-gram model is derived from the frequency tables of lingua-go 1.4.0
// (https://github.com/pemistahl/lingua-go, Apache License 2.0, Copyright
// 2021-present Peter M. Stahl): its n-grams of one to three letters, pruned and
// quantised by the program in train.
//
// This package owns lingua-go itself too, as an arbiter of short texts that is off
// by default: on labelled sentences the model alone is right more often
// (bench/lang). It adds 130 MB to a program; the build tag slim leaves it out.
package language
