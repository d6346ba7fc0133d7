package qa

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// Most of a script of JSON-LD.
const (
	maxScript = 4 << 20
	maxWalk   = 64 // objects within each other
	maxSteps  = 500
)

// linked reads the questions of a piece of JSON-LD.
func (c *collector) linked(script string) {
	if len(script) > maxScript || !strings.Contains(script, "Question") && !strings.Contains(script, "HowTo") {
		return
	}
	v, ok := decodeLD(script)
	if ok {
		c.object(v, FAQPage, maxWalk)
	}
}

// decodeLD reads JSON as pages have it: within comments, with line ends in strings, with a
// comma too much.
func decodeLD(script string) (v any, ok bool) {
	s := strings.TrimSpace(script)
	for _, wrap := range [][2]string{{"<!--", "-->"}, {"//<![CDATA[", "//]]>"}, {"<![CDATA[", "]]>"}} {
		s = strings.TrimSpace(strings.TrimSuffix(strings.TrimPrefix(s, wrap[0]), wrap[1]))
	}
	s = strings.TrimSuffix(s, ";")
	if json.Unmarshal([]byte(s), &v) == nil {
		return v, true
	}
	return v, json.Unmarshal(mended(s), &v) == nil
}

// mended takes control characters out of strings and commas before brackets away.
func mended(s string) []byte {
	b := make([]byte, 0, len(s))
	in := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case in && c == '\\' && i+1 < len(s):
			if !strings.ContainsRune(`"\/bfnrtu`, rune(s[i+1])) {
				continue
			}
			b = append(b, c, s[i+1])
			i++
			continue
		case c == '"':
			in = !in
		case in && c < ' ':
			c = ' '
		case !in && (c == '}' || c == ']'):
			n := len(b)
			for n > 0 && strings.IndexByte(" \t\r\n", b[n-1]) >= 0 {
				n--
			}
			if n > 0 && b[n-1] == ',' {
				b = b[:n-1]
			}
		}
		b = append(b, c)
	}
	return b
}

// object looks through JSON-LD for what asks.
func (c *collector) object(v any, kind Kind, depth int) {
	if depth == 0 {
		return
	}
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			c.object(e, kind, depth-1)
		}
	case map[string]any:
		types := typesOf(v)
		switch {
		case slices.Contains(types, "Question"):
			c.question(v, kind)
			return
		case slices.Contains(types, "HowTo"):
			c.howTo(v)
			return
		case slices.Contains(types, "QAPage"):
			kind = QAPage
		case slices.Contains(types, "FAQPage"):
			kind = FAQPage
		}
		for _, key := range sortedKeys(v) {
			c.object(v[key], kind, depth-1)
		}
	}
}

func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func typesOf(v map[string]any) (types []string) {
	for _, t := range listOf(v["@type"]) {
		if s, ok := t.(string); ok {
			s = s[strings.LastIndexAny(s, "/#:")+1:]
			types = append(types, s)
		}
	}
	return types
}

func listOf(v any) []any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		return v
	}
	return []any{v}
}

