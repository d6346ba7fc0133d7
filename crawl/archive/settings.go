package archive

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

// Settings of an archive.
type Settings struct {
	// Prefix begins the names of files: letters, digits, "-" and "_". Default "crawl".
	Prefix string
	// MaxBytes is the size from which a file is published and the next begun; the group that
	// reaches it is still its own. Default 1,000,000,000.
	MaxBytes int64
	// Info are the lines of the warcinfo record that opens each file, such as software,
	// http-header-user-agent, robots, and the crawl's settings. "format" and "conformsTo" are
	// added.
	Info []warc.Field
	// Level is the effort of gzip, 1 to 9. Default 6.
	Level int
	// Now gives the time that files are named by. Default: the clock.
	Now func() time.Time
}

const (
	defaultMaxBytes = 1_000_000_000
	// maxMessage is the largest request or response that is taken.
	maxMessage = 1 << 30
	indexBytes = 32 << 20 // memory of the index of the open file
)

func (s *Settings) fill() error {
	if s.Prefix == "" {
		s.Prefix = "crawl"
	}
	if strings.Trim(s.Prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") != "" {
		return fmt.Errorf("prefix %q: letters, digits, - and _ only", s.Prefix)
	}
	if s.MaxBytes <= 0 {
		s.MaxBytes = defaultMaxBytes
	}
	if s.Level < 0 || s.Level > 9 {
		return fmt.Errorf("gzip level %d is not in 1 to 9", s.Level)
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	return nil
}

// Page is what is appended: a page with all that is known of its fetch.
type Page struct {
	// Exchange is the request and its response.
	Exchange *wire.Exchange
	// Metadata are lines about the fetch, such as via, hopsFromSeed, or signals of consent.
	// Names of the archive's own lines (see [Archive.Append]) are not allowed.
	Metadata []warc.Field
	// Revisit tells that the response is an earlier one again; nil stores a response.
	Revisit *Revisit
	// PayloadType is the media type that was found by looking at the body, or "".
	PayloadType string
}

// The profiles of a [Revisit] (WARC 1.1 section 6.7).
const (
	// ProfileIdentical is a response with the payload of an earlier one: its head is stored.
	ProfileIdentical = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
	// ProfileNotModified is an answer 304 to a conditional request.
	ProfileNotModified = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
)

// Revisit names the record whose payload a response has.
type Revisit struct {
	// Profile is [ProfileIdentical] or [ProfileNotModified].
	Profile string
	// ID, URI and Date are those of the earlier record; URI and Date must be given.
	ID, URI string
	Date    time.Time
	// Digest is its WARC-Payload-Digest; of an identical payload it must be given.
	Digest string
}

func (r *Revisit) check() error {
	switch {
	case r.Profile != ProfileIdentical && r.Profile != ProfileNotModified:
		return fmt.Errorf("revisit: unknown profile %q", r.Profile)
	case r.URI == "" || r.Date.IsZero():
		return errors.New("revisit: URI and date of the earlier record are missing")
	case r.Profile == ProfileIdentical && r.Digest == "":
		return errors.New("revisit: the digest of the payload is missing")
	}
	return nil
}

// Location is where a page stands.
type Location struct {
	// File is the name of the file, once it is whole.
	File string
	// Offset and Length are the bytes of the response or revisit record in it.
	Offset, Length int64
	// ID is the record's, Digest its WARC-Payload-Digest and Date its WARC-Date: what a later
	// [Revisit] names.
	ID, Digest string
	Date       time.Time
	// End is the position behind the page.
	End Position
}

// Entry is a page as it was appended, with where it stands. Of a revisit of an identical
// payload the response is its head.
type Entry struct {
	Page
	Location
}

// Position is a place between two pages. The zero Position is before the first.
type Position struct {
	// File is the name of a file, once it is whole; Offset is a place in it.
	File   string
	Offset int64
}

// String is "FILE:OFFSET", "" before the first page.
func (p Position) String() string {
	if p == (Position{}) {
		return ""
	}
	return fmt.Sprintf("%s:%d", p.File, p.Offset)
}

// ParsePosition reads what [Position.String] wrote.
func ParsePosition(s string) (Position, error) {
	if s == "" {
		return Position{}, nil
	}
	i := strings.LastIndexByte(s, ':')
	if i > 0 {
		if _, ok := serial(s[:i]); ok {
			var p Position
			p.File = s[:i]
			if _, err := fmt.Sscanf(s[i+1:], "%d", &p.Offset); err == nil && p.Offset >= 0 && p.String() == s {
				return p, nil
			}
		}
	}
	return Position{}, fmt.Errorf("archive position %q: want FILE:OFFSET", s)
}
