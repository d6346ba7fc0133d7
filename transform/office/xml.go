package office

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// Longest single tag and longest single run of text: encoding/xml holds either
// in memory as a whole, and attributes at many times their size.
const (
	maxTagBytes  = 1 << 20
	maxTextBytes = 16 << 20
)

// tokenGuard fails before a single token outgrows memory.
type tokenGuard struct {
	r     io.Reader
	inTag bool
	run   int
}

// Read passes bytes on while the lengths between "<" and ">" stay bounded.
func (g *tokenGuard) Read(p []byte) (int, error) {
	n, err := g.r.Read(p)
	for b := p[:n]; len(b) > 0; {
		mark, limit := byte('<'), maxTextBytes
		if g.inTag {
			mark, limit = '>', maxTagBytes
		}
		i := bytes.IndexByte(b, mark)
		if i < 0 {
			if g.run += len(b); g.run > limit {
				return 0, fmt.Errorf("%w: an XML token is longer than %d bytes", ErrLimit, limit)
			}
			break
		}
		if g.run += i; g.run > limit {
			return 0, fmt.Errorf("%w: an XML token is longer than %d bytes", ErrLimit, limit)
		}
		b, g.run, g.inTag = b[i+1:], 0, !g.inTag
	}
	return n, err
}

// handler takes the events of a part. text is only valid during the call.
type handler interface {
	// start says whether the element's content is wanted.
	start(xml.StartElement) (enter bool)
	end(xml.Name)
	text([]byte) error
}

// walk gives the events of an XML part to h. Of document types nothing is loaded from
// outside, and no entity is expanded but those of XML and of HTML, and those that the
// part itself declares. Other references, a bare & and end tags in the wrong place are
// taken as browsers do: many parts are made by hand.
func (a *archive) walk(part string, h handler) error {
	r, err := a.open(part)
	if err != nil {
		return err
	}
	defer r.Close()
	d := xml.NewDecoder(&tokenGuard{r: plainXML(r)})
	d.Strict, d.Entity = false, xml.HTMLEntity
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // a second declaration
	var own entities
	depth, skip := 0, 0 // skip: depth of the element being passed over
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return wrapFormat(part, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth > a.limits.Depth {
				return fmt.Errorf("%w: part %q nests deeper than %d elements", ErrLimit, part, a.limits.Depth)
			}
			if skip > 0 {
				break
			}
			if err := own.expandAttrs(t.Attr); err != nil {
				return wrapFormat(part, err)
			}
			if !h.start(t) {
				skip = depth
			}
		case xml.EndElement:
			if skip == 0 {
				h.end(t.Name)
			} else if skip == depth {
				skip = 0
			}
			depth--
		case xml.CharData:
			if skip > 0 {
				break
			}
			if own.values != nil {
				s, err := own.expand(string(t))
				if err != nil {
					return wrapFormat(part, err)
				}
				t = xml.CharData(s)
			}
			if err := h.text(t); err != nil {
				return err
			}
		case xml.Directive:
			own.declare(d, string(t))
		}
	}
}

// attr returns the value of an attribute by its local name.
func attr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}
