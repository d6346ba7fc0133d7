package purify

import "github.com/corpusmill/corpusmill/corpus"

// What stages take for the document at hand, as stage.Taker has it: of each word a view
// has its place, 16 bytes, and up to 36 while the list grows; some have hashes of words and
// tables of their sequences beside it. TestTakes in e2e measures them.
const (
	viewBytesWord       = 36
	repetitionBytesWord = 72
	chineseBytesByte    = 32 // it goes by characters
	classifierBytesWord = 8
	perplexityBytesByte = 4
	pieceBytesWord      = 84
	editBytesByte       = 2
	trimBytesByte       = 84 // a line of nothing is a byte, and the list of lines grows
)

// TakesBytes implements stage.Taker.
func (GopherRepetition) TakesBytes(_ *corpus.Document, words int64) int64 {
	return words * repetitionBytesWord
}

// TakesBytes implements stage.Taker.
func (GopherQuality) TakesBytes(_ *corpus.Document, words int64) int64 { return words * viewBytesWord }

// TakesBytes implements stage.Taker.
func (C4Quality) TakesBytes(d *corpus.Document, words int64) int64 {
	return words*viewBytesWord + int64(len(d.Text))*editBytesByte
}

// TakesBytes implements stage.Taker.
func (FineWebQuality) TakesBytes(d *corpus.Document, words int64) int64 {
	return words*viewBytesWord + int64(len(d.Text))*editBytesByte
}

// TakesBytes implements stage.Taker.
func (ChineseQuality) TakesBytes(d *corpus.Document, _ int64) int64 {
	return int64(len(d.Text)) * chineseBytesByte
}

// TakesBytes implements stage.Taker.
func (q *QualityClassifierStage) TakesBytes(d *corpus.Document, words int64) int64 {
	return words*classifierBytesWord + int64(len(d.Text))
}

// TakesBytes implements stage.Taker.
func (s *PerplexityStage) TakesBytes(d *corpus.Document, words int64) int64 {
	return words*pieceBytesWord + int64(len(d.Text))*perplexityBytesByte
}

// TakesBytes implements stage.Taker.
func (s *ChineseTrimStage) TakesBytes(d *corpus.Document, _ int64) int64 {
	return int64(len(d.Text)) * trimBytesByte
}
