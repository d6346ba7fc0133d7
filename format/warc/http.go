package warc

// Response is the HTTP response inside a record. All of it is valid until the
// next call of [Reader.Next], its strings for ever.
type Response struct {
	// Status is the HTTP code, such as 200.
	Status int
	// Reason is the text after the code, such as "OK".
	Reason string
	// Header holds the HTTP header lines.
	Header Header
	// MediaType is the media type of Content-Type in lower case, such as
	// "text/html", or "".
	MediaType string
	// Charset is the charset parameter of Content-Type in lower case, or "".
	Charset string
	// Body is the body with chunks joined and content encodings undone.
	Body []byte
	// Partial tells that the body broke off or was damaged: Body holds what
	// could be decoded.
	Partial bool
}

// HTTP parses the block of a response record and decodes its body.
func (r *Record) HTTP() (*Response, error) { return nil, ErrNotHTTP }
