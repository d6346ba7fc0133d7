package transform

// cutLine holds the words of the page by score.
type cutLine struct {
	hit, size [scoreBins + 1]float32
	gold      float32
}

func (l *cutLine) fill(blocks []block) {
	*l = cutLine{}
	for i := range blocks {
		b := &blocks[i]
		w := float32(b.words)
		k := int(b.score * scoreBins)
		l.hit[k] += b.score * w
		l.size[k] += w
		l.gold += b.score * w
	}
}

// at returns the cut with the best expected F-beta: with independent
// probabilities the expected value of a cut is, to first order,
// (1+b^2) sum(p w over kept) / (sum(w over kept) + b^2 sum(p w over all)).
func (l *cutLine) at(beta2 float32) (cut int) {
	var h, s, best float32
	cut = scoreBins + 1
	for k := scoreBins; k >= 0; k-- {
		h += l.hit[k]
		s += l.size[k]
		if f := (1 + beta2) * h / (s + beta2*l.gold + 1e-6); f > best {
			best, cut = f, k
		}
	}
	return cut
}
