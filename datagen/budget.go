package datagen

import (
	"context"
	"fmt"
	"sync"

	"github.com/corpusmill/corpusmill/stage"
)

// purse is what is left of a budget.
type purse struct {
	Budget
	waits bool // for requests under way to end, where one more may be too much

	mu       sync.Mutex
	spent    stage.Spending
	reserved stage.Spending // by documents under way
	under    int
	changed  chan struct{}
}

func newPurse(b Budget, waits bool) *purse {
	return &purse{Budget: b, waits: waits, changed: make(chan struct{})}
}

// usd is what tokens cost.
func (b *Budget) usd(s stage.Spending) float64 {
	return (float64(s.PromptTokens)*b.PromptPrice + float64(s.CompletionTokens)*b.CompletionPrice) / 1e6
}

// has reports whether the budget has room for so much.
func (b *Budget) has(s stage.Spending) bool {
	return (b.Tokens == 0 || s.Tokens() <= b.Tokens) && (b.USD == 0 || b.usd(s) <= b.USD)
}

// add is what answers cost that an earlier call of the run got.
func (p *purse) add(s stage.Spending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent.Add(s)
}

// reserve takes what a document may cost at most. While the budget may not be enough it waits
// for others to say what they did cost; the error wraps ErrSpent when none is under way.
func (p *purse) reserve(ctx context.Context, most stage.Spending) error {
	for {
		p.mu.Lock()
		sum := p.spent
		sum.Add(p.reserved)
		sum.Add(most)
		if p.has(sum) {
			p.reserved.Add(most)
			p.under++
			p.mu.Unlock()
			return nil
		}
		if p.under == 0 || !p.waits {
			defer p.mu.Unlock()
			return p.empty(most)
		}
		changed := p.changed
		p.mu.Unlock()
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-changed:
		}
	}
}

func (p *purse) empty(most stage.Spending) error {
	spent := p.spent
	spent.Add(p.reserved)
	if p.USD > 0 && p.usd(spent)+p.usd(most) > p.USD {
		return fmt.Errorf("%w: %.4f of %g dollars for %d requests, and the next document may cost %.4f; what was answered is kept: run the same line again with a larger budget.usd",
			stage.ErrSpent, p.usd(spent), p.USD, spent.Requests, p.usd(most))
	}
	return fmt.Errorf("%w: %d of %d tokens for %d requests, and the next document may take %d; what was answered is kept: run the same line again with a larger budget.tokens",
		stage.ErrSpent, spent.Tokens(), p.Tokens, spent.Requests, most.Tokens())
}

// settle gives back what was reserved, and takes what was spent.
func (p *purse) settle(most, spent stage.Spending) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent.Add(spent)
	p.reserved.Add(stage.Spending{Requests: -most.Requests, PromptTokens: -most.PromptTokens, CompletionTokens: -most.CompletionTokens})
	p.under--
	close(p.changed)
	p.changed = make(chan struct{})
}

// tokensOf is about how many tokens a text has: four bytes of ASCII each, and most other
// characters one.
func tokensOf(s string) int64 {
	narrow, wide := 0, 0
	for _, r := range s {
		if r < 0x80 {
			narrow++
		} else {
			wide++
		}
	}
	return int64((narrow+3)/4 + wide)
}
