package gather

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/format"
	"github.com/corpusmill/corpusmill/format/warc"
)

// pageOf turns a record into a document of one of the media types, or says why it is
// none; note names what is lost of one. An answer has one of the statuses, where any are
// given. The text of a conversion is always one. Fields are those of a response's header
// that it is to have.
func pageOf(rec *warc.Record, media []string, status []int, fields []string) (d *corpus.Document, note, skip string, err error) {
	d = &corpus.Document{URL: rec.TargetURI, Origin: corpus.Origin{Record: rec.Number, Offset: rec.Offset}}
	if !rec.Date.IsZero() {
		d.FetchedAt = rec.Date.UTC().Format(time.RFC3339)
	}
	body := rec.Block
	declared, _ := warc.MediaType(rec.ContentType())
	switch rec.Type {
	case warc.TypeConversion:
		if d.Media, d.Charset = conversionType(rec); d.Media == format.MediaText {
			d.Raw = bytes.Clone(body)
			return d, note, "", nil
		}
	case warc.TypeResponse, warc.TypeResource:
		resp, err := rec.HTTP()
		switch {
		case errors.Is(err, warc.ErrNotHTTP):
			var resp *warc.Response
			if resp, err = rec.Payload(); err != nil {
				return nil, "", "", err
			}
			body, note = resp.Body, flaw(resp)
			d.Media, d.Charset = blockType(rec, body)
			if rec.Type == warc.TypeResponse && !slices.Contains(media, d.Media) {
				return nil, "", "not HTTP", nil
			}
		case err != nil:
			return nil, "", "", err
		case len(status) > 0 && !slices.Contains(status, resp.Status):
			return nil, "", "HTTP status", nil
		default:
			body, declared, note = resp.Body, resp.MediaType, flaw(resp)
			d.Media, d.Charset = payloadType(rec, resp)
			d.Header = appendFields("", resp.Header, fields, "")
		}
	default:
		return nil, "", "record type " + known(rec.Type), nil
	}
	switch {
	case len(body) == 0:
		return nil, "", "empty body", nil
	case !slices.Contains(media, d.Media):
		return nil, "", "media type", nil
	}
	if d.Media == format.MediaHTML && declared == format.MediaXHTML { // a crawler takes either for the other
		d.Media = format.MediaXHTML
	}
	d.Raw = bytes.Clone(body)
	return d, note, "", nil
}

// flaw names what is wrong with a body that is used all the same, "" if nothing.
func flaw(resp *warc.Response) string {
	switch {
	case resp.Partial:
		return "body truncated"
	case resp.BadChecksum:
		return "body checksum"
	}
	return ""
}

// known keeps the skip reasons few, whatever an archive writes.
func known(recordType string) string {
	switch recordType {
	case warc.TypeWarcinfo, warc.TypeRequest, warc.TypeMetadata, warc.TypeRevisit, warc.TypeContinuation:
		return recordType
	}
	return "other"
}

// payloadType decides the media type of a response's body: what the crawler found in
// the payload, then what the server said, then a look at the bytes. The charset is the
// server's, else the crawler's.
func payloadType(rec *warc.Record, resp *warc.Response) (media, charset string) {
	identified, charset := rec.PayloadType()
	charset = cmp.Or(resp.Charset, charset)
	if meansPage(resp.MediaType) && !isMediaFile(identified) && format.Sniff(resp.Body) == format.MediaHTML {
		return format.MediaHTML, charset // detectors take pages for XML, programs and mail
	}
	for _, m := range [...]string{identified, resp.MediaType} {
		if !vague(m) {
			return mediaOf(m, resp.Body), charset
		}
	}
	if media = mediaOf(resp.MediaType, resp.Body); media == format.MediaText && resp.MediaType == "" &&
		strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html") {
		media = format.MediaHTML // text that a header means to be a page, however it is written
	}
	return media, charset
}

// blockType decides the media type of a block that is the payload itself: what the
// crawler found in it, then the record's own type, then the bytes. One that is said to
// be HTTP and has no header is told by its bytes.
func blockType(rec *warc.Record, block []byte) (media, charset string) {
	said, charset := warc.MediaType(rec.ContentType())
	if said == "application/http" {
		said = ""
	}
	identified, found := rec.PayloadType()
	if meansPage(said) && !isMediaFile(identified) && format.Sniff(block) == format.MediaHTML {
		return format.MediaHTML, cmp.Or(charset, found)
	}
	if !vague(identified) {
		said = identified
	}
	return mediaOf(said, block), cmp.Or(charset, found)
}

// conversionType is the media type of a conversion. Text is text in UTF-8, as in WET
// files, whatever it looks like; without a type the bytes tell.
func conversionType(rec *warc.Record) (media, charset string) {
	media, charset = warc.MediaType(rec.ContentType())
	if !strings.HasPrefix(media, "text/") || media == format.MediaHTML {
		media = mediaOf(media, rec.Block)
	}
	if strings.HasPrefix(media, "text/") && media != format.MediaHTML || len(rec.Block) == 0 {
		return format.MediaText, cmp.Or(charset, "utf-8")
	}
	return media, charset
}

// vague tells a type that leaves open what the payload is.
func vague(media string) bool {
	return media == "" || media == format.MediaText || strings.HasSuffix(media, "/octet-stream")
}

// meansPage tells a type that stands for a page: HTML and XHTML, however servers write
// them, and those that they give to what makes pages.
func meansPage(media string) bool {
	switch media {
	case "httpd/unix-directory", "text/htm", "application/htm", "application/x-httpd-php", "application/x-php", "text/x-php", "text/php", "text/asp", "application/x-asp":
		return true
	}
	return strings.Contains(media, "html")
}

// isMediaFile tells a type whose files a detector knows by their bytes for sure.
func isMediaFile(media string) bool {
	kind, _, _ := strings.Cut(media, "/")
	return kind == "image" || kind == "audio" || kind == "video" || kind == "font"
}

// mediaOf is the media type of a payload that is said to be of one: a type that leaves
// it open is decided by the bytes, and a document that is said to be a page is known by
// them too.
func mediaOf(said string, body []byte) string {
	switch {
	case said == format.MediaHTML, said == format.MediaXHTML:
		if m := format.Media(body); strings.HasPrefix(m, "application/") {
			return m
		}
		return format.MediaHTML
	case said == format.MediaText:
		return format.Media(body)
	case meansPage(said):
		if format.Sniff(body) == format.MediaHTML {
			return format.MediaHTML
		}
	case vague(said):
		return format.Sniff(body)
	}
	return said
}
