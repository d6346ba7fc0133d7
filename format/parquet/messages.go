package parquet

import (
	"encoding/json"

	"github.com/parquet-go/parquet-go"

	"github.com/corpusmill/corpusmill/corpus"
)

// messagesNode is the type of a column of conversations, that of datasets' list of
// {"content": string, "role": string}.
var messagesNode = parquet.Optional(parquet.List(parquet.Group{
	"content": parquet.Encoded(parquet.String(), &parquet.Plain),
	"role":    parquet.Encoded(parquet.String(), &parquet.RLEDictionary),
}))

// Definition levels of messagesNode: an empty list, and a message.
const (
	emptyList   = 1
	fullMessage = 2
)

// messages appends the values of a conversation: its contents, then its roles, which are
// the leaf behind. What is no conversation is null.
func (w *writer) messages(leaf int, v corpus.Value) {
	w.group += 2*cellBytes + int64(len(v.Str))
	var list []struct{ Role, Content string }
	if v.Null || json.Unmarshal([]byte(v.Str), &list) != nil || list == nil {
		w.row = append(w.row, parquet.NullValue().Level(0, 0, leaf), parquet.NullValue().Level(0, 0, leaf+1))
		return
	}
	if len(list) == 0 {
		w.row = append(w.row, parquet.NullValue().Level(0, emptyList, leaf), parquet.NullValue().Level(0, emptyList, leaf+1))
		return
	}
	for i, m := range list {
		w.row = append(w.row, parquet.ValueOf(m.Content).Level(min(i, 1), fullMessage, leaf))
	}
	for i, m := range list {
		w.row = append(w.row, parquet.ValueOf(m.Role).Level(min(i, 1), fullMessage, leaf+1))
	}
}
