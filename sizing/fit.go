package sizing

import (
	"math"
	"sort"
	"strings"
)

// Fit is the parametric loss L(N, D) = E + A/N^Alpha + B/D^Beta of arXiv
// 2203.15556, equation 2, with the constants of one named study. Losses are in
// nats a token on that study's text and tokenizer: compare them with each other,
// not with your own.
type Fit struct {
	Name   string  `json:"name"`
	E      float64 `json:"e"` // loss that no model and no data remove
	A      float64 `json:"a"`
	B      float64 `json:"b"`
	Alpha  float64 `json:"alpha"`
	Beta   float64 `json:"beta"`
	Source string  `json:"source"`
	// Warning says why not to use the fit, where there is a reason.
	Warning string `json:"warning,omitempty"`
}

// Besiroglu2024 is the corrected replication of Chinchilla's Approach 3, and
// this package's default. It agrees with the paper's other two approaches.
func Besiroglu2024() Fit {
	return Fit{
		Name: "besiroglu2024", E: 1.8172, A: 482.01, B: 2085.43, Alpha: 0.3478, Beta: 0.3658,
		Source: "Besiroglu et al. 2024, Chinchilla Scaling: A replication attempt, arXiv 2404.10102",
	}
}

// Hoffmann2022 holds the constants that the Chinchilla paper prints. They are
// rounded, fit the paper's own runs badly and contradict its other approaches:
// at 5.76e23 FLOP they give 32B parameters at 93 tokens each, where the paper
// trained 70B at 20. For comparison only.
func Hoffmann2022() Fit {
	return Fit{
		Name: "hoffmann2022", E: 1.69, A: 406.4, B: 410.7, Alpha: 0.34, Beta: 0.28,
		Source:  "Hoffmann et al. 2022, Training Compute-Optimal Large Language Models, arXiv 2203.15556, Approach 3",
		Warning: "the printed constants are rounded and contradict the paper's other approaches (arXiv 2404.10102)",
	}
}

// Muennighoff2023Fit is the fit under the data-constrained law, on C4 with
// exponents tied (appendix A: ln A = 6.255414, ln B = 7.3049974, ln E =
// 0.6254804, Alpha = Beta = 0.3526596).
func Muennighoff2023Fit() Fit {
	return Fit{
		Name: "muennighoff2023", E: math.Exp(0.6254804), A: math.Exp(6.255414), B: math.Exp(7.3049974),
		Alpha: 0.3526596, Beta: 0.3526596,
		Source: "Muennighoff et al. 2023, Scaling Data-Constrained Language Models, arXiv 2305.16264, appendix A",
	}
}

// Fits lists the named fits, default first.
func Fits() []Fit { return []Fit{Besiroglu2024(), Hoffmann2022(), Muennighoff2023Fit()} }

// FitByName finds a fit; the error lists the names.
func FitByName(name string) (Fit, error) {
	var names []string
	for _, f := range Fits() {
		if f.Name == name {
			return f, nil
		}
		names = append(names, f.Name)
	}
	sort.Strings(names)
	return Fit{}, inputError("no loss fit named %q; there are %s", name, strings.Join(names, ", "))
}

func (f Fit) check() error {
	return firstError(
		notNegative("the fit's E", f.E, 100), positive("the fit's A", f.A, 1e12), positive("the fit's B", f.B, 1e12),
		positive("the fit's alpha", f.Alpha, 10), positive("the fit's beta", f.Beta, 10))
}

// Loss is L(N, D).
func (f Fit) Loss(n Params, d Tokens) float64 {
	return f.E + f.A/math.Pow(float64(n), f.Alpha) + f.B/math.Pow(float64(d), f.Beta)
}

// g is the paper's G = (alpha*A/(beta*B))^(1/(alpha+beta)).
func (f Fit) g() float64 {
	return math.Pow(f.Alpha*f.A/(f.Beta*f.B), 1/(f.Alpha+f.Beta))
}

// Optimal spends a budget for the least loss: N = G(C/6)^(beta/(alpha+beta)),
// D = (C/6)/N. Check value: Besiroglu2024 at 1e21 gives 2.78B on 60B tokens.
func (f Fit) Optimal(c FLOP) (Allocation, error) {
	if err := firstError(f.check(), checkCompute(c)); err != nil {
		return Allocation{}, err
	}
	nd := float64(c) / flopPerParamToken
	n := f.g() * math.Pow(nd, f.Beta/(f.Alpha+f.Beta))
	return Allocation{Params: Params(n), Tokens: Tokens(nd / n), Compute: c}, nil
}

// OptimalForTokens is the allocation whose optimal token count is d: the model
// that this fit pairs with a corpus.
func (f Fit) OptimalForTokens(d Tokens) (Allocation, error) {
	if err := firstError(f.check(), checkTokens(d)); err != nil {
		return Allocation{}, err
	}
	nd := math.Pow(f.g()*float64(d), (f.Alpha+f.Beta)/f.Alpha)
	n := Params(nd / float64(d))
	return Allocation{Params: n, Tokens: d, Compute: TrainingCompute(n, d)}, nil
}

