package choose

import "github.com/corpusmill/corpusmill/transform/html/dom"

const (
	loginText   = 300 // weighed letters of sentences outside of forms from which a page with a password's field is more than a login
	loginBlocks = 150 // blocks of a login page at most
	loginWords  = 120 // words that are kept of a login at most
	loginScore  = 0.7 // score from which a text outside of forms is content
	loginSaid   = 0.9 // score from which one longer sentence outside of forms is content
	loginSure   = 30  // words of such text from which there is more
)

// dropLogin drops what was kept of a page that asks for a password and says next to
// nothing else.
func (x *Chooser) dropLogin() {
	if x.p.Secrets == 0 || x.p.Stated || len(x.p.Blocks) > loginBlocks {
		return
	}
	const outside = dom.InForm | dom.InNav | dom.InFooter | dom.InHidden
	var text float32
	var kept, sure int32
	for i := range x.p.Blocks {
		b := &x.p.Blocks[i]
		out := x.p.Elems[b.Elem].Ctx&outside == 0
		if out && b.IsGood() && b.Stops > 0 {
			text += b.Weight
		}
		if b.Keep {
			kept += b.Words
		}
		if b.Keep && out && b.Score >= loginScore {
			sure += b.Words
		}
		said := out && b.Keep && b.IsGood() && b.Stops > 0 && b.Score >= loginSaid // a question above a form
		if said || sure > loginSure || text >= loginText || kept > loginWords {
			return
		}
	}
	for i := range x.p.Blocks {
		if b := &x.p.Blocks[i]; b.Keep {
			b.Keep, b.Rule = false, dom.ByLogin
		}
	}
}
