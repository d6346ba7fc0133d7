package pii

import (
	"encoding/base64"
	"math"
	"strings"
)

// keyForm is a form that the keys of a service have: behind the prefix so many characters
// of a class.
type keyForm struct {
	prefix   string
	class    uint8
	min, max int
}

const (
	secretAlnum = 1 << iota // letters and digits
	secretURL               // those of base64url: - and _ too
	secretUpper             // capitals and digits
	secretHex               // small hexadecimal digits
	secretToken             // what a value without blanks and quotes has
)

var secretClass = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = secretAlnum | secretURL | secretUpper | secretHex | secretToken
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-32] = secretAlnum|secretURL|secretToken, secretAlnum|secretURL|secretUpper|secretToken
	}
	for c := 'a'; c <= 'f'; c++ {
		t[c] |= secretHex
	}
	t['-'], t['_'] = secretURL|secretToken, secretURL|secretToken
	for _, c := range []byte("+/=.~!@#$%^*") {
		t[c] |= secretToken
	}
	return t
}()

// keyForms end in a low line or a dash, by which they are found. Those of letters alone
// are found by their digits.
var keyForms = [...]keyForm{
	{"github_pat_", secretURL, 40, 100},
	{"ghp_", secretAlnum, 36, 255}, {"gho_", secretAlnum, 36, 255}, {"ghu_", secretAlnum, 36, 255}, {"ghs_", secretAlnum, 36, 255}, {"ghr_", secretAlnum, 36, 255},
	{"sk_live_", secretAlnum, 16, 255}, {"sk_test_", secretAlnum, 16, 255}, {"rk_live_", secretAlnum, 16, 255}, {"rk_test_", secretAlnum, 16, 255}, {"whsec_", secretAlnum, 24, 255},
	{"npm_", secretAlnum, 36, 36}, {"hf_", secretAlnum, 30, 40}, {"dop_v1_", secretHex, 64, 64}, {"shpat_", secretAlnum, 32, 32}, {"shpss_", secretAlnum, 32, 32},
	{"gsk_", secretAlnum, 40, 60}, {"r8_", secretAlnum, 37, 37}, {"dckr_pat_", secretURL, 20, 60}, {"PMAK-", secretURL, 40, 80}, {"lin_api_", secretAlnum, 32, 48}, {"figd_", secretURL, 36, 60},
	{"glpat-", secretURL, 20, 64}, {"pypi-", secretURL, 80, 255}, {"sk-ant-", secretURL, 40, 255}, {"sk-proj-", secretURL, 40, 255}, {"sk-or-v1-", secretHex, 64, 64}, {"sk-", secretAlnum, 32, 64},
	{"xoxb-", secretURL, 20, 255}, {"xoxp-", secretURL, 20, 255}, {"xoxa-", secretURL, 20, 255}, {"xoxr-", secretURL, 20, 255}, {"xoxs-", secretURL, 20, 255}, {"xapp-", secretURL, 20, 255},
	{"key-", secretHex, 32, 32}, {"pk-lf-", secretURL, 36, 36}, {"sk-lf-", secretURL, 36, 36}, {"GOCSPX-", secretURL, 28, 28}, {"dapi-", secretHex, 32, 32},
}

// keysBehind are the forms of keys by the byte before the last of their prefix.
var keysBehind = func() (t [256][]uint8) {
	for i, f := range keyForms {
		c := f.prefix[len(f.prefix)-2]
		t[c] = append(t[c], uint8(i))
	}
	return t
}()

var alnumForms = [...]keyForm{
	{"AKIA", secretUpper, 16, 16}, {"ASIA", secretUpper, 16, 16}, {"LTAI", secretAlnum, 12, 20}, {"AKID", secretAlnum, 32, 32}, {"AIza", secretURL, 35, 35}, {"dapi", secretHex, 32, 32}, {"AKLT", secretAlnum, 20, 60},
}

const (
	maxSecretBytes = 4096
	maxValueBytes  = 256 // of a key that is known by its name
	minEntropy     = 3.0 // bits a character that a random key exceeds and a placeholder does not
)

// entropy is that of the characters of s, in bits a character.
func entropy(s string) float64 {
	var counts [256]uint16
	for i := range len(s) {
		counts[s[i]]++
	}
	sum := 0.0
	for _, n := range counts {
		if n > 0 {
			p := float64(n) / float64(len(s))
			sum -= p * math.Log2(p)
		}
	}
	return sum
}

