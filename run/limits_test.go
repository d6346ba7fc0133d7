package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/corpus"
	"github.com/corpusmill/corpusmill/ledger"
	"github.com/corpusmill/corpusmill/plan"
	"github.com/corpusmill/corpusmill/stage"
)

func limit(t *testing.T, s string) (l stage.Limit) {
	t.Helper()
	if s == "" {
		return l
	}
	if err := l.UnmarshalText([]byte(s)); err != nil {
		t.Fatal(err)
	}
	return l
}

// Records and shards have limits of their own, each at both sides of its boundary.
func TestLimitsOfLoss(t *testing.T) {
	for _, c := range []struct {
		name                 string
		errorsMax, shardsMax string
		read, bad            int64
		shards, cut, lost    int64
		tooMany, lostTooMany bool
	}{
		{name: "nothing lost", read: 10, shards: 1},
		{name: "records: the floor", read: 1000, bad: 100, shards: 1},
		{name: "records: one more", read: 1000, bad: 101, shards: 1, tooMany: true},
		{name: "records: a hundredth", read: 20_000, bad: 200, shards: 1},
		{name: "records: one more than a hundredth", read: 20_000, bad: 201, shards: 1, tooMany: true},
		{name: "records: set", errorsMax: "5", read: 20_000, bad: 5, shards: 1},
		{name: "records: one more than set", errorsMax: "5", read: 20_000, bad: 6, shards: 1, tooMany: true},
		{name: "records: off", errorsMax: "off", read: 10, bad: 10, shards: 1},
		{name: "no shard may be lost", read: 1_000_000, bad: 1, shards: 10_000, lost: 1, lostTooMany: true},
		{name: "some may be cut short", read: 1000, bad: 10, shards: 20, cut: 10},
		{name: "one more", read: 1000, bad: 11, shards: 20, cut: 11, lostTooMany: true},
		{name: "a hundredth cut short", read: 1_000_000, bad: 20, shards: 2000, cut: 20},
		{name: "one more than a hundredth", read: 1_000_000, bad: 21, shards: 2000, cut: 21, lostTooMany: true},
		{name: "a lost one allowed", shardsMax: "1", read: 1000, bad: 1, shards: 10, lost: 1},
		{name: "the setting counts both", shardsMax: "2", read: 1000, bad: 2, shards: 10, lost: 1, cut: 1},
		{name: "one more than set", shardsMax: "2", read: 1000, bad: 3, shards: 10, lost: 1, cut: 2, lostTooMany: true},
		{name: "none set", shardsMax: "0", read: 1000, bad: 1, shards: 10, cut: 1, lostTooMany: true},
		{name: "off", shardsMax: "off", read: 1000, bad: 60, shards: 60, lost: 59, cut: 1},
		{name: "errors_max does not allow lost shards", errorsMax: "off", read: 1, bad: 1, shards: 1, lost: 1, lostTooMany: true},
	} {
		stats := ledger.NewStats([]string{"s"}, nil)
		*stats.Sources[0] = ledger.SourceStats{Name: "s", Read: c.read, Quarantined: c.bad, Shards: c.shards, ShardsCut: c.cut, ShardsLost: c.lost}
		var l losses
		l.add(0, &ledger.Commit{}, stats)
		err := l.check(&Pipeline{ErrorsMax: limit(t, c.errorsMax), ShardsLostMax: limit(t, c.shardsMax)}, "segment")
		if errors.Is(err, ErrTooManyErrors) != c.tooMany || errors.Is(err, ErrShardsLost) != c.lostTooMany {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// A shard is lost where not one record of it could be read, and cut short where the
// reading ended early.
func TestShardIsCountedAsWhatItLost(t *testing.T) {
	const size = 1000
	document := func(f *shardFeed) { _ = f.Document(&corpus.Document{Text: "text"}) }
	fails := func(loss corpus.Loss, records, bytes int64) func(*shardFeed) {
		return func(f *shardFeed) {
			f.Quarantine(&corpus.RecordError{Loss: loss, Records: records, Bytes: bytes, Err: errors.New("broken")})
		}
	}
	for _, c := range []struct {
		name  string
		reads []func(*shardFeed)
		want  ledger.SourceStats
	}{
		{"no record and no error: a shard of 0 rows", nil, ledger.SourceStats{}},
		{"whole", []func(*shardFeed){document}, ledger.SourceStats{Read: 1, Documents: 1}},
		{"null texts alone", []func(*shardFeed){fails(corpus.LossContent, 0, 0)}, ledger.SourceStats{Read: 1, Quarantined: 1}},
		{"no line is a record", []func(*shardFeed){fails(corpus.LossRecord, 0, 5)},
			ledger.SourceStats{Read: 1, Quarantined: 1, ShardsLost: 1, BytesLost: size}},
		{"a line among others", []func(*shardFeed){fails(corpus.LossRecord, 0, 5), document},
			ledger.SourceStats{Read: 2, Documents: 1, Quarantined: 1, BytesLost: 5}},
		{"all were skipped", []func(*shardFeed){func(f *shardFeed) { f.Skip("warcinfo") }, fails(corpus.LossRecord, 0, 0)},
			ledger.SourceStats{Read: 2, Quarantined: 1}},
		{"no footer", []func(*shardFeed){fails(corpus.LossRest, 0, 0)},
			ledger.SourceStats{Read: 1, Quarantined: 1, ShardsLost: 1, BytesLost: size}},
		{"cut behind a record", []func(*shardFeed){document, fails(corpus.LossRest, 0, 300)},
			ledger.SourceStats{Read: 2, Documents: 1, Quarantined: 1, ShardsCut: 1, BytesLost: 300}},
		{"a row group of a known number of rows", []func(*shardFeed){document, fails(corpus.LossRecord, 25_000, 70)},
			ledger.SourceStats{Read: 25_001, Documents: 1, Quarantined: 25_000, BytesLost: 70}},
		{"more lost than stored: members inflate", []func(*shardFeed){fails(corpus.LossRest, 0, 5000)},
			ledger.SourceStats{Read: 1, Quarantined: 1, ShardsLost: 1, BytesLost: 5000}},
	} {
		f := &shardFeed{source: &openSource{}, batcher: &batcher{}, plan: &Plan{Pipeline: &Pipeline{}}, shard: corpus.Shard{Source: "s", Name: "f", Size: size},
			stats: ledger.NewStats([]string{""}, nil).Sources[0]}
		f.out.emit = func(*batch) error { return nil }
		for _, read := range c.reads {
			read(f)
		}
		f.end()
		got := *f.stats
		got.Skipped, got.Noted = nil, nil
		if got.Read != c.want.Read || got.Documents != c.want.Documents || got.Quarantined != c.want.Quarantined ||
			got.ShardsCut != c.want.ShardsCut || got.ShardsLost != c.want.ShardsLost || got.BytesLost != c.want.BytesLost {
			t.Errorf("%s: %+v\nwant %+v", c.name, got, c.want)
		}
	}
}

// Tasks end in any order: the error names the first that lost something, and counts all.
func TestLossesDoNotDependOnOrder(t *testing.T) {
	tasks := make([]*ledger.Stats, 4)
	for i := range tasks {
		tasks[i] = ledger.NewStats([]string{"s"}, nil)
		s := tasks[i].Sources[0]
		if s.Shards = 1; i > 0 { // all but the first are lost
			s.ShardsLost, s.FirstDamaged = 1, fmt.Sprint(i)
		}
	}
	const want = "segment: input files could not be read: of 4 files 3 could not be read at all, the first is s/1; "
	for _, order := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}} {
		var l losses
		for _, i := range order {
			l.add(i, &ledger.Commit{Head: plan.Head{Label: "a pack"}}, tasks[i])
		}
		if err := l.check(&Pipeline{}, "segment"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("order %v: %v, want %q", order, err, want)
		}
		var joined losses
		for _, i := range order { // each by another worker, of which the others read
			var one, back losses
			one.add(i, &ledger.Commit{Head: plan.Head{Label: "a pack"}}, tasks[i])
			b, err := json.Marshal(one)
			if err == nil {
				err = json.Unmarshal(b, &back)
			}
			if err != nil {
				t.Fatal(err)
			}
			joined.join(back)
		}
		if joined != l {
			t.Errorf("order %v: joined %+v, counted %+v", order, joined, l)
		}
	}
}
