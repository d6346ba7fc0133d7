package purify

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// PII replaces personal data in the text: e-mail addresses and public IPv4
// addresses, and on request IPv6 addresses, Chinese mobile numbers and resident
// identity numbers. It never rejects.
//
// A match is replaced by the entry of its list that a hash of the match and the
// run's seed chooses, so that equal addresses stay equal and nothing depends on
// the order of documents (datatrove rotates through its lists process by
// process). A match that is an entry of its list stays: the stage may run twice.
//
// Against datatrove: an address has boundaries (1234.5.6.7 and 1.2.3.4.5 stay,
// and so do numbers that the text calls a version, a section or an OID), an e-mail
// address may touch Chinese letters, and URL syntax (/ ? &) and names of files and
// releases (icon@2x.png, name@1.2.3.tgz) are no part of one.
type PII struct {
	// KeepEmails leaves e-mail addresses in the text. Default false.
	KeepEmails bool `yaml:"keep_emails"`
	// KeepIPs leaves IP addresses in the text. Default false.
	KeepIPs bool `yaml:"keep_ips"`
	// IPv6 replaces public IPv6 addresses too. Default false.
	IPv6 bool `yaml:"ipv6"`
	// Phones is the country whose mobile numbers are replaced: cn (11 digits from
	// 1[3-9], with or without +86 and separators) or off. Default off.
	Phones string `yaml:"phones" default:"off"`
	// IDs is the country whose identity numbers are replaced: cn (18 digits, date
	// of birth and check digit right) or off. Default off.
	IDs string `yaml:"ids" default:"off"`
	// EmailReplacements stand in for e-mail addresses. The defaults are datatrove's.
	EmailReplacements []string `yaml:"email_replacements" default:"email@example.com,firstname.lastname@example.org"`
	// IPReplacements stand in for IPv4 addresses. The defaults are datatrove's,
	// which answered no ping when they were chosen.
	IPReplacements []string `yaml:"ip_replacements" default:"22.214.171.124,126.96.36.199,188.8.131.52,184.108.40.206,220.127.116.11,18.104.22.168"`
	// IPv6Replacements stand in for IPv6 addresses; the defaults are reserved for
	// documentation (RFC 3849).
	IPv6Replacements []string `yaml:"ipv6_replacements" default:"2001:db8::1,2001:db8::2"`
	// PhoneReplacements stand in for phone numbers; the default is no mobile number.
	PhoneReplacements []string `yaml:"phone_replacements" default:"12345678901"`
	// IDReplacements stand in for identity numbers; the default has a wrong check
	// digit.
	IDReplacements []string `yaml:"id_replacements" default:"110101190001010000"`
}

// maxReplacements bounds each list of replacements.
const maxReplacements = 1000

// Validate checks the settings.
func (p *PII) Validate() error {
	for key, v := range map[string]string{"phones": p.Phones, "ids": p.IDs} {
		if v != "off" && v != "cn" {
			return fmt.Errorf("%s: %q: want cn or off", key, v)
		}
	}
	for key, list := range map[string][]string{"email_replacements": p.EmailReplacements, "ip_replacements": p.IPReplacements,
		"ipv6_replacements": p.IPv6Replacements, "phone_replacements": p.PhoneReplacements, "id_replacements": p.IDReplacements} {
		if len(list) > maxReplacements {
			return fmt.Errorf("%s: %d entries, at most %d", key, len(list), maxReplacements)
		}
		if slices.Contains(list, "") {
			return fmt.Errorf("%s: an empty entry would glue words together; leave it out", key)
		}
	}
	return nil
}

// PIIDef defines the stage pii.
var PIIDef = stage.DefineOpen("pii", 2, newPII)

// OpenPII makes the stage ready; zero fields take their defaults. The environment's
// seed takes part in the choice of replacements.
func OpenPII(ctx context.Context, p PII, env *stage.Env) (*PIIStage, error) {
	return stage.Open[*PIIStage](ctx, PIIDef, p, env)
}

func newPII(_ context.Context, p PII, env *stage.Env) (*PIIStage, error) {
	s := &PIIStage{seed: env.Seed}
	add := func(on bool, find finder, replacements []string) {
		if on {
			s.kinds = append(s.kinds, piiKind{find: find, replacements: slices.Clone(replacements)})
		}
	}
	add(!p.KeepEmails, findEmails, p.EmailReplacements)
	add(!p.KeepIPs, findIPv4, p.IPReplacements)
	add(p.IPv6 && !p.KeepIPs, findIPv6, p.IPv6Replacements)
	add(p.Phones == "cn", findPhonesCN, p.PhoneReplacements)
	add(p.IDs == "cn", findIDsCN, p.IDReplacements)
	return s, nil
}

// PIIStage is the opened stage. It is safe for concurrent use.
type PIIStage struct {
	seed  uint64
	kinds []piiKind
}

// finder emits the matches of one kind from left to right, without overlap.
type finder func(text string, emit func(start, end int))

type piiKind struct {
	find         finder
	replacements []string
}

// piiMatch is a match and what stands in for it.
type piiMatch struct {
	start, end int
	with       string
}

// Rules is empty: the stage rejects nothing.
func (s *PIIStage) Rules() []string { return nil }

// Reads lists the column that is searched.
func (*PIIStage) Reads() []string { return []string{"text"} }

// Writes lists the column in which data are replaced.
func (*PIIStage) Writes() []string { return []string{"text"} }

// Apply replaces what it finds. A text without a match remains the very same
// string.
func (s *PIIStage) Apply(d *corpus.Document) (corpus.Verdict, error) {
	d.Text = s.Replace(d.Text)
	return corpus.Keep, nil
}

// Replace returns the text with its personal data replaced.
func (s *PIIStage) Replace(text string) string {
	var matches []piiMatch
	for _, k := range s.kinds {
		k.find(text, func(start, end int) {
			match := text[start:end]
			if slices.Contains(k.replacements, match) {
				return
			}
			i := xxh3.HashStringSeed(match, s.seed) % uint64(len(k.replacements))
			matches = append(matches, piiMatch{start, end, k.replacements[i]})
		})
	}
	if len(matches) == 0 {
		return text
	}
	// Of overlapping matches the first wins, then the longer: user@[8.8.8.8].
	slices.SortStableFunc(matches, func(a, b piiMatch) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var out strings.Builder
	out.Grow(len(text) + 32)
	at := 0
	for _, m := range matches {
		if m.start < at {
			continue
		}
		out.WriteString(text[at:m.start])
		out.WriteString(m.with)
		at = m.end
	}
	out.WriteString(text[at:])
	return out.String()
}

// Classes of ASCII bytes, for the matchers.
const (
	piiDigit = 1 << iota
	piiLetter
	piiHex
	piiAtom // may stand in the local part of an address between dots
)

var piiClass = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = piiDigit | piiHex | piiAtom
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-32] = piiLetter|piiAtom, piiLetter|piiAtom
	}
	for c := 'a'; c <= 'f'; c++ {
		t[c] |= piiHex
		t[c-32] |= piiHex
	}
	for _, c := range []byte("!#$%'*+=^_`{|}~-") {
		t[c] |= piiAtom
	}
	return t
}()

func isASCII(c byte, class uint8) bool { return piiClass[c]&class != 0 }
