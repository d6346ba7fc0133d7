// Package archive keeps what a crawl fetched as WARC 1.1 files in a folder, and is the log of
// the crawl: a page is done when its records stand there.
//
// All records of a page go into the open file in one write, a gzip member each: request,
// response (or revisit) and metadata, the last of which ends the group. A process that is
// killed leaves whole groups and at most one torn one, which [Open] cuts off. What was
// appended can be read again from any [Position] on ([Archive.Since]), so that whatever is
// derived from the archive can be made again.
//
// The folder:
//
//	PREFIX-20261129154150-00001.warc.gz        whole: never changed again
//	PREFIX-20261129154150-00001.cdxj           its index, sorted by SURT key and time
//	PREFIX-20261129155911-00002.warc.gz.open   being written
//	SHA256SUMS                                 digests of all whole files
//	.lock                                      held by the process that writes
package archive
