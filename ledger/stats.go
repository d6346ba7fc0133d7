package ledger

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/corpusmill/corpusmill/corpus"
)

// Stats is the account of a task or a run: integers only, so that merging
// commutes and every worker count gives the same bytes.
type Stats struct {
	Sources []*SourceStats `json:"sources"`
	Stages  []*StageStats  `json:"stages"`
	Hosts   Hosts          `json:"hosts"`
	// Yield is what is in the parts, and By the same by "lang" and "source".
	Yield
	By map[string]map[string]*Yield `json:"by"`
	// Sinks is what each named sink got: a document counts in every one that took it, and
	// once in Yield. Unrouted counts documents that passed all stages and that no sink took.
	Sinks    map[string]*Yield `json:"sinks,omitempty"`
	Unrouted int64             `json:"unrouted"`
}

// Yield counts documents of the output.
type Yield struct {
	Documents int64 `json:"documents"`
	Tokens    int64 `json:"tokens"`
	Bytes     int64 `json:"bytes"` // of text
	// Words are those of UAX #29, every Han character and kana one.
	Words int64 `json:"words"`
	// Counts are the sums of whole-number columns, such as the counts of further
	// tokenizers.
	Counts map[string]int64 `json:"counts,omitempty"`
}

// Fertility is tokens per word, 0 without words.
func (y *Yield) Fertility() float64 { return ratio(y.Tokens, y.Words) }

// Compression is bytes per token, 0 without tokens.
func (y *Yield) Compression() float64 { return ratio(y.Bytes, y.Tokens) }

func ratio(a, b int64) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// Add merges another count into y.
func (y *Yield) Add(o *Yield) {
	y.Documents += o.Documents
	y.Tokens += o.Tokens
	y.Bytes += o.Bytes
	y.Words += o.Words
	if y.Counts == nil && len(o.Counts) > 0 {
		y.Counts = map[string]int64{}
	}
	addCounts(y.Counts, o.Counts)
}

// CountYield counts documents of the output.
func (s *Stats) CountYield(lang, source string, y *Yield) {
	s.Yield.Add(y)
	s.yield("lang", lang).Add(y)
	s.yield("source", source).Add(y)
}

// CountSink counts documents that a named sink takes.
func (s *Stats) CountSink(name string, y *Yield) {
	if s.Sinks == nil {
		s.Sinks = map[string]*Yield{}
	}
	if s.Sinks[name] == nil {
		s.Sinks[name] = &Yield{}
	}
	s.Sinks[name].Add(y)
}

func (s *Stats) yield(by, name string) *Yield {
	y, ok := s.By[by][name]
	if !ok {
		y = &Yield{}
		s.By[by][name] = y
	}
	return y
}

// SourceStats accounts for the records of one source: read = documents + skipped
// + quarantined. Where the format tells how many records a damaged place took, all
// of them are quarantined.
type SourceStats struct {
	Name        string           `json:"name"`
	Shards      int64            `json:"shards"`
	Read        int64            `json:"read"`
	Documents   int64            `json:"documents"`
	Skipped     map[string]int64 `json:"skipped"`
	Quarantined int64            `json:"quarantined"`
	// Noted counts records that were read although something of them is lost.
	Noted       map[string]int64 `json:"noted"`
	BytesStored int64            `json:"bytes_stored"` // of the shards as they lie
	BytesLost   int64            `json:"bytes_lost"`   // of them, as far as it is known
	// ShardsCut could not be read to their end; how many records stood there may be
	// unknown. ShardsLost have bytes and not one record that could be read.
	ShardsCut  int64 `json:"shards_cut"`
	ShardsLost int64 `json:"shards_lost"`
	// ShardsFailed were set aside, since a task failed on them: none of them was read, and
	// they count nowhere else.
	ShardsFailed int64 `json:"shards_failed,omitempty"`
	// FirstDamaged is the shard that sorts first of those cut or lost, "" if there is none.
	FirstDamaged string `json:"first_damaged,omitempty"`
}

// SeeDamaged notes the name of a shard that was cut short or lost.
func (x *SourceStats) SeeDamaged(shard string) {
	if x.FirstDamaged == "" || shard < x.FirstDamaged {
		x.FirstDamaged = shard
	}
}

