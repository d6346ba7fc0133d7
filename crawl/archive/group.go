package archive

import (
	"bytes"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/crawl/wire"
	"github.com/corpusmill/corpusmill/format/warc"
)

// The archive's own lines in a metadata record.
const (
	lineStarted   = "fetchStarted"
	lineFirstByte = "firstByteMs"
	lineTime      = "fetchTimeMs"
	lineRemote    = "remote"
	lineInterim   = "interimStatus"
)

// ownLines are the names that [Page.Metadata] must not have.
var ownLines = []string{lineStarted, lineFirstByte, lineTime, lineRemote, lineInterim}

// maxLines is the number of lines that [Page.Metadata] may have: readers keep no more than
// a few of them.
const maxLines = 500

const (
	contentRequest  = "application/http; msgtype=request"
	contentResponse = "application/http; msgtype=response"
	contentFields   = "application/warc-fields"
)

// packer makes the records of a page. One goroutine at a time uses it.
type packer struct {
	out bytes.Buffer
	w   *warc.Writer
	at  int64 // of w where the group begins
}

func newPacker(level int) *packer {
	p := &packer{}
	p.w = warc.NewWriter(&p.out, warc.WriterOptions{Level: level})
	return p
}

// group is the records of a page, packed, and what the index says of them. Offset counts
// from its beginning.
type group struct {
	data  []byte
	at    Location // of the main record
	entry indexEntry
}

// pack makes the records of a page; data is valid until the next call.
func (p *packer) pack(page *Page) (group, error) {
	p.out.Reset()
	x := page.Exchange
	main, block, err := mainRecord(page)
	if err != nil {
		return group{}, err
	}
	g := group{entry: newIndexEntry(page, &main), at: Location{ID: main.ID, Date: main.Date.UTC().Truncate(time.Second)}}
	g.at.Digest = g.entry.Digest
	start := p.at
	write := func(h warc.RecordHeader, block []byte) (offset, length int64) {
		if err == nil {
			offset, length, err = p.w.WriteRecord(h, block)
			p.at = offset + length
		}
		return offset - start, length
	}
	write(sideRecord(page, &main, warc.TypeRequest, contentRequest, x.Request), x.Request)
	g.at.Offset, g.at.Length = write(main, block)
	about, errAbout := metadata(page)
	if err == nil {
		err = errAbout
	}
	write(sideRecord(page, &main, warc.TypeMetadata, contentFields, about), about)
	if err != nil {
		return group{}, err
	}
	g.data = p.out.Bytes()
	return g, nil
}

// mainRecord is the response or revisit record of a page.
func mainRecord(page *Page) (warc.RecordHeader, []byte, error) {
	x := page.Exchange
	if len(x.Response) > maxMessage || len(x.Request) > maxMessage {
		return warc.RecordHeader{}, nil, fmt.Errorf("%s: a message of %d bytes is over %d", x.URL, max(len(x.Response), len(x.Request)), maxMessage)
	}
	h := warc.RecordHeader{Type: warc.TypeResponse, TargetURI: x.URL, Date: x.Started, ContentType: contentResponse,
		PayloadType: page.PayloadType}
	add := func(name, value string) {
		if value != "" {
			h.Extra = append(h.Extra, warc.Field{Name: name, Value: value})
		}
	}
	block, digest := x.Response, warc.Digest(x.Payload())
	if r := page.Revisit; r != nil {
		if err := r.check(); err != nil {
			return h, nil, fmt.Errorf("%s: %w", x.URL, err)
		}
		h.Type, h.PayloadType = warc.TypeRevisit, ""
		block, digest = x.Response[:x.HeadLen], r.Digest
		add("WARC-Profile", r.Profile)
		if r.ID != "" {
			add("WARC-Refers-To", "<"+r.ID+">")
		}
		add("WARC-Refers-To-Target-URI", r.URI)
		add("WARC-Refers-To-Date", r.Date.UTC().Format(time.RFC3339))
	}
	add("WARC-Payload-Digest", digest)
	blockDigest := warc.Digest(block)
	add("WARC-Block-Digest", blockDigest)
	if x.Remote.IsValid() {
		add("WARC-IP-Address", x.Remote.Addr().String())
	}
	add("WARC-Protocol", x.Protocol)
	add("WARC-Protocol", x.TLS)
	add("WARC-Cipher-Suite", x.Cipher)
	add("WARC-Truncated", x.Truncated)
	h.ID = recordID(h.Type, x, blockDigest)
	return h, block, nil
}

// recordID is made of the digest of what the record holds and of the fetch's time to the
// nanosecond: two fetches of the same page in one second have two.
func recordID(kind string, x *wire.Exchange, digest string) string {
	return warc.RecordID(kind, x.URL+" "+x.Started.UTC().Format(time.RFC3339Nano), x.Started, []byte(digest))
}

// sideRecord is a record beside the main one.
func sideRecord(page *Page, main *warc.RecordHeader, kind, content string, block []byte) warc.RecordHeader {
	digest := warc.Digest(block)
	return warc.RecordHeader{Type: kind, ID: recordID(kind, page.Exchange, digest), TargetURI: main.TargetURI, Date: main.Date, ContentType: content,
		Extra: []warc.Field{{Name: "WARC-Concurrent-To", Value: "<" + main.ID + ">"}, {Name: "WARC-Block-Digest", Value: digest}}}
}

