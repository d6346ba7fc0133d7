package sizing

import "math"

// maxEpochs bounds every epoch count asked about.
const maxEpochs = 1e5

// Repetition is the data-constrained law: what tokens seen again, and
// parameters beyond what the unique data carries, are worth.
//
//	D' = U + U*R*(1 - exp(-r/R*)),  r = epochs - 1
type Repetition struct {
	TokenDecay float64 // R*_D: repeats after which a repeated token has lost 1-1/e of its worth
	ParamDecay float64 // R*_N: the same for excess parameters
	Source     string
}

// Muennighoff2023 holds the published constants R*_D = 15.39 and R*_N = 5.31
// (arXiv 2305.16264, appendix A: 15.387756 and 5.309743).
func Muennighoff2023() Repetition {
	return Repetition{
		TokenDecay: 15.387756, ParamDecay: 5.309743,
		Source: "Muennighoff et al. 2023, Scaling Data-Constrained Language Models, arXiv 2305.16264",
	}
}

func (r Repetition) check() error {
	return firstError(positive("R*_D", r.TokenDecay, 1e6), positive("R*_N", r.ParamDecay, 1e6))
}

func checkEpochs(epochs float64) error {
	if err := positive("the number of epochs", epochs, maxEpochs); err != nil {
		return err
	}
	if epochs < 1 {
		return inputError("%v epochs; below 1 there is no repetition: use fewer unique tokens", epochs)
	}
	return nil
}

// EffectiveTokens is D': how many unique tokens the epochs over unique tokens
// are worth. At 4 epochs 3.73 times unique, at 16 10.6 times, never above
// [Repetition.Ceiling].
func (r Repetition) EffectiveTokens(unique Tokens, epochs float64) (Tokens, error) {
	if err := firstError(r.check(), checkTokens(unique), checkEpochs(epochs)); err != nil {
		return 0, err
	}
	return Tokens(float64(unique) * (1 + saturate(epochs-1, r.TokenDecay))), nil
}

// saturate is R*(1-exp(-r/R*)), precise for small r.
func saturate(excess, decay float64) float64 { return -decay * math.Expm1(-excess/decay) }

// Ceiling is what endless epochs over unique tokens approach: U*(1 + R*_D).
func (r Repetition) Ceiling(unique Tokens) Tokens {
	return Tokens(float64(unique) * (1 + r.TokenDecay))
}

// EpochsFor inverts [Repetition.EffectiveTokens]: the epochs over unique tokens
// that stand in for want tokens. No number does above the ceiling: an error
// then names it. When want is at most unique, one epoch does.
func (r Repetition) EpochsFor(unique, want Tokens) (float64, error) {
	if err := firstError(r.check(), checkTokens(unique), checkTokens(want)); err != nil {
		return 0, err
	}
	if want <= unique {
		return 1, nil
	}
	share := (float64(want)/float64(unique) - 1) / r.TokenDecay
	if share >= 1 {
		return 0, inputError("no number of epochs over %v tokens stands in for %v; the ceiling is %v",
			unique, want, r.Ceiling(unique))
	}
	return 1 - r.TokenDecay*math.Log1p(-share), nil
}

// MarginalValue is what one more token of the given epoch is worth against a
// fresh one: exp(-(epochs-1)/R*_D).
func (r Repetition) MarginalValue(epochs float64) (float64, error) {
	if err := firstError(r.check(), checkEpochs(epochs)); err != nil {
		return 0, err
	}
	return math.Exp(-(epochs - 1) / r.TokenDecay), nil
}

// EpochsAtValue is where the marginal worth of a token has fallen to value
// (0 < value <= 1), the point where more epochs stop paying by your measure:
// one half at 11.7 epochs, a tenth at 36.4.
func (r Repetition) EpochsAtValue(value float64) (float64, error) {
	if err := firstError(r.check(), ratio("the value of a token", value)); err != nil {
		return 0, err
	}
	return 1 - r.TokenDecay*math.Log(value), nil
}

// EffectiveParams is N': what n parameters are worth when the unique data
// carries base of them.
func (r Repetition) EffectiveParams(base, n Params) (Params, error) {
	if err := firstError(r.check(), checkParams(base), checkParams(n)); err != nil {
		return 0, err
	}
	if n <= base {
		return n, nil
	}
	excess := float64(n)/float64(base) - 1
	return Params(float64(base) * (1 + saturate(excess, r.ParamDecay))), nil
}

