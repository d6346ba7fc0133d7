// Package warc reads and writes WARC files (ISO 28500, versions 0.17 to 1.1),
// the containers of web crawls, and reads ARC files (versions 1 and 2), which came
// before them.
//
// [Reader] streams over every storage form met in crawls, told apart by magic
// bytes and never by name: one gzip member a record (Common Crawl), one gzip
// member for the whole file, zstd with one frame a record or one for all, and
// plain text. A bad record costs that record, not the file: Next reports a
// [RecordError], with what is lost, and goes on behind it. Memory is bounded by a
// small multiple of the limits in [Options] plus 40 MiB, and work by the size of the
// input, whatever the input says.
//
// LZ4 is not read.
//
// [Writer] writes deterministic bytes: the same records give the same file.
//
// The layout follows the IIPC's text of the WARC 1.1 standard; the tolerance
// (LF line ends, <> around URIs, wrong lengths, wrong chunk headers) follows
// files of real crawlers collected by the warcio and resiliparse projects.
package warc
