package format

import (
	"bytes"
	"strconv"
	"strings"
)

// signatureBytes is how much of a file tells its format: a block of a tar archive.
const signatureBytes = tarBlock

// signature is what files of a format have at their start.
type signature struct{ name, magic string }

// compressions are the formats of one compressed stream. Those that Decompress does
// not read are there to be refused by name.
var compressions = [...]signature{
	{"gzip", "\x1f\x8b"},
	{"zstd", zstdMagic},
	{"xz", "\xfd7zXZ\x00"},
	{"LZ4", "\x04\x22\x4d\x18"}, {"LZ4 (legacy)", "\x02\x21\x4c\x18"},
	{"lzip", "LZIP\x01"}, {"LZMA", "\x5d\x00\x00"}, {"lzop", "\x89LZO\x00\r\n\x1a\n"},
	{"compress (.Z)", "\x1f\x9d"}, {"Snappy", "\xff\x06\x00\x00sNaPpY"},
}

// containers are formats of many files or of tables, none of them a stream of text.
var containers = [...]signature{
	{"a zip archive", localMark}, {"a zip archive", "PK\x05\x06"}, {"a zip archive", "PK\x07\x08"},
	{"a 7z archive", "7z\xbc\xaf\x27\x1c"}, {"a RAR archive", "Rar!\x1a\x07"}, {"an ar archive", "!<arch>\n"},
	{"a Parquet file", "PAR1"}, {"an encrypted Parquet file", "PARE"},
	{"an Arrow file", "ARROW1\x00\x00"}, {"an Arrow stream", "\xff\xff\xff\xff"}, {"a Feather file", "FEA1"},
	{"an Avro file", "Obj\x01"}, {"an SQLite database", "SQLite format 3\x00"},
	{"an HDF5 file", "\x89HDF\r\n\x1a\n"}, {"a NumPy array", "\x93NUMPY"},
}

// compression names the compression of a stream by its first bytes, "" for none.
func compression(head []byte) string {
	switch {
	case isSkippable(head):
		return "zstd"
	case isBzip2(head):
		return "bzip2"
	}
	return named(compressions[:], head)
}

// isBzip2 looks behind the magic, which is text, for the mark of a block or of the end.
func isBzip2(head []byte) bool {
	return len(head) >= 10 && string(head[:3]) == "BZh" && '1' <= head[3] && head[3] <= '9' &&
		(string(head[4:10]) == "1AY&SY" || string(head[4:10]) == "\x17rE8P\x90")
}

// Container names what a file is by its first bytes where it is no stream of text
// but an archive, a table or compressed data: "a tar archive", "a Parquet file". It
// is "" for all others.
func Container(head []byte) string {
	if isTar(head) {
		return "a tar archive"
	}
	if name := compression(head); name != "" {
		return name + "-compressed data"
	}
	return named(containers[:], head)
}

func named(list []signature, head []byte) string {
	for _, s := range list {
		if len(head) >= len(s.magic) && string(head[:len(s.magic)]) == s.magic {
			return s.name
		}
	}
	return ""
}

// The header of a tar archive, in all its dialects, holds its own checksum.
const (
	tarBlock    = 512
	tarSumStart = 148
	tarSumEnd   = 156
)

func isTar(head []byte) bool {
	if len(head) < tarBlock {
		return false
	}
	digits := strings.Trim(string(head[tarSumStart:tarSumEnd]), " \x00")
	want, err := strconv.ParseInt(digits, 8, 32)
	if err != nil || bytes.IndexByte(head[:tarBlock], 0) < 0 {
		return false
	}
	sum := int64(8 * ' ') // the checksum counts as blanks
	for i, c := range head[:tarBlock] {
		if i < tarSumStart || i >= tarSumEnd {
			sum += int64(c)
		}
	}
	return sum == want
}
