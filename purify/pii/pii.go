// Package pii finds personal data and secrets in texts, of people and countries of the
// world, Chinese ones too, and replaces, masks, tags or counts them.
package pii

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/zeebo/xxh3"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/stage"
)

// PII finds personal data and secrets in the text, and does with each kind what actions
// says. By itself it replaces e-mail addresses and public IPv4 addresses; other kinds are
// looked for where they are asked for.
//
//	pii: { actions: { all: mask, us_ssn: drop }, mask_key_env: PII_KEY }
//
// The kinds: email; ipv4 and ipv6 (public addresses); phone (with a calling code those of
// all countries, without one those of the countries of phones, by libphonenumber's data);
// cn_id (Chinese identity cards, with place, date of birth and check digit right);
// cn_bank_card (UnionPay's and those that the text calls a card) and payment_card (ranges
// of the issuers), both by Luhn's check digit; iban (length by country, modulo 97); mac;
// us_ssn (only where the text says so); api_key (forms of some thirty services, and values
// of names such as api_key=, that look random); jwt; private_key (PEM blocks);
// connection_string (addresses with a password, Password= in a list). Full-width digits,
// letters and @ are read as ASCII.
//
// The actions: replace puts in an entry of the kind's list; mask the kind and 16 letters
// in angle brackets, a keyed hash, so that equal data stay equal and nobody who lacks the
// key can try all numbers; tag leaves the text and stores how many there are;
// drop rejects the document, with the kind as the rule and their number as the value; off
// does not look. With counts the numbers of all kinds become columns.
//
// A rejected document goes to the rejects with all that was found put out, whatever its
// action. Rejects of stages before this one have their texts as they were, and so do
// the segments of the run folder: put it before the stages whose rejects others read.
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
	// Actions says what becomes of a kind: replace, mask, tag, drop or off. "all" is for
	// all kinds that are not named. What it does not say: email and ipv4 are replaced,
	// the others only by the settings below.
	Actions map[string]string `yaml:"actions"`
	// MaskKeyEnv is the name of the variable of the environment that holds the key of
	// masks: 16 bytes or more, best of a generator. It is needed where something is masked.
	MaskKeyEnv string `yaml:"mask_key_env"`
	// Counts stores the number of each kind that is looked for in a column, sig_pii_email
	// and so on, found before anything was replaced. Default false: only kinds that are
	// tagged.
	Counts bool `yaml:"counts"`
	// MaxCounts drops documents with more of a kind than so many, whatever its action.
	MaxCounts map[string]int64 `yaml:"max_counts"`
	// KeepEmails leaves e-mail addresses in the text. Default false.
	KeepEmails bool `yaml:"keep_emails"`
	// KeepIPs leaves IP addresses in the text. Default false.
	KeepIPs bool `yaml:"keep_ips"`
	// IPv6 replaces public IPv6 addresses too. Default false.
	IPv6 bool `yaml:"ipv6"`
	// Phones are the countries whose numbers are found as they are written there, by their
	// ISO codes ("cn,us,gb"); world is some fifty larger ones, off none. Of China 11 digits
	// from 1[3-9] are one, with or without +86 and separators; other numbers have the
	// trunk prefix or area code and the groups of their country, or a word such as Tel.
	// before them. Default off; world where actions has phone.
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

// The actions on a kind.
const (
	actionOff     = "off"
	actionReplace = "replace"
	actionMask    = "mask"
	actionTag     = "tag"
	actionDrop    = "drop"
)