// random reports whether a value looks like one that was drawn: digits and letters, where
// mixed is set capitals and small ones too, no example and no pattern.
func random(s string, least float64, mixed bool) bool {
	digit, capital, small := false, false, false
	for i := range len(s) {
		digit, capital, small = digit || isASCII(s[i], classDigit), capital || s[i] >= 'A' && s[i] <= 'Z', small || s[i] >= 'a' && s[i] <= 'z'
	}
	if !digit && !(mixed && capital && small) || !capital && !small || entropy(s) < least {
		return false
	}
	for _, word := range [...]string{"EXAMPLE", "example", "xxxx", "XXXX", "your", "YOUR", "1234567890abcdef", "abcdefghij", "placeholder", "${", "{{", "REDACTED"} {
		if strings.Contains(s, word) {
			return false
		}
	}
	return true
}

// run returns the end of the characters of a class at text[i:], limit at most.
func classEnd(text string, i int, class uint8, limit int) int {
	end := i
	for end < len(text) && end-i < limit && secretClass[text[end]]&class != 0 {
		end++
	}
	return end
}

// secretAt looks for a key whose prefix ends in text[i], a low line or a dash.
func (s *scan) secretAt(i int) int {
	if !s.wants(kindAPIKey) || i < 2 || i+1 == len(s.text) || secretClass[s.text[i+1]]&secretAlnum == 0 {
		return i + 1
	}
	for _, k := range keysBehind[s.text[i-1]] {
		f := &keyForms[k]
		start := i + 1 - len(f.prefix)
		if start >= 0 && s.text[start:i+1] == f.prefix {
			if next := s.key(start, i+1, f); next > i {
				return next
			}
		}
	}
	return i + 1
}

// key takes the key of a form that begins at start and whose random part does at body.
func (s *scan) key(start, body int, f *keyForm) int {
	text := s.text
	if start > 0 && secretClass[text[start-1]]&secretURL != 0 {
		return 0
	}
	end := classEnd(text, body, f.class, f.max+1)
	if n := end - body; n < f.min || n > f.max || end < len(text) && secretClass[text[end]]&secretAlnum != 0 || !random(text[body:end], minEntropy, true) {
		return 0
	}
	s.emit(kindAPIKey, start, end)
	return end
}

// alnum looks at a word of letters and digits, of which text[i:end] are digits: an IBAN, a
// key. It returns the end of the word or of the match.
func (s *scan) alnum(i, end int) int {
	const longest = 64
	text := s.text
	start := i
	for start > 0 && i-start < longest && isASCII(text[start-1], classLetter) {
		start--
	}
	if s.wants(kindIBAN) && i-start == 2 && end-i >= 2 && text[start] <= 'Z' && text[start+1] <= 'Z' {
		if next := s.iban(start); next > 0 {
			return next
		}
	}
	if s.wants(kindAPIKey) {
		for k := range alnumForms {
			if f := &alnumForms[k]; strings.HasPrefix(text[start:end], f.prefix) {
				if next := s.key(start, start+len(f.prefix), f); next > i {
					return next
				}
			}
		}
	}
	if i-start > 1 && i-start < 12 && s.wants(kindPhone) && (phoneLabels.words[strings.ToLower(text[start:i])]) && text[start] != 't' {
		s.number.read(text, i)
		if next := s.phone(i); next > 0 {
			return next
		}
	}
	for end < len(text) && isASCII(text[end], classDigit|classLetter) {
		end++
	}
	return end
}

// tokenDot looks for a token whose parts text[i], a dot, divides: a JSON Web Token, or a
// key in two parts.
func (s *scan) tokenDot(i int) int {
	text := s.text
	if s.wants(kindJWT) && strings.HasPrefix(text[i+1:], "eyJ") && i > 10 && secretClass[text[i-1]]&secretURL != 0 {
		start := i
		for start > 0 && i-start < maxSecretBytes && secretClass[text[start-1]]&secretURL != 0 {
			start--
		}
		if end := jwtEnd(text, start, i); end > 0 {
			s.emit(kindJWT, start, end)
			return end
		}
	}
	if s.wants(kindAPIKey) && i >= 2 && text[i-2:i] == "SG" && (i == 2 || secretClass[text[i-3]]&secretURL == 0) {
		mid := classEnd(text, i+1, secretURL, 64)
		if mid < len(text) && text[mid] == '.' && mid-i > 16 {
			if end := classEnd(text, mid+1, secretURL, 128); end-mid > 32 && random(text[i+1:end], minEntropy, true) {
				s.emit(kindAPIKey, i-2, end)
				return end
			}
		}
	}
	return i + 1
}

