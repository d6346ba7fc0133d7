package robots

// Access is what an answer to the request for a robots.txt means (RFC 9309 section 2.3.1).
type Access uint8

const (
	// Rules is a file that was read: its rules hold.
	Rules Access = iota
	// Unrestricted is a site without a file: everything may be asked for.
	Unrestricted
	// Unreachable is a site that did not say: nothing may be asked for.
	Unreachable
)

// String names the access.
func (a Access) String() string {
	switch a {
	case Unrestricted:
		return "unrestricted"
	case Unreachable:
		return "unreachable"
	}
	return "rules"
}

// MaxRedirects is how many redirects are followed to a robots.txt.
const MaxRedirects = 5

// Verdict says what an answer with that status means, after at most MaxRedirects
// redirects: 2xx is a file, 3xx and 4xx are none; 429, 5xx, every other status and an
// error are a site that did not say. The RFC allows to take a site that does not say for
// 30 days for one without a file; here that never happens.
func Verdict(status int, err error) Access {
	switch {
	case err != nil || status == 429:
		return Unreachable
	case status >= 200 && status < 300:
		return Rules
	case status >= 300 && status < 500:
		return Unrestricted
	}
	return Unreachable
}

// Answer is the file that an answer stands for: of a status that is none of a file it has
// no rules, and Access says what holds.
func Answer(status int, err error, body []byte) *File {
	access := Verdict(status, err)
	if access != Rules {
		return &File{Access: access, Status: status}
	}
	f := Parse(body)
	f.Status = status
	return f
}