// metadata is the block of the metadata record: the archive's lines, then the page's.
func metadata(page *Page) ([]byte, error) {
	x := page.Exchange
	var b bytes.Buffer
	line := func(name, value string) { b.WriteString(name + ": " + value + "\r\n") }
	line(lineStarted, x.Started.UTC().Format(time.RFC3339Nano))
	line(lineFirstByte, strconv.FormatInt(x.FirstByte.Sub(x.Started).Milliseconds(), 10))
	line(lineTime, strconv.FormatInt(x.Ended.Sub(x.Started).Milliseconds(), 10))
	if x.Remote.IsValid() {
		line(lineRemote, x.Remote.String())
	}
	for head := range bytes.SplitSeq(x.Interim, []byte("\r\n\r\n")) {
		if status, _, _, err := warc.ParseHead(head); err == nil {
			line(lineInterim, strconv.Itoa(status))
		}
	}
	if len(page.Metadata) > maxLines {
		return nil, fmt.Errorf("%s: metadata of %d lines, the most is %d", x.URL, len(page.Metadata), maxLines)
	}
	for _, f := range page.Metadata {
		if err := warc.CheckField(f); err != nil {
			return nil, fmt.Errorf("%s: metadata: %w", x.URL, err)
		}
		if isOwn(f.Name) {
			return nil, fmt.Errorf("%s: metadata: the line %s is the archive's own", x.URL, f.Name)
		}
		if f.Value != strings.TrimSpace(f.Value) {
			return nil, fmt.Errorf("%s: metadata: white space around the value of %s would be lost", x.URL, f.Name)
		}
		line(f.Name, f.Value)
	}
	return b.Bytes(), nil
}

func isOwn(name string) bool {
	for _, own := range ownLines {
		if strings.EqualFold(own, name) {
			return true
		}
	}
	return false
}

// unpacking puts the records of a page together again.
type unpacking struct {
	request []byte
	page    Page
	main    warc.RecordHeader
	at      member // of the main record
}

// add takes the next record of a file, and tells whether it ended a group. What is kept of the
// record is copied.
func (u *unpacking) add(rec *warc.Record, at member) (done bool, err error) {
	switch {
	case rec.Type == warc.TypeRequest && u.request == nil:
		u.request = append([]byte{}, rec.Block...)
		return false, nil
	case (rec.Type == warc.TypeResponse || rec.Type == warc.TypeRevisit) && u.request != nil && u.page.Exchange == nil:
		u.at = at
		return false, u.addMain(rec)
	case rec.Type == warc.TypeMetadata && u.page.Exchange != nil:
		return true, u.addMetadata(rec.Block)
	}
	return false, fmt.Errorf("a record of type %q stands where none is expected", rec.Type)
}

func (u *unpacking) addMain(rec *warc.Record) error {
	x, err := wire.Recorded(rec.TargetURI, u.request, append([]byte{}, rec.Block...))
	if err != nil {
		return err
	}
	u.page = Page{Exchange: x}
	u.page.PayloadType = rec.Header.Get("WARC-Identified-Payload-Type")
	u.main = warc.RecordHeader{Type: rec.Type, ID: rec.ID, Date: rec.Date,
		Extra: []warc.Field{{Name: "WARC-Payload-Digest", Value: rec.Header.Get("WARC-Payload-Digest")}}}
	x.Truncated, x.Cipher = rec.Header.Get("WARC-Truncated"), rec.Header.Get("WARC-Cipher-Suite")
	for _, f := range rec.Header {
		if strings.EqualFold(f.Name, "WARC-Protocol") && strings.HasPrefix(f.Value, "tls/") {
			x.TLS = f.Value
		}
	}
	if rec.Type == warc.TypeRevisit {
		r := &Revisit{Profile: rec.Header.Get("WARC-Profile"), ID: strings.Trim(rec.Header.Get("WARC-Refers-To"), "<>"),
			URI: rec.Header.Get("WARC-Refers-To-Target-URI"), Digest: rec.Header.Get("WARC-Payload-Digest")}
		r.Date, err = time.Parse(time.RFC3339, rec.Header.Get("WARC-Refers-To-Date"))
		u.page.Revisit = r
	}
	return err
}

func (u *unpacking) addMetadata(block []byte) error {
	x := u.page.Exchange
	var first, total int64
	var err error
	for _, f := range warc.ParseFields(block) {
		var failed error
		switch f.Name {
		case lineStarted:
			x.Started, failed = time.Parse(time.RFC3339Nano, f.Value)
		case lineFirstByte:
			first, failed = strconv.ParseInt(f.Value, 10, 64)
		case lineTime:
			total, failed = strconv.ParseInt(f.Value, 10, 64)
		case lineRemote:
			x.Remote, failed = netip.ParseAddrPort(f.Value)
		case lineInterim:
		default:
			u.page.Metadata = append(u.page.Metadata, f)
		}
		if failed != nil && err == nil {
			err = fmt.Errorf("%s: metadata: %w", x.URL, failed)
		}
	}
	x.FirstByte = x.Started.Add(time.Duration(first) * time.Millisecond)
	x.Ended = x.Started.Add(time.Duration(total) * time.Millisecond)
	return err
}