// ForLoss is the cheapest training that reaches a loss: the inverse of
// [Fit.Optimal] followed by [Fit.Loss]. A loss at or below E is unreachable.
func (f Fit) ForLoss(loss float64) (Allocation, error) {
	if err := firstError(f.check(), f.checkLoss(loss)); err != nil {
		return Allocation{}, err
	}
	// At the optimum alpha*A/N^alpha = beta*B/D^beta.
	x := (loss - f.E) / (1 + f.Alpha/f.Beta)
	n := Params(math.Pow(f.A/x, 1/f.Alpha))
	d := Tokens(math.Pow(f.B*f.Beta/(f.Alpha*x), 1/f.Beta))
	a := Allocation{Params: n, Tokens: d, Compute: TrainingCompute(n, d)}
	return a, f.reachable(loss, a)
}

// TokensForLoss is how many tokens a model of n parameters needs for a loss.
func (f Fit) TokensForLoss(n Params, loss float64) (Tokens, error) {
	if err := firstError(f.check(), checkParams(n), f.checkLoss(loss)); err != nil {
		return 0, err
	}
	rest := loss - f.E - f.A/math.Pow(float64(n), f.Alpha)
	if rest <= 0 {
		return 0, inputError("%v parameters reach no loss below %.4f with any data; the target is %.4f",
			n, loss-rest, loss)
	}
	d := Tokens(math.Pow(f.B/rest, 1/f.Beta))
	if d > maxTokens {
		return 0, inputError("loss %.4f at %v parameters needs %.3g tokens, more than can be meant", loss, n, float64(d))
	}
	return d, nil
}

func (f Fit) checkLoss(loss float64) error {
	if err := positive("the target loss", loss, 100); err != nil {
		return err
	}
	if loss <= f.E {
		return inputError("the target loss %.4f is not above %.4f, which fit %s calls unreachable", loss, f.E, f.Name)
	}
	return nil
}

func (f Fit) reachable(loss float64, a Allocation) error {
	if a.Params > maxParams || a.Tokens > maxTokens || a.Compute > maxCompute {
		return inputError("loss %.4f is so near to the fit's floor %.4f that it needs %.3g FLOP", loss, f.E, float64(a.Compute))
	}
	return nil
}

// searchSteps bounds the one-dimensional searches; 200 golden sections narrow
// any interval below float64 precision.
const searchSteps = 200

// InferenceAware is the training of least total bill 6*N*D + 2*N*served that
// reaches a loss, with served the tokens to be processed over the model's life
// (arXiv 2401.00448, equal MFU in training and serving). The more is served, the
// smaller the model and the more tokens it is trained on; with served = 0 it is
// [Fit.ForLoss]. The Compute field holds training only.
func (f Fit) InferenceAware(loss float64, served Tokens) (Allocation, error) {
	base, err := f.ForLoss(loss)
	if err != nil {
		return Allocation{}, err
	}
	if err := notNegative("the number of served tokens", served, maxTokens); err != nil {
		return Allocation{}, err
	}
	if served == 0 {
		return base, nil
	}
	tokens := func(logN float64) float64 {
		rest := loss - f.E - f.A*math.Exp(-f.Alpha*logN)
		return math.Pow(f.B/rest, 1/f.Beta)
	}
	// The least N that reaches the loss with endless data bounds the search.
	low := math.Log(f.A/(loss-f.E))/f.Alpha + 1e-9
	logN := minimise(low, math.Log(float64(base.Params)), func(x float64) float64 {
		return x + math.Log(6*tokens(x)+2*float64(served))
	})
	n, d := Params(math.Exp(logN)), Tokens(tokens(logN))
	a := Allocation{Params: n, Tokens: d, Compute: TrainingCompute(n, d)}
	return a, f.reachable(loss, a)
}

// ServingCompute is 2*N FLOP a token.
func ServingCompute(n Params, served Tokens) FLOP { return FLOP(2 * float64(n) * float64(served)) }

// minimise is a golden-section search of a function with one valley.
func minimise(low, high float64, f func(float64) float64) float64 {
	const phi = 0.6180339887498949
	a, b := low, high
	x1, x2 := b-phi*(b-a), a+phi*(b-a)
	f1, f2 := f(x1), f(x2)
	for range searchSteps {
		if f1 <= f2 {
			b, x2, f2 = x2, x1, f1
			x1 = b - phi*(b-a)
			f1 = f(x1)
		} else {
			a, x1, f1 = x1, x2, f2
			x2 = a + phi*(b-a)
			f2 = f(x2)
		}
	}
	return (a + b) / 2
}
