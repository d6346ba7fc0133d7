package run

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/corpusmill/corpusmill/config"
)

// secretName are names of variables whose values nobody else may see.
var secretName = regexp.MustCompile(`(?i)key|token|secret|pass|pwd|credential|auth|signature`)

// secretBytes is the least length of a value that is kept as its variable: shorter ones
// are found elsewhere by chance.
const secretBytes = 6

// expandVars replaces the variables. It returns the text of values that may be secret, by
// value: the plan is written with ${NAME} in their place, and runs where NAME is set.
func (a *App) expandVars(root *config.Node) (map[string]string, error) {
	lookup := a.Lookup
	if lookup == nil {
		lookup = func(string) (string, bool) { return "", false }
	}
	texts, secrets := map[string]string{}, map[string]string{}
	vars := root.Get("vars")
	if vars != nil {
		if err := vars.ExpandNoting(lookup, func(n *config.Node, before string) { texts[n.Scalar] = before }); err != nil {
			return nil, err
		}
	}
	own := func(name string) *config.Node {
		if vars == nil {
			return nil
		}
		return vars.Get(name)
	}
	note := func(n *config.Node, before string) {
		text := variable.ReplaceAllStringFunc(before, func(v string) string {
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
		if len(n.Scalar) >= secretBytes && variable.MatchString(text) && (secretName.MatchString(text) || hasSecret(n.Scalar)) {
			secrets[n.Scalar] = text
		}
	}
	return secrets, root.ExpandNoting(func(name string) (string, bool) {
		if v := own(name); v != nil {
			return v.Scalar, true
		}
		return lookup(name)
	}, note)
}

var variable = regexp.MustCompile(`\$\{[^}]*\}`)

// hasSecret reports whether an address has a password or a query.
func hasSecret(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && (u.User != nil || u.RawQuery != "")
}

// hide puts the text back in place of values that may be secret.
func hide(n *config.Node, secrets map[string]string) {
	if text, ok := secrets[n.Scalar]; ok && n.Kind == config.ScalarNode {
		n.Scalar, n.Quoted = text, true
	}
	for _, item := range n.Items {
		hide(item, secrets)
	}
	for _, f := range n.Fields {
		hide(f.Value, secrets)
	}
}
