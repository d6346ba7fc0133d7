package corpus

import (
	"encoding/json"
	"strings"
)

// Message is a turn of a conversation.
type Message struct {
	Role    string `json:"role"` // system, user, assistant
	Content string `json:"content"`
}

// Messages is the text of a cell of a column of messages: question and answer, behind what
// the system says, if anything.
func Messages(system, question, answer string) (string, error) {
	var list []Message
	if system != "" {
		list = append(list, Message{"system", system})
	}
	list = append(list, Message{"user", question}, Message{"assistant", answer})
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(list)
	return strings.TrimSpace(b.String()), err
}