// jwtEnd returns the end of a JSON Web Token whose header is text[start:dot], 0 if it is
// none: three parts, of which the first is JSON that names an algorithm.
func jwtEnd(text string, start, dot int) int {
	if !strings.HasPrefix(text[start:dot], "eyJ") {
		return 0
	}
	header, err := base64.RawURLEncoding.DecodeString(text[start:dot])
	if err != nil || !strings.Contains(string(header), `"alg"`) {
		return 0
	}
	body := classEnd(text, dot+1, secretURL, 4*maxSecretBytes)
	if body-dot < 5 || body >= len(text) || text[body] != '.' {
		return 0
	}
	end := classEnd(text, body+1, secretURL, maxSecretBytes)
	if end-body < 17 {
		return 0
	}
	return end
}

// privateKey takes a PEM block of a private key at text[i:]; without its end line what
// looks like one.
func (s *scan) privateKey(i int) int {
	const begin, longestLabel = "-----BEGIN ", 32
	text := s.text
	label, rest, ok := strings.Cut(text[i+len(begin):min(len(text), i+len(begin)+longestLabel+5)], "-----")
	if !s.wants(kindPrivateKey) || !ok || !strings.HasSuffix(label, "PRIVATE KEY") && !strings.HasSuffix(label, "PRIVATE KEY BLOCK") {
		return 0
	}
	_ = rest
	body := i + len(begin) + len(label) + len("-----")
	end := body
	for end < len(text) && (secretClass[text[end]]&secretAlnum != 0 || strings.IndexByte("+/=\r\n\t :,.()\\\"", text[end]) >= 0 ||
		text[end] == '-' && (end+1 == len(text) || text[end+1] != '-')) {
		end++
	}
	if end-body < 64 {
		return 0
	}
	if tail := "-----END " + label + "-----"; strings.HasPrefix(text[end:], tail) {
		end += len(tail)
	} else if space := strings.Index(text[body:end], "\n\n"); space > 64 {
		end = body + space // what follows is text
	}
	s.emit(kindPrivateKey, i, end)
	return end
}

// connection looks for an address with a password, scheme://user:password@host, whose
// "://" is at text[i].
func (s *scan) connection(i int) int {
	const longestScheme, longest = 32, 512
	text := s.text
	start := i
	for start > 0 && i-start < longestScheme && (isASCII(text[start-1], classLetter|classDigit) || text[start-1] == '+' || text[start-1] == '-' || text[start-1] == '.') {
		start--
	}
	if start == i {
		return i + 3
	}
	colon, at := -1, -1
	end := i + 3
	for ; end < len(text) && end-i < longest; end++ {
		c := text[end]
		if c == '@' {
			at = end
		}
		if c == ':' && colon < 0 {
			colon = end
		}
		if c <= ' ' || c >= 0x7F || strings.IndexByte("/?#\"'<>`)]}|", c) >= 0 {
			break
		}
	}
	if colon < 0 || at < colon+2 || at+1 >= end || !isASCII(text[at+1], classLetter|classDigit) && text[at+1] != '[' {
		return i + 3
	}
	if isPlaceholder(text[colon+1 : at]) {
		return i + 3
	}
	for end < len(text) && end-i < 2*longest && text[end] > ' ' && text[end] < 0x7F && strings.IndexByte("\"'<>`)]}|", text[end]) < 0 {
		end++
	}
	for strings.IndexByte(".,;:!?", text[end-1]) >= 0 {
		end--
	}
	s.emit(kindConnection, start, end)
	return end
}

// isPlaceholder reports whether a password stands for one.
func isPlaceholder(s string) bool {
	switch strings.ToLower(strings.Trim(s, "<>[]{}$%*")) {
	case "", "password", "pass", "passwd", "pwd", "secret", "token", "your_password", "yourpassword", "mypassword", "x", "xxx", "xxxx", "xxxxx", "xxxxxx", "pw", "p", "foo", "bar", "changeme", "db_password", "user_password", "redacted":
		return true
	}
	return strings.Contains(s, "${") || strings.Contains(s, "$(") || strings.HasPrefix(s, "$") || strings.HasPrefix(s, "<") || strings.HasPrefix(s, "{") || strings.HasPrefix(s, "%")
}