// StageStats accounts for the documents of one stage: in + split = kept +
// rejected + quarantined. Documents that `when` leads past the stage count as in
// and kept, and as bypassed.
type StageStats struct {
	Name string `json:"name"`
	Flow
	Bypassed int64                       `json:"bypassed"`
	By       map[string]map[string]*Flow `json:"by"` // "lang" and "source"
	// Branch says in which case of a switch the stage stands; nil for none.
	Branch *Branch `json:"branch,omitempty"`
	// Switch counts where a switch sent the documents; nil for other stages.
	Switch *SwitchStats `json:"switch,omitempty"`
	// Units counts lines or windows of the documents in that were not dropped before, by a
	// stage that compares these; nil for other stages.
	Units *UnitStats `json:"units,omitempty"`
}

// UnitStats counts parts of documents, also of those that were then dropped.
type UnitStats struct {
	In       int64 `json:"in"`
	Cut      int64 `json:"cut"`
	BytesCut int64 `json:"bytes_cut"`
}

func (s *StageStats) countUnits(u UnitStats) {
	if u == (UnitStats{}) {
		return
	}
	if s.Units == nil {
		s.Units = &UnitStats{}
	}
	s.Units.In += u.In
	s.Units.Cut += u.Cut
	s.Units.BytesCut += u.BytesCut
}

// Branch is a case of a switch. Stages of one case follow each other in an account, and
// those of all cases follow their switch.
type Branch struct {
	Switch  string `json:"switch"`            // name of the switch
	Case    string `json:"case,omitempty"`    // name of the case
	Default bool   `json:"default,omitempty"` // it takes the documents whose value has no case
}

// String is the name of the case for people.
func (b Branch) String() string {
	if b.Default {
		return "the default"
	}
	return "case " + b.Case
}

// SwitchStats counts the documents that a switch sent into each case, and those whose
// value has none: in = cases + default.
type SwitchStats struct {
	By      string           `json:"by"`
	Cases   map[string]int64 `json:"cases"`
	Default int64            `json:"default"`
}

// Of is the number of documents in a case.
func (s *SwitchStats) Of(b Branch) int64 {
	if b.Default {
		return s.Default
	}
	return s.Cases[b.Case]
}

// Branches are the cases, sorted by name, and the default.
func (s *StageStats) Branches() (list []Branch) {
	for _, name := range slices.Sorted(maps.Keys(s.Switch.Cases)) {
		list = append(list, Branch{Switch: s.Name, Case: name})
	}
	return append(list, Branch{Switch: s.Name, Default: true})
}

// Flow counts documents on their way through a stage: all of them, or those of one
// language or source.
type Flow struct {
	In          int64            `json:"in"`
	Split       int64            `json:"split"` // pieces gained by splitting
	Kept        int64            `json:"kept"`
	Rejected    map[string]int64 `json:"rejected"` // by rule
	Quarantined int64            `json:"quarantined"`
	BytesIn     int64            `json:"bytes_in"`
	BytesOut    int64            `json:"bytes_out"`
}

// HostStats counts the documents of one host that were read and kept.
type HostStats struct {
	Documents int64 `json:"documents"`
	Kept      int64 `json:"kept"`
	Bytes     int64 `json:"bytes"` // of kept text
}

// Hosts counts documents by host.
type Hosts map[string]*HostStats

// HostsMax is how many hosts an account keeps; those with most documents stay.
const HostsMax = 1000

// Of returns the account of a host, made on first use.
func (h Hosts) Of(host string) *HostStats {
	s, ok := h[host]
	if !ok {
		s = &HostStats{}
		h[host] = s
	}
	return s
}

// Top returns the n hosts with most documents, ties by name.
func (h Hosts) Top(n int) []string {
	names := slices.SortedFunc(maps.Keys(h), func(a, b string) int {
		return cmp.Or(cmp.Compare(h[b].Documents, h[a].Documents), cmp.Compare(a, b))
	})
	return names[:min(n, len(names))]
}

// Add merges other counts into h.
func (h Hosts) Add(o Hosts) {
	for name, x := range o {
		s := h.Of(name)
		s.Documents += x.Documents
		s.Kept += x.Kept
		s.Bytes += x.Bytes
	}
}