const (
	maxReplacements = 1000 // of a list
	minMaskKey      = 16   // bytes
)

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// Validate checks the settings.
func (p *PII) Validate() error {
	if p.IDs != "off" && p.IDs != "cn" {
		return fmt.Errorf("ids: %q: want cn or off", p.IDs)
	}
	if _, err := phoneAreas(p.Phones); err != nil {
		return err
	}
	masks := false
	for _, kind := range slices.Sorted(maps.Keys(p.Actions)) {
		action := p.Actions[kind]
		if kind != "all" && !slices.Contains(kindNames[:], kind) {
			return fmt.Errorf("actions: %q is no kind: want all, %s", kind, strings.Join(kindNames[:], ", "))
		}
		switch action {
		case actionOff, actionReplace, actionTag, actionDrop:
		case actionMask:
			masks = true
		default:
			return fmt.Errorf("actions: %s: %q: want replace, mask, tag, drop or off", kind, action)
		}
	}
	switch {
	case masks && p.MaskKeyEnv == "":
		return fmt.Errorf("mask_key_env: a mask needs a key: name the variable of the environment that holds it")
	case p.MaskKeyEnv != "" && !variableName.MatchString(p.MaskKeyEnv):
		return fmt.Errorf("mask_key_env: want the name of a variable of the environment, such as PII_KEY, and not the key itself")
	}
	actions := p.actions()
	for _, kind := range slices.Sorted(maps.Keys(p.MaxCounts)) {
		i := slices.Index(kindNames[:], kind)
		if i < 0 {
			return fmt.Errorf("max_counts: %q is no kind: want %s", kind, strings.Join(kindNames[:], ", "))
		}
		if actions[i] == actionOff {
			return fmt.Errorf("max_counts: %s is not looked for: give it an action", kind)
		}
		if p.MaxCounts[kind] < 0 {
			return fmt.Errorf("max_counts: %s: %d is negative", kind, p.MaxCounts[kind])
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

// actions are those of all kinds.
func (p *PII) actions() (list [kinds]string) {
	on := func(yes bool) string {
		if yes {
			return actionReplace
		}
		return actionOff
	}
	for i := range list {
		list[i] = actionOff
	}
	if all, ok := p.Actions["all"]; ok {
		for i := range list {
			list[i] = all
		}
	} else {
		list[kindEmail], list[kindIPv4] = actionReplace, actionReplace
	}
	if p.KeepEmails {
		list[kindEmail] = actionOff
	}
	if p.KeepIPs {
		list[kindIPv4], list[kindIPv6] = actionOff, actionOff
	}
	if list[kindIPv6] == actionOff {
		list[kindIPv6] = on(p.IPv6 && !p.KeepIPs)
	}
	if list[kindPhone] == actionOff {
		list[kindPhone] = on(p.Phones != "off")
	}
	if list[kindCNID] == actionOff {
		list[kindCNID] = on(p.IDs == "cn")
	}
	for i, name := range kindNames {
		if action, ok := p.Actions[name]; ok {
			list[i] = action
		}
	}
	return list
}

// Def defines the stage pii.
var Def = stage.DefineOpen("pii", 4, open)

// Open makes the stage ready; zero fields take their defaults. The environment's
// seed takes part in the choice of replacements.
func Open(ctx context.Context, p PII, env *stage.Env) (*Stage, error) {
	return stage.Open[*Stage](ctx, Def, p, env)
}

func open(_ context.Context, p PII, env *stage.Env) (*Stage, error) {
	s := &Stage{seed: env.Seed}
	for i, action := range p.actions() {
		s.actions[i] = action
		if action == actionOff {
			continue
		}
		s.kinds |= 1 << i
		if p.Counts || action == actionTag {
			s.columns = append(s.columns, kind(i))
		}
		s.max[i] = -1
		if most, ok := p.MaxCounts[kindNames[i]]; ok {
			s.max[i] = most
		} else if action == actionDrop {
			s.max[i] = 0
		}
	}
	if p.MaskKeyEnv != "" {
		key, ok := env.LookupVariable(p.MaskKeyEnv)
		if !ok {
			return nil, fmt.Errorf("mask_key_env: the variable %s is not set", p.MaskKeyEnv)
		}
		if len(key) < minMaskKey {
			return nil, fmt.Errorf("mask_key_env: %s has %d bytes, want %d at least: whoever guesses it can try all numbers", p.MaskKeyEnv, len(key), minMaskKey)
		}
		s.key = []byte(key)
	}
	s.replacements = standIns
	s.replacements[kindEmail], s.replacements[kindIPv4], s.replacements[kindIPv6] = slices.Clone(p.EmailReplacements), slices.Clone(p.IPReplacements), slices.Clone(p.IPv6Replacements)
	s.replacements[kindPhone], s.replacements[kindCNID] = slices.Clone(p.PhoneReplacements), slices.Clone(p.IDReplacements)
	if s.kinds>>kindPhone&1 != 0 {
		areas, err := phoneAreas(p.Phones)
		if err != nil {
			return nil, err
		}
		if areas == nil {
			areas = strings.Fields(worldAreas)
		}
		s.phones = newPhoneBook(areas)
	}
	return s, nil
}

// standIns stand in for kinds without a list of their own: none is what it looks like.
var standIns = [kinds][]string{
	kindCNBankCard: {"6200000000000000000"}, kindPaymentCard: {"4000000000000000"}, kindIBAN: {"DE00000000000000000000"}, kindMAC: {"00:00:5E:00:53:00"}, kindUSSSN: {"000-00-0000"},
	kindAPIKey: {"REDACTED_API_KEY"}, kindJWT: {"REDACTED_JWT"}, kindPrivateKey: {"REDACTED_PRIVATE_KEY"}, kindConnection: {"REDACTED_CONNECTION_STRING"},
}

// Stage is the opened stage. It is safe for concurrent use.
type Stage struct {
	seed         uint64
	kinds        uint32 // a bit for each that is looked for
	actions      [kinds]string
	max          [kinds]int64 // -1: any number
	replacements [kinds][]string
	columns      []kind
	phones       *phoneBook
	key          []byte
}

var scans = sync.Pool{New: func() any { return new(scan) }}

// Rules are the kinds of which a document may have too many.
func (s *Stage) Rules() (rules []string) {
	for i, name := range kindNames {
		if s.kinds>>i&1 != 0 && s.max[i] >= 0 {
			rules = append(rules, name)
		}
	}
	return rules
}

// Reads lists the column that is searched.
func (*Stage) Reads() []string { return []string{"text"} }

// Writes lists the column in which data are replaced.
func (*Stage) Writes() []string { return []string{"text"} }

// Digest makes what was masked hang on the key, and tells nothing of it.
func (s *Stage) Digest() string {
	if s.key == nil {
		return ""
	}
	return hex.EncodeToString(s.sum("", "key"))
}

// Columns are the counts that are stored.
func (s *Stage) Columns() []corpus.Column {
	list := make([]corpus.Column, len(s.columns))
	for i, k := range s.columns {
		list[i] = corpus.Column{Name: kindNames[k], Type: corpus.Int, Doc: "matches of the kind " + kindNames[k]}
	}
	return list
}

// Apply does with what it finds as actions says. A text in which nothing changes remains
// the very same string.
func (s *Stage) Apply(d *corpus.Document) (corpus.Verdict, error) { return s.Record(d, nil) }

// Record is Apply that sets the counts.
func (s *Stage) Record(d *corpus.Document, v *corpus.Values) (corpus.Verdict, error) {
	scan := s.open()
	defer s.close(scan)
	scan.find(d.Text)
	hits := resolved(scan.hits)
	var counts [kinds]int64
	for _, h := range hits {
		counts[h.kind]++
	}
	if v != nil {
		for i, k := range s.columns {
			v.Set(i, float64(counts[k]))
		}
	}
	for kind, n := range counts {
		if n > 0 && s.max[kind] >= 0 && n > s.max[kind] {
			d.Text = s.edit(scan, d.Text, hits, true)
			return corpus.Verdict{Rule: kindNames[kind], Value: float64(n), Limit: float64(s.max[kind])}, nil
		}
	}
	d.Text = s.edit(scan, d.Text, hits, false)
	return corpus.Keep, nil
}

func (s *Stage) open() *scan {
	scan := scans.Get().(*scan)
	scan.kinds, scan.phones = s.kinds, s.phones
	return scan
}

func (s *Stage) close(scan *scan) {
	scan.end()
	scans.Put(scan)
}

// Replace returns the text with what is replaced or masked in it.
func (s *Stage) Replace(text string) string {
	scan := s.open()
	defer s.close(scan)
	scan.find(text)
	return s.edit(scan, text, resolved(scan.hits), false)
}

// resolved sorts hits and leaves out what overlaps: of overlapping matches the first wins,
// then the longer: user@[8.8.8.8].
func resolved(hits []hit) []hit {
	slices.SortStableFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	at := 0
	return slices.DeleteFunc(hits, func(h hit) bool {
		if h.start < at {
			return true
		}
		at = h.end
		return false
	})
}

// edit puts in what stands for the hits: for all of them in a text that is rejected.
func (s *Stage) edit(scan *scan, text string, hits []hit, rejected bool) string {
	var out strings.Builder
	at := 0
	for _, h := range hits {
		match := scan.match(text, h)
		with, ok := s.standIn(h, match, rejected)
		if !ok {
			continue
		}
		if at == 0 {
			out.Grow(len(text) + 32)
		}
		out.WriteString(text[at:h.start])
		out.WriteString(with)
		at = h.end
	}
	if at == 0 {
		return text
	}
	out.WriteString(text[at:])
	return out.String()
}

// standIn is what stands for a match; ok is false where it stays.
func (s *Stage) standIn(h hit, match string, rejected bool) (with string, ok bool) {
	action := s.actions[h.kind]
	switch {
	case action == actionMask && s.key != nil:
		return "<" + kindNames[h.kind] + ":" + s.placeholder(h, match) + ">", true
	case action == actionReplace:
		list := s.replacements[h.kind]
		if slices.Contains(list, match) {
			return "", false
		}
		return list[xxh3.HashStringSeed(match, s.seed)%uint64(len(list))], true
	case rejected:
		return "<" + kindNames[h.kind] + ">", true
	}
	return "", false
}

// placeholder is 16 letters, 64 bits of the keyed hash of what a match says: the same
// however it is written. Letters alone are no number that somebody finds again.
func (s *Stage) placeholder(h hit, match string) string {
	sum := s.sum(kindNames[h.kind], canonical(h, match))
	var letters [16]byte
	for i := range letters {
		letters[i] = 'a' + sum[i/2]>>(4*(i&1))&15
	}
	return string(letters[:])
}

func (s *Stage) sum(kind, value string) []byte {
	mac := hmac.New(sha256.New, s.key)
	_, _ = mac.Write([]byte(kind + "\x00" + value))
	return mac.Sum(nil)
}

// canonical is one way of writing a match.
func canonical(h hit, match string) string {
	keep := func(class uint8) string {
		return strings.Map(func(r rune) rune {
			if r < 0x80 && isASCII(byte(r), class) {
				return r
			}
			return -1
		}, match)
	}
	switch h.kind {
	case kindEmail, kindMAC:
		if h.kind == kindMAC {
			match = keep(classHex)
		}
		return strings.ToLower(match)
	case kindIPv4, kindIPv6:
		if a, err := netip.ParseAddr(match); err == nil {
			return a.String()
		}
	case kindPhone:
		match = strings.Replace(match, "(0)", "", 1)
		digits := keep(classDigit)
		if h.code == "" {
			return strings.TrimPrefix(digits, "00")
		}
		return h.code + strings.TrimPrefix(digits, trunkOf(h.code))
	case kindCNBankCard, kindPaymentCard, kindUSSSN:
		return keep(classDigit)
	case kindCNID, kindIBAN:
		return strings.ToUpper(keep(classDigit | classLetter))
	}
	return match
}

// Classes of ASCII bytes, for the matchers.
const (
	classDigit = 1 << iota
	classLetter
	classHex
	classAtom // may stand in the local part of an address between dots
)

var classOf = func() (t [256]uint8) {
	for c := '0'; c <= '9'; c++ {
		t[c] = classDigit | classHex | classAtom
	}
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-32] = classLetter|classAtom, classLetter|classAtom
	}
	for c := 'a'; c <= 'f'; c++ {
		t[c] |= classHex
		t[c-32] |= classHex
	}
	for _, c := range []byte("!#$%'*+=^_`{|}~-") {
		t[c] |= classAtom
	}
	return t
}()

func isASCII(c byte, class uint8) bool { return classOf[c]&class != 0 }

// TakesBytes implements stage.Taker.
func (s *Stage) TakesBytes(d *corpus.Document, _ int64) int64 { return int64(len(d.Text)) * 2 }