// Loss is the data-constrained loss of n parameters after epochs over unique
// tokens: fit's loss at (N', D').
func (r Repetition) Loss(fit Fit, n Params, unique Tokens, epochs float64) (float64, error) {
	carried, err := fit.OptimalForTokens(unique)
	if err != nil {
		return 0, err
	}
	effectiveN, err := r.EffectiveParams(carried.Params, n)
	if err != nil {
		return 0, err
	}
	effectiveD, err := r.EffectiveTokens(unique, epochs)
	if err != nil {
		return 0, err
	}
	return fit.Loss(effectiveN, effectiveD), nil
}

// Repeated is an allocation over a corpus that is too small for the budget.
type Repeated struct {
	Allocation
	Epochs    float64 // times over the unique tokens; below 1 when data is left
	Effective Tokens  // what the tokens seen are worth
	Loss      float64
}

// BestAllocation spends a budget over unique tokens for the least
// data-constrained loss. When the fit's optimum needs no more than unique
// tokens, that is the answer. The law's own fit is [Muennighoff2023Fit].
func (r Repetition) BestAllocation(fit Fit, c FLOP, unique Tokens) (Repeated, error) {
	if err := firstError(r.check(), checkTokens(unique)); err != nil {
		return Repeated{}, err
	}
	free, err := fit.Optimal(c)
	if err != nil {
		return Repeated{}, err
	}
	if free.Tokens <= unique {
		return Repeated{
			Allocation: free, Epochs: float64(free.Tokens) / float64(unique),
			Effective: free.Tokens, Loss: fit.Loss(free.Params, free.Tokens),
		}, nil
	}
	carried, err := fit.OptimalForTokens(unique)
	if err != nil {
		return Repeated{}, err
	}
	loss := func(epochs float64) float64 {
		n := ParamsForCompute(c, Tokens(float64(unique)*epochs))
		excess := math.Max(float64(n)/float64(carried.Params)-1, 0)
		np := math.Min(float64(n), float64(carried.Params)*(1+saturate(excess, r.ParamDecay)))
		return fit.Loss(Params(np), Tokens(float64(unique)*(1+saturate(epochs-1, r.TokenDecay))))
	}
	// More tokens than the unconstrained optimum never help: they are worth less.
	top := math.Min(float64(free.Tokens)/float64(unique)*2, maxEpochs)
	epochs := math.Exp(minimise(0, math.Log(top), func(x float64) float64 { return loss(math.Exp(x)) }))
	seen := Tokens(float64(unique) * epochs)
	return Repeated{
		Allocation: Allocation{Params: ParamsForCompute(c, seen), Tokens: seen, Compute: c},
		Epochs:     epochs,
		Effective:  Tokens(float64(unique) * (1 + saturate(epochs-1, r.TokenDecay))),
		Loss:       loss(epochs),
	}, nil
}

// OverfittingPenalty is the other law of repetition, in which it comes to harm
// (Lovelace et al. 2026, arXiv 2605.01640):
//
//	L = E + A/N^alpha + B/(U*(1+r))^beta + P * r^Delta * (N/U)^Kappa,  r = epochs - 1
//
// Only the form is given here. The paper's fitted P, Delta and Kappa could not
// be read in a source good enough to quote, and P depends on the training setup
// (strong weight decay cuts it by about 70 %): fit them on your own small runs.
type OverfittingPenalty struct {
	P     float64 // size of the penalty, in nats
	Delta float64 // exponent of the repeats
	Kappa float64 // exponent of parameters per unique token
}

func (p OverfittingPenalty) check() error {
	return firstError(positive("P", p.P, 1e12), positive("delta", p.Delta, 10), positive("kappa", p.Kappa, 10))
}

// Loss is the penalised loss of n parameters after epochs over unique tokens.
func (p OverfittingPenalty) Loss(fit Fit, n Params, unique Tokens, epochs float64) (float64, error) {
	if err := firstError(p.check(), fit.check(), checkParams(n), checkTokens(unique), checkEpochs(epochs)); err != nil {
		return 0, err
	}
	penalty := p.P * math.Pow(epochs-1, p.Delta) * math.Pow(float64(n)/float64(unique), p.Kappa)
	return fit.Loss(n, Tokens(float64(unique)*epochs)) + penalty, nil
}

// BestEpochs is the number of epochs, between 1 and most, after which more
// repetition raises the penalised loss.
func (p OverfittingPenalty) BestEpochs(fit Fit, n Params, unique Tokens, most float64) (float64, error) {
	if _, err := p.Loss(fit, n, unique, most); err != nil {
		return 0, err
	}
	loss := func(x float64) float64 {
		v, err := p.Loss(fit, n, unique, math.Max(1, math.Exp(x)))
		if err != nil {
			return math.Inf(1)
		}
		return v
	}
	return math.Max(1, math.Exp(minimise(0, math.Log(most), loss))), nil
}
