// Package purify decides which documents are worth training on.
//
// The quality rules are threshold rules over values that are cheap to measure:
// GopherRepetition, GopherQuality and FineWebQuality for texts whose words are
// separated, ChineseQuality for Chinese. C4Quality edits: it drops lines and may
// drop the document. Each is a plain struct whose zero value has the limits of
// its source:
//
//	verdict := purify.GopherQuality{}.Keep(doc)
//
// Several implementations of one rule are in use that decide differently. A
// dialect is a named set of definitions (what a line is, which copies count,
// what a share is a share of, the order of the tests) that reproduces one of
// them.
//
// All rules read the words of a document through corpus.Document.View, so that
// they are split and hashed once however many rules run. Lengths are code
// points, never bytes. Words, lines and n-grams are compared by 64-bit hashes:
// two different ones that collide count as equal, once in about 10^19/n^2
// documents of n words.
package purify