// Cut drops all hosts but the HostsMax largest.
func (h Hosts) Cut() { h.Keep(HostsMax) }

// Keep drops all hosts but the n largest.
func (h Hosts) Keep(n int) {
	if len(h) <= n {
		return
	}
	keep := make(map[string]bool, n)
	for _, name := range h.Top(n) {
		keep[name] = true
	}
	maps.DeleteFunc(h, func(name string, _ *HostStats) bool { return !keep[name] })
}

type hostRow struct {
	Host string `json:"host"`
	HostStats
}

// MarshalJSON writes a list, largest host first.
func (h Hosts) MarshalJSON() ([]byte, error) {
	rows := []hostRow{}
	for _, name := range h.Top(HostsMax) {
		rows = append(rows, hostRow{name, *h[name]})
	}
	return json.Marshal(rows)
}

// UnmarshalJSON is the inverse of MarshalJSON.
func (h *Hosts) UnmarshalJSON(b []byte) error {
	var rows []hostRow
	if err := json.Unmarshal(b, &rows); err != nil {
		return err
	}
	*h = make(Hosts, len(rows))
	for _, r := range rows {
		(*h)[r.Host] = &r.HostStats
	}
	return nil
}

// NewStats returns an empty account with one entry for each source and stage, in
// the order of the plan.
func NewStats(sources, stages []string) *Stats {
	s := &Stats{Hosts: Hosts{}, By: map[string]map[string]*Yield{"lang": {}, "source": {}}}
	for _, name := range sources {
		s.Sources = append(s.Sources, &SourceStats{Name: name, Skipped: map[string]int64{}, Noted: map[string]int64{}})
	}
	for _, name := range stages {
		s.Stages = append(s.Stages, &StageStats{Name: name, Flow: Flow{Rejected: map[string]int64{}},
			By: map[string]map[string]*Flow{"lang": {}, "source": {}}})
	}
	return s
}

