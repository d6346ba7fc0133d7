package choose

import "testing"

// A sentence that is content without doubt, outside of forms, makes a page more than a
// login: a question above the form of a forum.
func TestDropLoginUnderAQuestion(t *testing.T) {
	const page = "<div><p>Is there a way to create a custom template that shows the single question in place of the default one?</p></div>" +
		"<form><p>Name</p><input type=password></form>"
	for score, want := range map[float32]bool{loginSaid: true, loginSaid - 0.01: false} {
		x := scored(t, page, score)
		for i := range x.p.Blocks {
			x.p.Blocks[i].Keep = true
		}
		x.dropLogin()
		if got := x.p.Blocks[0].Keep; got != want {
			t.Errorf("score %v: kept %v", score, got)
		}
	}
}
