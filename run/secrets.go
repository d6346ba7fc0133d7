package run

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/corpusmill/corpusmill/config"
)

// secretName are names of variables, and of parameters of addresses, whose values nobody
// else may see.
var secretName = regexp.MustCompile(`(?i)key|token|secret|pass|pwd|credential|auth|sig\b|signature`)

// secretBytes is the least length of a value that is kept as its variable: shorter ones
// are found elsewhere by chance.
const secretBytes = 6

// ambient are variables of the environment with credentials that no pipeline names.
var ambient = []string{"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY", "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN",
	"MINIO_ROOT_USER", "MINIO_ROOT_PASSWORD", "MINIO_ACCESS_KEY", "MINIO_SECRET_KEY", "HF_TOKEN",
	"HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"}

// secrets are values that nobody else may see.
type secrets struct {
	texts    map[string]string // what a setting has with variables, by its value without
	values   []string          // of variables and settings, and what addresses among them hold
	replacer *strings.Replacer // of values; nil where there are none
}

// add takes a value, and what an error may show of it.
func (s *secrets) add(value string) {
	s.values = append(s.values, value, url.QueryEscape(value), url.PathEscape(value))
	if quoted := strconv.Quote(value); len(quoted) > 2 {
		s.values = append(s.values, quoted[1:len(quoted)-1])
	}
}

// addAddress takes what is secret of an address: user and password, as a header too, and
// the values of its query.
func (s *secrets) addAddress(address string) {
	user, query := credentials(address)
	if plain, err := url.PathUnescape(user); err == nil && user != "" {
		s.add(base64.StdEncoding.EncodeToString([]byte(plain)))
		_, password, _ := strings.Cut(plain, ":")
		s.add(cmp.Or(password, plain))
	}
	s.add(user)
	for _, p := range query {
		if _, value, _ := strings.Cut(p, "="); value != "" {
			s.add(value)
			if plain, err := url.QueryUnescape(value); err == nil {
				s.add(plain)
			}
		}
	}
}

// addAmbient takes the value of a variable that no pipeline names; of a proxy's address
// only what is secret.
func (s *secrets) addAmbient(name, value string) {
	if !strings.HasSuffix(strings.ToLower(name), "_proxy") {
		s.add(value)
		return
	}
	if !scheme.MatchString(value) {
		value = "http://" + value
	}
	s.addAddress(value)
}