// secretWords are the names of values that are secret; those of passwords may be short
// where other values stand beside them.
var secretWords = [...]string{"api_key", "apikey", "api-key", "api key", "secret_key", "secretkey", "secret-key", "secret", "secret_access_key", "accesskeysecret", "access_key_secret", "client_secret", "clientsecret",
	"access_token", "accesstoken", "auth_token", "authtoken", "refresh_token", "access_key", "accesskey", "accountkey", "sharedaccesskey", "private_key", "privatekey", "token", "encryption_key", "x-api-key",
	"password", "passwd", "pwd", "密码", "密碼", "口令", "密钥", "秘钥", "密鑰", "appsecret", "app_secret", "appkey", "app_key", "bearer"}

// secretsEnding are the words by their last byte, in either case.
var secretsEnding = func() (t [256][]uint8) {
	for i, w := range secretWords {
		c := w[len(w)-1]
		t[c] = append(t[c], uint8(i))
		if c < 0x80 {
			t[c-0x20] = append(t[c-0x20], uint8(i))
		}
	}
	return t
}()

// assigned looks at the value behind text[i], a colon or an equals sign, where the name
// before it is that of a secret.
func (s *scan) assigned(i int) int {
	if !s.wantsAny(kindAPIKey, kindConnection) || i == 0 {
		return i + 1
	}
	const window = 24
	text := s.text
	nameEnd := i
	for nameEnd > 0 && i-nameEnd < 4 && strings.IndexByte(" \t\"'`]", text[nameEnd-1]) >= 0 {
		nameEnd--
	}
	if nameEnd == 0 {
		return i + 1
	}
	words := secretsEnding[text[nameEnd-1]]
	if len(words) == 0 {
		return i + 1
	}
	var buffer [window]byte
	lower := appendLowerASCII(buffer[:0], text[max(0, nameEnd-window):nameEnd])
	password, known := false, false
	for _, k := range words {
		w := secretWords[k]
		if len(w) <= len(lower) && string(lower[len(lower)-len(w):]) == w {
			known = true
			password = password || strings.HasPrefix(w, "pass") || w == "pwd" || w == "accountkey" || w == "sharedaccesskey"
		}
	}
	if !known {
		return i + 1
	}
	start := i + 1
	for start < len(text) && start-i < 8 && strings.IndexByte(" \t\"'`=>", text[start]) >= 0 {
		start++
	}
	limit := maxValueBytes + 1
	if strings.HasPrefix(text[start:], "ey") {
		limit = maxSecretBytes
	}
	end := classEnd(text, start, secretToken, limit)
	for end > start && strings.IndexByte(".,!?;:", text[end-1]) >= 0 {
		end--
	}
	value := text[start:end]
	if dot := strings.IndexByte(value, '.'); dot > 0 && s.wants(kindJWT) && jwtEnd(text, start, start+dot) > 0 {
		return start
	}
	if password && s.wants(kindConnection) && len(value) > 0 && !isPlaceholder(value) && s.amongPairs(i, end) {
		s.emit(kindConnection, start, end)
		return end
	}
	if !s.wants(kindAPIKey) || len(value) < 16 || len(value) > maxValueBytes && !strings.HasPrefix(value, "ey") || !random(value, 3.3, false) || looksNamed(value) {
		return i + 1
	}
	s.emit(kindAPIKey, start, end)
	return end
}

// amongPairs reports whether a value stands in a list of them: Server=...;Password=...; or
// ?user=...&password=...
func (s *scan) amongPairs(i, end int) bool {
	const window = 96
	before := s.text[max(0, i-window):i]
	if s.text[i] != '=' {
		return false
	}
	if nl := strings.LastIndexByte(before, '\n'); nl >= 0 {
		before = before[nl:]
	}
	joined := strings.LastIndexAny(before, ";&?")
	return joined >= 0 && strings.IndexByte(before[:joined+1], '=') >= 0 && !strings.ContainsAny(before[joined:], "\"'()") ||
		joined >= 0 && before[joined] == '?' || end < len(s.text) && s.text[end] == ';' && strings.IndexByte(before, ';') >= 0
}

// looksNamed reports whether a value is a name, a path, an address or code rather than a
// key.
func looksNamed(v string) bool {
	return strings.Contains(v, "://") || strings.Contains(v, "..") || strings.Count(v, "/") > 2 && !strings.ContainsAny(v, "+=") || strings.Contains(v, ".js") || strings.Contains(v, ".com") ||
		strings.Contains(v, "process.env") || strings.Contains(v, "os.environ") || strings.Contains(v, "@")
}
