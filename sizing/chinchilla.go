package sizing

import "math"

// DefaultTokensPerParameter is Chinchilla's rule of thumb: 20 training tokens
// a parameter (arXiv 2203.15556). Models meant to be served much are trained on
// far more; see [Fit.InferenceAware].
const DefaultTokensPerParameter = 20.0

// flopPerParamToken: 2 for the forward pass, 4 for the backward pass.
const flopPerParamToken = 6.0

// maxTokensPerParameter bounds the user's own ratio.
const maxTokensPerParameter = 1e7

// Allocation is a way to spend compute: a model size and the tokens it sees.
type Allocation struct {
	Params  Params // active parameters
	Tokens  Tokens // tokens seen, repeats included
	Compute FLOP   // 6ND
}

// TokensPerParameter is D/N.
func (a Allocation) TokensPerParameter() float64 { return float64(a.Tokens) / float64(a.Params) }

// TrainingCompute is C = 6ND. For a mixture of experts give the active
// parameters. Check value: Llama 3.1 405B on 15.6T tokens is 3.79e25.
func TrainingCompute(n Params, d Tokens) FLOP {
	return FLOP(flopPerParamToken * float64(n) * float64(d))
}

// ParamsForCompute inverts C = 6ND for N.
func ParamsForCompute(c FLOP, d Tokens) Params {
	return Params(float64(c) / (flopPerParamToken * float64(d)))
}

// TokensForCompute inverts C = 6ND for D.
func TokensForCompute(c FLOP, n Params) Tokens {
	return Tokens(float64(c) / (flopPerParamToken * float64(n)))
}

// ParamsForTokens is N = D/ratio.
func ParamsForTokens(d Tokens, tokensPerParameter float64) Params {
	return Params(float64(d) / tokensPerParameter)
}

// TokensForParams is D = ratio*N.
func TokensForParams(n Params, tokensPerParameter float64) Tokens {
	return Tokens(float64(n) * tokensPerParameter)
}

// OptimalByRatio spends a budget at a fixed ratio: N = sqrt(C/(6*ratio)) and
// D = ratio*N. Errors wrap [ErrInput].
func OptimalByRatio(c FLOP, tokensPerParameter float64) (Allocation, error) {
	err := firstError(checkCompute(c),
		positive("tokens_per_parameter", tokensPerParameter, maxTokensPerParameter))
	if err != nil {
		return Allocation{}, err
	}
	n := Params(math.Sqrt(float64(c) / (flopPerParamToken * tokensPerParameter)))
	return Allocation{Params: n, Tokens: TokensForParams(n, tokensPerParameter), Compute: c}, nil
}

// Shape is what of a transformer's architecture this package needs.
type Shape struct {
	Layers int // number of blocks
	Hidden int // width of the residual stream
	Heads  int // attention heads
}

// ShapeFor guesses a dense transformer's shape for n parameters from
// N = 12*L*h^2 (embeddings left out) and GPT-3's proportions h = 128*L, one head
// per 128 of width. A first check only: give your own shape when you have one.
func ShapeFor(n Params) (Shape, error) {
	if err := checkParams(n); err != nil {
		return Shape{}, err
	}
	layers := max(1, int(math.Round(math.Cbrt(float64(n)/(12*128*128)))))
	hidden := 128 * max(1, int(math.Round(math.Sqrt(float64(n)/(12*float64(layers)))/128)))
	return Shape{Layers: layers, Hidden: hidden, Heads: hidden / 128}, nil
}

func (s Shape) check() error {
	if s.Layers < 1 || s.Hidden < 1 || s.Heads < 1 || s.Layers > 1e6 || s.Hidden > 1e8 || s.Heads > 1e7 {
		return inputError("the shape needs positive layers, hidden and heads; got %+v", s)
	}
	return nil
}

// TrainingComputeWithAttention adds the attention scores, which 6ND leaves out:
// a token costs 6N + 12*L*h*s FLOP with s the sequence length in tokens
// (Chowdhery et al. 2022, arXiv 2204.02311, appendix B); a causal mask that
// skips the upper triangle halves the second term. GPT-3 at s = 2,048: +2.76 %.
func TrainingComputeWithAttention(n Params, d Tokens, s Shape, sequenceTokens int, causal bool) (FLOP, error) {
	if err := firstError(checkParams(n), checkTokens(d), s.check(), checkSequence(sequenceTokens)); err != nil {
		return 0, err
	}
	attention := 12 * float64(s.Layers) * float64(s.Hidden) * float64(sequenceTokens)
	if causal {
		attention /= 2
	}
	return FLOP((flopPerParamToken*float64(n) + attention) * float64(d)), nil
}

func checkSequence(tokens int) error {
	if tokens < 1 || tokens > 1<<30 {
		return inputError("the sequence length is %d tokens; it must lie between 1 and 2^30", tokens)
	}
	return nil
}

// Mixture is a mixture-of-experts model. Compute counts Active; memory counts
// Total. That 20 tokens a parameter should count active ones is a convention,
// not a result.
type Mixture struct {
	Total  Params // all parameters that must be stored
	Active Params // parameters that one token passes through
}

// MixtureOfExperts adds up a model: shared parameters that every token passes
// through (attention, embeddings, shared experts) and experts of one size each,
// over all layers, of which routed are used per token.
func MixtureOfExperts(shared, expert Params, experts, routed int) (Mixture, error) {
	if err := firstError(checkParams(shared), checkParams(expert)); err != nil {
		return Mixture{}, err
	}
	if experts < 1 || routed < 1 || routed > experts || experts > 1e6 {
		return Mixture{}, inputError("%d of %d experts a token; need 1 <= routed <= experts", routed, experts)
	}
	return Mixture{
		Total:  shared + expert*Params(experts),
		Active: shared + expert*Params(routed),
	}, nil
}
