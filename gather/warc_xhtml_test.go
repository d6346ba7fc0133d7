package gather_test

import "testing"

// TestDeclaredXHTML: a page is XHTML where the server says so, and text/html takes it.
func TestDeclaredXHTML(t *testing.T) {
	const page = `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><body><div/>a page</body></html>`
	for _, c := range []struct{ identified, declared, body, want string }{
		{"", "application/xhtml+xml", page, "application/xhtml+xml"},
		{"", "Application/XHTML+XML; charset=utf-8", page, "application/xhtml+xml"},
		{"text/html", "application/xhtml+xml", page, "application/xhtml+xml"},
		{"application/xhtml+xml", "text/html", page, "text/html"},
		{"application/xhtml+xml", "", page, "text/html"},
		{"", "text/html", page, "text/html"},
		{"", "application/xml", page, ""},
		{"", "application/xhtml+xml", "%PDF-1.4\n", ""},
	} {
		var recordLines, httpLines string
		if c.identified != "" {
			recordLines = "WARC-Identified-Payload-Type: " + c.identified + "\r\n"
		}
		if c.declared != "" {
			httpLines = "Content-Type: " + c.declared + "\r\n"
		}
		feed, got := read(t, typed(recordLines, httpLines, c.body)), ""
		if len(feed.Documents) == 1 {
			got = feed.Documents[0].Media
		}
		if got != c.want {
			t.Errorf("identified %q, declared %q: %q, want %q", c.identified, c.declared, got, c.want)
		}
	}
}
