package warc

// Decoder decodes HTTP responses that stand in no record yet, just as [Record.HTTP] will
// when they do. The zero value is ready; it is not safe for concurrent use.
type Decoder struct{ scratch scratch }

// HTTP is [Record.HTTP] of a record with that block, for bodies of at most maxBody bytes,
// decoded; 0 means [DefaultMaxBodyBytes]. The Response is valid until the next call, its Body
// for ever; it may share memory with message.
func (d *Decoder) HTTP(message []byte, maxBody int64) (*Response, error) {
	if maxBody <= 0 {
		maxBody = DefaultMaxBodyBytes
	}
	d.scratch.maxBody = int(min(maxBody, 1<<40))
	d.scratch.bodies = [2][]byte{} // those of the message before are its caller's
	r := Record{Block: message, scratch: &d.scratch}
	return r.HTTP()
}

// ParseHead parses status line and header lines of an HTTP response as [Record.HTTP] does:
// head ends before or behind the empty line. The error is [ErrNotHTTP].
func ParseHead(head []byte) (status int, reason string, h Header, err error) {
	status, reason, fields, ok := statusLine(string(head))
	if !ok {
		return 0, "", nil, ErrNotHTTP
	}
	return status, reason, parseFields(nil, fields), nil
}

// ParseFields parses lines such as those of a block of type application/warc-fields, in
// their order: the first 1,000.
func ParseFields(block []byte) Header { return parseFields(nil, string(block)) }
