// Package tokenshards writes documents as token shards for training: the sinks of
// Megatron-LM and NeMo ([OpenMegatron]) and of nanotron and datatrove ([OpenNanotron]),
// which a pipeline names or [Export] runs. [Pack] and [PackBestFit] lay the documents
// of a shard into training sequences. Tokens are those of package tokencount, the
// layout of the files is package megatron's.
package tokenshards

import (
	"fmt"
	"math"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/format"
)

// Megatron writes parts as token shards of Megatron-LM and NeMo: a .bin
// of token ids, 2 bytes each where the vocabulary has fewer than 65,500, else 4, and
// beside it the .idx of the same name. Every document is one sequence, in order; one
// without tokens keeps its place. Texts and all other columns are left out.
type Megatron struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
	// Tokenizer is the name or path of a tokenizer, as in the stage token_count.
	Tokenizer string `yaml:"tokenizer" default:"o200k_base"`
	// Pattern says how a rank file splits text before merging: the name of the
	// tokenizer whose pattern it shares.
	Pattern string `yaml:"pattern" default:"o200k_base"`
	// AppendEOD ends every document with an end-of-text token: on or off. Default on.
	AppendEOD string `yaml:"append_eod" default:"on"`
	// EODID is the id of that token, 0 to 2147483647; -1 is the tokenizer's own, which
	// is not known of a rank file. Default -1.
	EODID int64 `yaml:"eod_id" default:"-1"`
	// TokenBytes is the size of an id: 4, or 0 for the smaller size where the
	// vocabulary allows it. DeepSpeed's data_sampling reads .bin files of 4-byte ids
	// alone: its code for 2 bytes is another than Megatron's. Default 0.
	TokenBytes int `yaml:"token_bytes"`
	// Shuffle puts the documents of each part in random order: on or off. It holds the
	// tokens of a part in memory, about as much as part_bytes. Default off.
	Shuffle string `yaml:"shuffle" default:"off"`
	// Seed of the order; 0 is the seed of the run. Equal seeds and documents give
	// equal bytes.
	Seed uint64 `yaml:"seed"`
}

// Nanotron writes parts as token shards of nanotron and datatrove: a .ds of token ids,
// 2 bytes each where the vocabulary has at most 65,536, else 4, with .ds.index (where
// each document ends) and .ds.metadata (tokenizer, size of a token, number of tokens).
// Texts and all other columns are left out.
type Nanotron struct {
	// Dir is the folder or s3:// location of the parts; empty is parts/ in the
	// run folder.
	Dir string `yaml:"dir" key:"-"`
	// PartBytes is the size of text after which a part is closed.
	PartBytes config.Bytes `yaml:"part_bytes" default:"256MiB"`
	// Tokenizer is the name or path of a tokenizer, as in the stage token_count.
	Tokenizer string `yaml:"tokenizer" default:"o200k_base"`
	// Pattern says how a rank file splits text before merging: the name of the
	// tokenizer whose pattern it shares.
	Pattern string `yaml:"pattern" default:"o200k_base"`
	// AppendEOD ends every document with an end-of-text token: on or off. Default on.
	AppendEOD string `yaml:"append_eod" default:"on"`
	// EODID is the id of that token, 0 to 2147483647; -1 is the tokenizer's own, which
	// is not known of a rank file. Default -1.
	EODID int64 `yaml:"eod_id" default:"-1"`
	// TokenBytes is the size of an id: 4, or 0 for the smaller size where the
	// vocabulary allows it. DeepSpeed's data_sampling reads .bin files of 4-byte ids
	// alone: its code for 2 bytes is another than Megatron's. Default 0.
	TokenBytes int `yaml:"token_bytes"`
	// Shuffle puts the documents of each part in random order: on or off. It holds the
	// tokens of a part in memory, about as much as part_bytes. Default off.
	Shuffle string `yaml:"shuffle" default:"off"`
	// Seed of the order; 0 is the seed of the run. Equal seeds and documents give
	// equal bytes.
	Seed uint64 `yaml:"seed"`
}

// DefaultDir implements stage.Placer.
func (m *Megatron) DefaultDir(dir string) {
	if m.Dir == "" {
		m.Dir = dir
	}
}

// DefaultDir implements stage.Placer.
func (n *Nanotron) DefaultDir(dir string) { (*Megatron)(n).DefaultDir(dir) }

// Validate checks the settings.
func (m *Megatron) Validate() error {
	if m.AppendEOD != "on" && m.AppendEOD != "off" {
		return fmt.Errorf("append_eod: %q: want on or off", m.AppendEOD)
	}
	if m.EODID < -1 || m.EODID > math.MaxInt32 {
		return fmt.Errorf("eod_id: %d: want the id of a token, 0 to %d, or -1", m.EODID, math.MaxInt32)
	}
	if m.TokenBytes != 0 && m.TokenBytes != 4 {
		return fmt.Errorf("token_bytes: %d: want 4, or 0 for the size that the vocabulary needs", m.TokenBytes)
	}
	if m.Shuffle != "on" && m.Shuffle != "off" {
		return fmt.Errorf("shuffle: %q: want on or off", m.Shuffle)
	}
	return format.CheckPartBytes(m.PartBytes)
}

// Validate checks the settings.
func (n *Nanotron) Validate() error { return (*Megatron)(n).Validate() }
