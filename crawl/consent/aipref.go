package consent

import "strings"

// Labels of Content-Usage. Where those of training are silent, the wider ones of earlier
// revisions count.
var (
	trainLabels = []string{"train-ai", "train-genai", "ai", "genai"}
	wideLabels  = []string{"bots", "all", "tdm"}
	inputLabels = []string{"ai-output", "ai-use", "inference"}
)

// addUsage reads a Content-Usage, which is a dictionary: one that does not parse says
// nothing.
func (m *Meaning) addUsage(x Signal) {
	d, ok := parseDictionary(x.Text)
	if !ok {
		return
	}
	train := d.answer(trainLabels...)
	if train == Unsaid {
		train = d.answer(wideLabels...)
	}
	m.answer(x, train, d.answer(inputLabels...), d.answer("search"))
}

// answer adds what one signal says.
func (m *Meaning) answer(x Signal, train, input, search Answer) {
	m.TrainAI.most(train)
	m.AIInput.most(input)
	m.Search.most(search)
	if train == No {
		m.object(ruleTrainAI, x)
	}
	if input == No {
		m.object(ruleAIInput, x)
	}
	if search == No {
		m.object(ruleSearch, x)
	}
}

// addSignal reads a Content-Signal: names and yes or no, parted by commas.
func (m *Meaning) addSignal(x Signal) {
	said := map[string]Answer{}
	for part := range strings.SplitSeq(x.Text, ",") {
		name, value, _ := strings.Cut(part, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		answer := Unsaid
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "yes", "y":
			answer = Yes
		case "no", "n":
			answer = No
		}
		said[name] = max(said[name], answer)
	}
	m.answer(x, said["ai-train"], said["ai-input"], said["search"])
}

// dictionary are the tokens of a dictionary of structured fields by key; what is of
// another type is "".
type dictionary map[string]string

// answer is what the keys say: no if one does, else yes if one does.
func (d dictionary) answer(keys ...string) (a Answer) {
	for _, k := range keys {
		switch d[k] {
		case "y":
			a.most(Yes)
		case "n":
			a.most(No)
		}
	}
	return a
}

// parseDictionary reads a dictionary (RFC 9651, section 4.2.2). Of a key that occurs
// several times the last value counts. ok is false where it does not parse, and then
// nothing of it counts.
func parseDictionary(s string) (d dictionary, ok bool) {
	p := &fieldParser{s: strings.Trim(s, " ")}
	d = dictionary{}
	for p.s != "" {
		key, ok := p.key()
		if !ok {
			return nil, false
		}
		d[key] = ""
		if p.take('=') {
			if d[key], ok = p.member(); !ok {
				return nil, false
			}
		}
		if !p.parameters() {
			return nil, false
		}
		p.blanks(" \t")
		if p.s == "" {
			return d, true
		}
		if !p.take(',') {
			return nil, false
		}
		if p.blanks(" \t"); p.s == "" {
			return nil, false
		}
	}
	return d, true
}

// fieldParser reads structured fields; s is what is left.
type fieldParser struct{ s string }

func (p *fieldParser) take(c byte) bool {
	if p.s == "" || p.s[0] != c {
		return false
	}
	p.s = p.s[1:]
	return true
}

func (p *fieldParser) blanks(set string) { p.s = strings.TrimLeft(p.s, set) }

// span takes the longest start of which every byte fits.
func (p *fieldParser) span(fits func(c byte) bool) string {
	n := 0
	for n < len(p.s) && fits(p.s[n]) {
		n++
	}
	taken := p.s[:n]
	p.s = p.s[n:]
	return taken
}

func isLower(c byte) bool { return c >= 'a' && c <= 'z' }
func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return isLower(c | 0x20) }

func (p *fieldParser) key() (string, bool) {
	if p.s == "" || !isLower(p.s[0]) && p.s[0] != '*' {
		return "", false
	}
	return p.span(func(c byte) bool {
		return isLower(c) || isDigit(c) || c == '_' || c == '-' || c == '.' || c == '*'
	}), true
}

// member reads an item or an inner list; token is the item if it is a token.
func (p *fieldParser) member() (token string, ok bool) {
	if !p.take('(') {
		return p.item()
	}
	for {
		p.blanks(" ")
		if p.take(')') {
			return "", true
		}
		if _, ok := p.item(); !ok || !p.parameters() {
			return "", false
		}
		if p.s == "" || p.s[0] != ' ' && p.s[0] != ')' {
			return "", false
		}
	}
}

func (p *fieldParser) parameters() bool {
	for p.take(';') {
		p.blanks(" ")
		if _, ok := p.key(); !ok {
			return false
		}
		if p.take('=') {
			if _, ok := p.item(); !ok {
				return false
			}
		}
	}
	return true
}

func (p *fieldParser) item() (token string, ok bool) {
	if p.s == "" {
		return "", false
	}
	switch c := p.s[0]; {
	case c == '-' || isDigit(c):
		return "", p.number(true)
	case c == '"':
		p.s = p.s[1:]
		return "", p.text()
	case c == '*' || isAlpha(c):
		return p.span(func(c byte) bool { return isAlpha(c) || isDigit(c) || strings.IndexByte("!#$%&'*+-.^_`|~:/", c) >= 0 }), true
	case c == ':':
		p.s = p.s[1:]
		p.span(func(c byte) bool { return isAlpha(c) || isDigit(c) || c == '+' || c == '/' || c == '=' })
		return "", p.take(':')
	case c == '?':
		p.s = p.s[1:]
		return "", p.take('0') || p.take('1')
	case c == '@':
		p.s = p.s[1:]
		return "", p.number(false)
	case c == '%' && strings.HasPrefix(p.s, `%"`):
		p.s = p.s[2:]
		return "", p.display()
	}
	return "", false
}

// number reads an integer of up to 15 digits, or a decimal of up to 12 and 3.
func (p *fieldParser) number(fractions bool) bool {
	p.take('-')
	whole := len(p.span(isDigit))
	if whole == 0 || whole > 15 {
		return false
	}
	if !p.take('.') {
		return true
	}
	part := len(p.span(isDigit))
	return fractions && whole <= 12 && part >= 1 && part <= 3
}

// text reads a string behind its first quotation mark.
func (p *fieldParser) text() bool {
	for i := 0; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '\\':
			if i++; i == len(p.s) || p.s[i] != '"' && p.s[i] != '\\' {
				return false
			}
		case c == '"':
			p.s = p.s[i+1:]
			return true
		case c < 0x20 || c > 0x7e:
			return false
		}
	}
	return false
}

// display reads a display string behind its first quotation mark.
func (p *fieldParser) display() bool {
	const hex = "0123456789abcdef"
	for i := 0; i < len(p.s); i++ {
		switch c := p.s[i]; {
		case c == '%':
			if i+2 >= len(p.s) || strings.IndexByte(hex, p.s[i+1]) < 0 || strings.IndexByte(hex, p.s[i+2]) < 0 {
				return false
			}
			i += 2
		case c == '"':
			p.s = p.s[i+1:]
			return true
		case c < 0x20 || c > 0x7e:
			return false
		}
	}
	return false
}