// plain is the text of a string of JSON-LD, which may hold markup.
func plain(v any) string {
	s, _ := v.(string)
	if list := listOf(v); s == "" && len(list) > 0 {
		s, _ = list[0].(string)
	}
	if len(s) > 4*maxAnswer {
		return ""
	}
	for range 2 { // markup is escaped once more than it should be
		if !strings.ContainsAny(s, "<&") {
			break
		}
		nodes, err := html.ParseFragment(strings.NewReader(s), &html.Node{Type: html.ElementNode, Data: "div", DataAtom: atom.Div})
		if err != nil {
			break
		}
		var w textWriter
		for _, n := range nodes {
			w.write(n)
			if blocks[n.DataAtom] {
				w.b.WriteByte('\n')
			}
		}
		if !strings.Contains(s, "<") && strings.Contains(s, "\n") { // lines of a plain text
			s = html.UnescapeString(s)
			continue
		}
		s = w.text()
	}
	lines := strings.Split(s, "\n")
	kept := lines[:0]
	for _, l := range lines {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}

// question reads a Question: what was asked, and the answer that was accepted, else the
// first that has most votes.
func (c *collector) question(v map[string]any, kind Kind) {
	name, text := plain(v["name"]), plain(v["text"])
	question := name
	if kind == QAPage && text != "" && !strings.Contains(fold(name), fold(text)) {
		question = strings.TrimSpace(name + "\n" + text)
	}
	if question == "" {
		question = text
	}
	question = strings.TrimSpace(question)
	if kind != QAPage {
		question = strings.ReplaceAll(question, "\n", " ")
	}
	c.add(Pair{Question: question, Answer: bestAnswer(v), Kind: kind, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
}

func bestAnswer(v map[string]any) string {
	for _, key := range []string{"acceptedAnswer", "suggestedAnswer"} {
		best, votes := "", 0.0
		for _, a := range listOf(v[key]) {
			text, n := "", 0.0
			switch a := a.(type) {
			case string:
				text = plain(a)
			case map[string]any:
				if text = plain(a["text"]); text == "" {
					text = plain(a["name"])
				}
				n = number(a["upvoteCount"])
			}
			if text != "" && (best == "" || n > votes) {
				best, votes = text, n
			}
		}
		if best != "" {
			return best
		}
	}
	return ""
}

func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case string:
		n, _ := strconv.ParseFloat(v, 64) // 0 where it is none
		return n
	}
	return 0
}

// howTo reads a task and its steps.
func (c *collector) howTo(v map[string]any) {
	var steps []string
	collectSteps(v["step"], &steps, maxWalk)
	if len(steps) == 0 {
		collectSteps(v["steps"], &steps, maxWalk)
	}
	c.add(Pair{Question: plain(v["name"]), Answer: numbered(steps), Kind: HowTo, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
}

func numbered(steps []string) string {
	var b strings.Builder
	for i, s := range steps {
		b.WriteString(strconv.Itoa(i+1) + ". " + s + "\n")
	}
	return b.String()
}

func collectSteps(v any, steps *[]string, depth int) {
	if depth == 0 || len(*steps) >= maxSteps {
		return
	}
	for _, e := range listOf(v) {
		switch e := e.(type) {
		case string:
			if s := strings.ReplaceAll(plain(e), "\n", " "); s != "" {
				*steps = append(*steps, s)
			}
		case map[string]any:
			name, text := plain(e["name"]), plain(e["text"])
			inner := e["itemListElement"]
			if inner == nil {
				inner = e["step"]
			}
			if text == "" && inner != nil {
				if slices.Contains(typesOf(e), "HowToStep") {
					var parts []string
					collectSteps(inner, &parts, depth-1)
					text = strings.Join(parts, " ")
				} else {
					collectSteps(inner, steps, depth-1)
					continue
				}
			}
			s := text
			if name != "" && !strings.Contains(fold(text), fold(name)) {
				s = strings.TrimSpace(strings.TrimRight(name, ".:") + ". " + text)
			}
			if s = strings.ReplaceAll(s, "\n", " "); s != "" {
				*steps = append(*steps, s)
			}
		}
	}
}

// item reads a Question or HowTo of microdata or RDFa.
func (c *collector) item(n *html.Node) {
	t := attr(n, "itemtype") + " " + attr(n, "typeof")
	kind := FAQPage
	for m := n.Parent; m != nil; m = m.Parent {
		if strings.Contains(attr(m, "itemtype")+attr(m, "typeof"), "QAPage") {
			kind = QAPage
		}
	}
	if strings.Contains(t, "HowTo") {
		if !strings.HasSuffix(strings.TrimSpace(t), "HowTo") {
			return // a step
		}
		var steps []string
		for _, s := range properties(n, "step") {
			if text := line(s); text != "" && len(steps) < maxSteps {
				steps = append(steps, text)
			}
		}
		name := ""
		if found := properties(n, "name"); len(found) > 0 {
			name = valueOf(found[0])
		}
		c.add(Pair{Question: name, Answer: numbered(steps), Kind: HowTo, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1})
		return
	}
	question := ""
	for _, key := range []string{"name", "text"} {
		if found := properties(n, key); len(found) > 0 {
			if text := valueOf(found[0]); text != "" && (question == "" || kind == QAPage && !strings.Contains(fold(question), fold(text))) {
				question = strings.TrimSpace(question + "\n" + text)
			}
		}
	}
	for _, key := range []string{"acceptedAnswer", "suggestedAnswer"} {
		for _, a := range properties(n, key) {
			text := ""
			if found := properties(a, "text"); len(found) > 0 {
				text = valueOf(found[0])
			} else if found := properties(a, "articleBody"); len(found) > 0 {
				text = valueOf(found[0])
			} else {
				text = textOf(a)
			}
			if text != "" && c.add(Pair{Question: question, Answer: text, Kind: kind, Start: -1, End: -1, AnswerStart: -1, AnswerEnd: -1}) {
				return
			}
		}
	}
}

// properties are the elements below an item that are this property of it, and of no item
// within it.
func properties(item *html.Node, name string) (found []*html.Node) {
	for n := item.FirstChild; n != nil && len(found) < maxSteps; {
		inside := true
		if n.Type == html.ElementNode {
			p := attr(n, "itemprop") + " " + attr(n, "property")
			if slices.ContainsFunc(strings.Fields(p), func(f string) bool { return f == name || strings.HasSuffix(f, ":"+name) }) {
				found = append(found, n)
			}
			_, scope := attrOK(n, "itemscope")
			_, typed := attrOK(n, "typeof")
			inside = !scope && !typed
		}
		n = following(n, item, inside)
	}
	return found
}

func attrOK(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

// valueOf is the value of a property.
func valueOf(n *html.Node) string {
	if n.DataAtom == atom.Meta {
		return plain(attr(n, "content"))
	}
	if s := textOf(n); s != "" {
		return s
	}
	return summaryLine(n)
}