// Source returns the account of a source, nil if there is none of that name.
func (s *Stats) Source(name string) *SourceStats {
	i := slices.IndexFunc(s.Sources, func(x *SourceStats) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return s.Sources[i]
}

// Stage returns the account of a stage, nil if there is none of that name.
func (s *Stats) Stage(name string) *StageStats {
	i := slices.IndexFunc(s.Stages, func(x *StageStats) bool { return x.Name == name })
	if i < 0 {
		return nil
	}
	return s.Stages[i]
}

// Outcome is what became of one document at one stage.
type Outcome struct {
	Lang, Source string
	Verdict      corpus.Verdict
	Quarantined  bool
	Bypassed     bool
	Pieces       int // pieces that a split made of it; 1 without a split
	// Dropped are the verdicts on those of the pieces that the stage itself dropped.
	Dropped           []corpus.Verdict
	BytesIn, BytesOut int64
	Units             UnitStats
}

// Count adds one outcome.
func (s *StageStats) Count(o Outcome) {
	s.count(o)
	if o.Bypassed {
		s.Bypassed++
	}
	s.countUnits(o.Units)
	s.flow("lang", o.Lang).count(o)
	s.flow("source", o.Source).count(o)
}

func (f *Flow) count(o Outcome) {
	split := int64(o.Pieces - 1)
	f.In++
	f.Split += split
	f.BytesIn += o.BytesIn
	switch {
	case o.Quarantined:
		f.Quarantined++
	case !o.Verdict.Kept():
		f.Rejected[o.Verdict.Rule]++
	default:
		f.Kept += 1 + split - int64(len(o.Dropped))
		f.BytesOut += o.BytesOut
		for _, v := range o.Dropped {
			f.Rejected[v.Rule]++
		}
	}
}

func (s *StageStats) flow(by, name string) *Flow {
	f, ok := s.By[by][name]
	if !ok {
		f = &Flow{Rejected: map[string]int64{}}
		s.By[by][name] = f
	}
	return f
}

// Add merges an account of some of the sources and stages of s into s.
func (s *Stats) Add(o *Stats) {
	if o == nil {
		return
	}
	for _, x := range o.Sources {
		x.addTo(s.Source(x.Name))
	}
	for _, x := range o.Stages {
		x.addTo(s.Stage(x.Name))
	}
	s.Hosts.Add(o.Hosts)
	s.Yield.Add(&o.Yield)
	s.Unrouted += o.Unrouted
	for name, y := range o.Sinks {
		s.CountSink(name, y)
	}
	for by, names := range o.By {
		for name, y := range names {
			s.yield(by, name).Add(y)
		}
	}
}

func (x *SourceStats) addTo(s *SourceStats) {
	s.Shards += x.Shards
	s.Read += x.Read
	s.Documents += x.Documents
	s.Quarantined += x.Quarantined
	s.BytesStored += x.BytesStored
	s.BytesLost += x.BytesLost
	s.ShardsCut += x.ShardsCut
	s.ShardsLost += x.ShardsLost
	s.ShardsFailed += x.ShardsFailed
	if x.FirstDamaged != "" {
		s.SeeDamaged(x.FirstDamaged)
	}
	addCounts(s.Skipped, x.Skipped)
	addCounts(s.Noted, x.Noted)
}

func (s *StageStats) addTo(sum *StageStats) {
	s.Flow.addTo(&sum.Flow)
	sum.Bypassed += s.Bypassed
	if s.Units != nil {
		sum.countUnits(*s.Units)
	}
	if s.Switch != nil && sum.Switch != nil {
		sum.Switch.Default += s.Switch.Default
		addCounts(sum.Switch.Cases, s.Switch.Cases)
	}
	for by, flows := range s.By {
		for name, f := range flows {
			f.addTo(sum.flow(by, name))
		}
	}
}

func (f *Flow) addTo(sum *Flow) {
	sum.In += f.In
	sum.Split += f.Split
	sum.Kept += f.Kept
	sum.Quarantined += f.Quarantined
	sum.BytesIn += f.BytesIn
	sum.BytesOut += f.BytesOut
	addCounts(sum.Rejected, f.Rejected)
}

func addCounts(dst, src map[string]int64) {
	for k, n := range src {
		dst[k] += n
	}
}

// RejectedSum is the number of documents that the stage dropped.
func (s *StageStats) RejectedSum() (n int64) {
	for _, k := range s.Rejected {
		n += k
	}
	return n
}

// Damage is what sources lost of their shards, all of them together.
type Damage struct {
	ShardsCut, ShardsLost, BytesLost int64
	ShardsFailed                     int64 `json:",omitempty"`
}

// Damage sums what the sources lost.
func (s *Stats) Damage() (d Damage) {
	for _, x := range s.Sources {
		d.Add(Damage{x.ShardsCut, x.ShardsLost, x.BytesLost, x.ShardsFailed})
	}
	return d
}

// Add merges another sum into d.
func (d *Damage) Add(o Damage) {
	d.ShardsCut += o.ShardsCut
	d.ShardsLost += o.ShardsLost
	d.BytesLost += o.BytesLost
	d.ShardsFailed += o.ShardsFailed
}

// Any reports whether shards were cut short, lost or set aside.
func (d Damage) Any() bool { return d.ShardsCut+d.ShardsLost+d.ShardsFailed > 0 }

// String says it for people: how many could not be read, how many not to the end, and how
// many are set aside.
func (d Damage) String() string {
	var parts []string
	if d.ShardsLost > 0 {
		parts = append(parts, fmt.Sprintf("%d could not be read at all", d.ShardsLost))
	}
	if d.ShardsCut > 0 {
		parts = append(parts, fmt.Sprintf("%d not to the end", d.ShardsCut))
	}
	s := strings.Join(parts, " and ")
	if d.BytesLost > 0 {
		s += fmt.Sprintf(" (at least %d bytes are lost)", d.BytesLost)
	}
	if d.ShardsFailed > 0 {
		if s != "" {
			s += "; "
		}
		s += fmt.Sprintf("%d are set aside: run --take-up reads them again", d.ShardsFailed)
	}
	return s
}

// QuarantinedSum is the number of records and documents in quarantine.
func (s *Stats) QuarantinedSum() (n int64) {
	for _, x := range s.Sources {
		n += x.Quarantined
	}
	for _, x := range s.Stages {
		n += x.Quarantined
	}
	return n
}