// close makes the replacer: longer values first, as they may hold shorter ones.
func (s *secrets) close() {
	s.values = slices.DeleteFunc(s.values, func(v string) bool { return len(v) < secretBytes })
	slices.SortFunc(s.values, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	s.values = slices.Compact(s.values)
	pairs := make([]string, 0, 2*len(s.values))
	for _, v := range s.values {
		pairs = append(pairs, v, "***")
	}
	if len(pairs) > 0 {
		s.replacer = strings.NewReplacer(pairs...)
	}
}

// conceal masks the secrets of a text.
func (s *secrets) conceal(text string) string {
	if s == nil || s.replacer == nil {
		return text
	}
	return s.replacer.Replace(text)
}

// concealed is an error whose text showed a secret.
type concealed struct {
	text string
	error
}

// Error is the text without the secret.
func (e concealed) Error() string { return e.text }

// Unwrap is the error, for errors.Is.
func (e concealed) Unwrap() error { return e.error }

// err masks the secrets of an error.
func (s *secrets) err(err error) error {
	if err == nil {
		return nil
	}
	if old := err.Error(); s.conceal(old) != old {
		return concealed{s.conceal(old), err}
	}
	return err
}

// expandVars replaces the variables. It returns the values that may be secret: the plan is
// written with ${NAME} in their place, and runs where NAME is set. A secret that is no
// variable is refused: the plan would have it.
func (a *App) expandVars(root *config.Node) (*secrets, error) {
	lookup := a.Lookup
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	s := &secrets{texts: map[string]string{}}
	for _, name := range ambient {
		if value, ok := lookup(name); ok {
			s.addAmbient(name, value)
		}
	}
	texts, before := map[string]string{}, map[*config.Node]string{}
	vars := root.Get("vars")
	if vars != nil {
		if err := vars.ExpandNoting(lookup, func(n *config.Node, before string) { texts[n.Scalar] = before }); err != nil {
			return s, err
		}
	}
	own := func(name string) *config.Node {
		if vars == nil {
			return nil
		}
		return vars.Get(name)
	}
	note := func(n *config.Node, old string) {
		text := variable.ReplaceAllStringFunc(old, func(v string) string {
			name, _, _ := strings.Cut(v[2:len(v)-1], ":-")
			x := own(name)
			if x == nil {
				return v
			}
			if text, ok := texts[x.Scalar]; ok {
				return text // the plan has no vars
			}
			return x.Scalar
		})
		before[n] = text
		s.note(n.Scalar, text, lookup)
	}
	err := root.ExpandNoting(func(name string) (string, bool) {
		if v := own(name); v != nil {
			return v.Scalar, true
		}
		return lookup(name)
	}, note)
	s.close()
	if err != nil {
		return s, err
	}
	return s, refuseLiterals(root, before)
}

// note takes the value of a setting, and the variables of its text, if they are secret.
func (s *secrets) note(value, text string, lookup func(string) (string, bool)) {
	user, query := credentials(value)
	address := user != "" || len(query) > 0
	if !variable.MatchString(text) || !address && !secretName.MatchString(text) {
		return
	}
	if len(value) >= secretBytes {
		s.texts[value] = text
	}
	s.add(value)
	s.addAddress(value)
	for _, v := range variable.FindAllString(text, -1) {
		name, _, _ := strings.Cut(v[2:len(v)-1], ":-")
		if value, ok := lookup(name); ok && (secretName.MatchString(name) || strings.Contains(user, value)) {
			s.add(value)
		}
	}
}

var (
	variable = regexp.MustCompile(`\$\{[^}]*\}`)
	scheme   = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
)

// credentials are what stands before the @ of an address, and the parameters of its query.
// Text that is no address has none.
func credentials(text string) (user string, query []string) {
	at := scheme.FindStringIndex(text)
	if at == nil {
		return "", nil
	}
	rest := text[at[1]:]
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	host := rest[:end]
	if i := strings.LastIndexByte(host, '@'); i >= 0 {
		user = host[:i]
	} else if _, port, ok := strings.Cut(host, ":"); ok && strings.Trim(port, "0123456789") != "" {
		if i := strings.LastIndexByte(rest, '@'); i >= 0 { // a password with a slash
			user, end = rest[:i], i
		}
	}
	_, parameters, _ := strings.Cut(rest[end:], "?")
	for _, p := range strings.FieldsFunc(parameters, func(r rune) bool { return strings.ContainsRune("?&;#", r) }) {
		if strings.Contains(p, "=") {
			query = append(query, p)
		}
	}
	return user, query
}

// literal says what of a text with variables is a secret that none of them holds, "" for
// none.
func literal(text string) string {
	const mark = "\x00"
	text = variable.ReplaceAllStringFunc(text, func(v string) string {
		if _, otherwise, ok := strings.Cut(v[2:len(v)-1], ":-"); ok && otherwise != "" {
			return otherwise
		}
		return mark
	})
	user, query := credentials(text)
	if user != "" && !strings.Contains(user, mark) {
		return "a user or password in an address"
	}
	for _, p := range query {
		name, value, _ := strings.Cut(p, "=")
		if value != "" && !strings.Contains(value, mark) && secretName.MatchString(name) {
			return "the parameter " + name + " of an address"
		}
	}
	return ""
}

const useVariable = " would be copied into the run folder: put it into a variable of the environment, and write ${NAME} in its place"

// refuseLiterals refuses secrets that stand in the pipeline; before has the texts of the
// values that had variables. vars are not looked at, but where they are used.
func refuseLiterals(root *config.Node, before map[*config.Node]string) error {
	if s3 := root.Get("s3"); s3 != nil {
		for _, f := range s3.Fields {
			if secretName.MatchString(f.Key) {
				return refusal(f.Value, "s3."+f.Key+": credentials do not stand in a pipeline, which is copied into the run folder: "+
					"set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, or AWS_PROFILE")
			}
			if text := cmp.Or(before[f.Value], f.Value.Scalar); f.Key == "endpoint" && !scheme.MatchString(text) {
				if what := literal("https://" + text); what != "" {
					return refusal(f.Value, "s3.endpoint: "+what+useVariable)
				}
			}
		}
	}
	for _, f := range root.Fields {
		if f.Key == "vars" {
			continue
		}
		if err := refuseLiteral(f.Value, before); err != nil {
			return err
		}
	}
	return nil
}

// refusal names the place of a secret; that of --set has its value.
func refusal(n *config.Node, msg string) error {
	e := &config.Error{File: n.File, Line: n.Line, Column: n.Column, Msg: msg}
	if strings.HasPrefix(e.File, "--set ") {
		e.File, _, _ = strings.Cut(e.File, "=")
	}
	return e
}

func refuseLiteral(n *config.Node, before map[*config.Node]string) error {
	if n.Kind == config.ScalarNode {
		text, ok := before[n]
		if !ok {
			text = n.Scalar
		}
		if what := literal(text); what != "" {
			return refusal(n, what+useVariable)
		}
	}
	for _, item := range n.Items {
		if err := refuseLiteral(item, before); err != nil {
			return err
		}
	}
	for _, f := range n.Fields {
		if err := refuseLiteral(f.Value, before); err != nil {
			return err
		}
	}
	return nil
}

// hide puts the text with variables back in place of values that may be secret.
func (s *secrets) hide(n *config.Node) {
	if s == nil {
		return
	}
	if text, ok := s.texts[n.Scalar]; ok && n.Kind == config.ScalarNode {
		n.Scalar, n.Quoted = text, true
	}
	for _, item := range n.Items {
		s.hide(item)
	}
	for _, f := range n.Fields {
		s.hide(f.Value)
	}
}
