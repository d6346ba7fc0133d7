// Package segment is the intermediate files of a run: what a pass leaves for the
// next.
//
// A segment is the committed product of one shard: its documents, an index that
// grouping reads in place of them, and for each grouping stage the sorted keys and
// the sketches of its documents. A group task leaves edges, a resolve task edits.
//
// Every file but that of edits is a sequence of blocks with a checksum each, a table
// of them at its end and a count of its records ([Writer]); whoever reads a block, of
// the whole file or of a range, checks it. A file of edits is read in ranges that the
// commit names with their digests.
package segment
