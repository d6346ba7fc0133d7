package sizing

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"math"
	"math/rand/v2"
	"testing"
)

// draws calls f with n seeded random sources; a failure names its number.
func draws(t *testing.T, n int, f func(r *rand.Rand)) {
	t.Helper()
	for i := range n {
		f(rand.New(rand.NewPCG(7, uint64(i))))
		if t.Failed() {
			t.Fatalf("draw %d", i)
		}
	}
}

// logUniform draws from low to high, evenly in the exponent.
func logUniform(r *rand.Rand, low, high float64) float64 {
	return math.Exp(math.Log(low) + r.Float64()*(math.Log(high)-math.Log(low)))
}

func TestInverseOfForwardIsIdentity(t *testing.T) {
	draws(t, 300, func(r *rand.Rand) {
		n, d := Params(logUniform(r, 1e6, 1e14)), Tokens(logUniform(r, 1e7, 1e15))
		ratio := logUniform(r, 1, 1e4)
		c := TrainingCompute(n, d)
		closeTo(t, "params", float64(ParamsForCompute(c, d)), float64(n), 1e-12)
		closeTo(t, "tokens", float64(TokensForCompute(c, n)), float64(d), 1e-12)
		closeTo(t, "ratio", float64(ParamsForTokens(TokensForParams(n, ratio), ratio)), float64(n), 1e-12)
		a := must(OptimalByRatio(c, ratio))
		closeTo(t, "optimal compute", float64(TrainingCompute(a.Params, a.Tokens)), float64(c), 1e-12)
		for _, f := range Fits() {
			o := must(f.Optimal(c))
			closeTo(t, "fit compute", float64(TrainingCompute(o.Params, o.Tokens)), float64(c), 1e-9)
			closeTo(t, "fit by tokens", float64(must(f.OptimalForTokens(o.Tokens)).Params), float64(o.Params), 1e-9)
			loss := f.Loss(o.Params, o.Tokens)
			back := must(f.ForLoss(loss))
			closeTo(t, "fit by loss", math.Log(float64(back.Compute)), math.Log(float64(c)), 1e-6)
			closeTo(t, "tokens for loss", math.Log(float64(must(f.TokensForLoss(o.Params, loss)))), math.Log(float64(o.Tokens)), 1e-6)
		}
		rep, epochs := Muennighoff2023(), logUniform(r, 1, 100)
		closeTo(t, "epochs", must(rep.EpochsFor(d, must(rep.EffectiveTokens(d, epochs)))), epochs, 1e-9)
		k := h100(1+r.IntN(100_000), logUniform(r, 0.01, 1))
		days := Days(logUniform(r, 0.1, 1000))
		closeTo(t, "days", float64(must(k.Days(must(k.Budget(days))))), float64(days), 1e-12)
		closeTo(t, "mfu", must(MFU(must(k.Budget(days)), k.GPU, BF16, k.GPUs, days)), k.MFU, 1e-12)
		closeTo(t, "days and seconds", float64(days.Seconds().Days()), float64(days), 1e-12)
	})
}

// The fit's closed optimum is no worse than its neighbours of equal compute.
func TestOptimumIsALeast(t *testing.T) {
	draws(t, 100, func(r *rand.Rand) {
		c := FLOP(logUniform(r, 1e18, 1e28))
		for _, f := range Fits() {
			a := must(f.Optimal(c))
			best := f.Loss(a.Params, a.Tokens)
			for _, s := range []float64{0.8, 0.95, 1.05, 1.25} {
				if f.Loss(a.Params*Params(s), a.Tokens/Tokens(s)) < best {
					t.Errorf("%s at %v: %v times the parameters is better", f.Name, c, s)
				}
			}
		}
	})
}

func TestMonotone(t *testing.T) {
	draws(t, 200, func(r *rand.Rand) {
		n, d := Params(logUniform(r, 1e8, 1e12)), Tokens(logUniform(r, 1e9, 1e14))
		f, rep := Besiroglu2024(), Muennighoff2023()
		if f.Loss(n*1.1, d) >= f.Loss(n, d) || f.Loss(n, d*1.1) >= f.Loss(n, d) {
			t.Error("loss must fall with parameters and with tokens")
		}
		e := logUniform(r, 1, 200)
		if must(rep.EffectiveTokens(d, e*1.1)) <= must(rep.EffectiveTokens(d, e)) ||
			must(rep.MarginalValue(e*1.1)) >= must(rep.MarginalValue(e)) ||
			must(rep.EffectiveTokens(d, e)) > rep.Ceiling(d) {
			t.Error("epochs must add, ever less, and stay below the ceiling")
		}
		gpus := 8 + r.IntN(50_000)
		work := TrainingCompute(n, d)
		if must(h100(gpus+1, 0.4).Days(work)) >= must(h100(gpus, 0.4).Days(work)) ||
			must(h100(gpus, 0.41).Days(work)) >= must(h100(gpus, 0.4).Days(work)) ||
			must(h100(gpus, 0.4).Days(work*1.1)) <= must(h100(gpus, 0.4).Days(work)) {
			t.Error("days must fall with GPUs and MFU and rise with work")
		}
		fail := Failures{GPUMTBF: 50_000 * 3600, Checkpoint: 30, Restart: 300}
		if must(fail.Goodput(gpus+100)).Goodput >= must(fail.Goodput(gpus)).Goodput {
			t.Error("goodput must fall with GPUs")
		}
		more := must(f.InferenceAware(2.2, d*10))
		less := must(f.InferenceAware(2.2, d))
		if more.Params > less.Params*(1+1e-6) || more.Tokens < less.Tokens*(1-1e-6) {
			t.Error("more serving must mean a smaller model on more tokens")
		}
	})
}

func TestInferenceAware(t *testing.T) {
	f := Besiroglu2024()
	base, none := must(f.ForLoss(2.0)), must(f.InferenceAware(2.0, 0))
	if base != none {
		t.Errorf("without serving: %+v, want the compute optimum %+v", none, base)
	}
	tiny := must(f.InferenceAware(2.0, 1))
	closeTo(t, "almost no serving", float64(tiny.Params), float64(base.Params), 1e-3)
	served := Tokens(1e14)
	a := must(f.InferenceAware(2.0, served))
	closeTo(t, "the loss is kept", f.Loss(a.Params, a.Tokens), 2.0, 1e-9)
	bill := func(x Allocation) FLOP { return x.Compute + ServingCompute(x.Params, served) }
	if bill(a) >= bill(base) {
		t.Errorf("bill %v is not below %v", bill(a), bill(base))
	}
}

func TestBestAllocation(t *testing.T) {
	rep, f := Muennighoff2023(), Muennighoff2023Fit()
	plenty := must(rep.BestAllocation(f, 1e22, 1e15))
	if plenty.Epochs >= 1 || plenty.Tokens != must(f.Optimal(1e22)).Tokens {
		t.Errorf("with data to spare: %+v", plenty)
	}
	c, unique := FLOP(1e24), Tokens(1e11)
	a := must(rep.BestAllocation(f, c, unique))
	closeTo(t, "budget spent", float64(TrainingCompute(a.Params, a.Tokens)), float64(c), 1e-9)
	if a.Epochs <= 1 || a.Effective >= a.Tokens {
		t.Errorf("too little data must mean epochs: %+v", a)
	}
	for _, s := range []float64{0.7, 0.9, 1.1, 1.4} {
		e := a.Epochs * s
		loss := must(rep.Loss(f, ParamsForCompute(c, Tokens(float64(unique)*e)), unique, e))
		if loss < a.Loss-1e-9 {
			t.Errorf("%v epochs reach %.6f, better than %.6f at %v", e, loss, a.Loss, a.Epochs)
		}
	}
}

func TestOverfittingPenalty(t *testing.T) {
	p, f := OverfittingPenalty{P: 0.05, Delta: 1, Kappa: 0.5}, Besiroglu2024()
	n, u := Params(1e9), Tokens(1e9)
	best := must(p.BestEpochs(f, n, u, 1000))
	if best <= 1 || best >= 1000 {
		t.Fatalf("best epochs %v", best)
	}
	at := must(p.Loss(f, n, u, best))
	if must(p.Loss(f, n, u, best*2)) <= at || must(p.Loss(f, n, u, best/2)) <= at {
		t.Error("past the best number of epochs the loss must rise")
	}
	if one := must(p.Loss(f, n, u, 1)); one != f.Loss(n, u) {
		t.Error("one epoch must carry no penalty")
	}
	if larger := must(p.BestEpochs(f, n*10, u, 1000)); larger >= best {
		t.Error("a larger model must bear fewer epochs")
	}
}

func TestClusterForIsLeast(t *testing.T) {
	gpu := must(GPUByName("h100-sxm"))
	fail := Failures{GPUMTBF: 50_000 * 3600, Checkpoint: 60, Restart: 600}
	draws(t, 60, func(r *rand.Rand) {
		n, d, days := Params(logUniform(r, 1e9, 4e11)), Tokens(logUniform(r, 1e10, 1e13)), Days(logUniform(r, 10, 200))
		for _, f := range []*Failures{nil, &fail} {
			o, err := ClusterFor(n, d, days, gpu, BF16, 0.4, f)
			if err != nil {
				if f == nil || !errors.Is(err, ErrInput) {
					t.Errorf("%v on %v in %v: %v", n, d, days, err)
				}
				continue
			}
			if o.Days > days*(1+1e-9) {
				t.Errorf("%d GPUs take %v, asked %v", o.GPUs, o.Days, days)
			}
			if o.GPUs == 1 {
				continue
			}
			k := h100(o.GPUs-1, 0.4)
			if f != nil {
				k.Goodput = must(f.Goodput(o.GPUs - 1)).Goodput
			}
			if must(k.Days(o.Compute)) <= days*(1-1e-9) {
				t.Errorf("%d GPUs would do, got %d", o.GPUs-1, o.GPUs)
			}
		}
	})
	if _, err := ClusterFor(1e12, 1e14, 1, gpu, BF16, 0.4, &fail); !errors.Is(err, ErrInput) {
		t.Errorf("an impossible order must be an error, got %v", err)
	}
}

// Units cannot be mixed: the compiler refuses each of these.
func TestUnitsCannotBeMixed(t *testing.T) {
	wrong := []string{
		"Tokens(1) + Params(1)", "FLOP(1) < FLOPRate(1)", "Days(1) + Seconds(1)", "Watts(1) + KWh(1)",
		"USD(1) + KWh(1)", "TrainingCompute(Tokens(1), Params(1))", "Energy(KWh(1), Days(1))",
		"ParamsForCompute(FLOPRate(1), Tokens(1))", "Bytes(1) + Params(1)", "GPUDays(1) + Days(1)",
	}
	right := []string{"Tokens(1) + Tokens(1)", "TrainingCompute(Params(1), Tokens(1))", "Energy(Watts(1), Days(1))"}
	for _, x := range wrong {
		if typeErrors(t, x) == 0 {
			t.Errorf("%s must not compile", x)
		}
	}
	for _, x := range right {
		if typeErrors(t, x) != 0 {
			t.Errorf("%s must compile", x)
		}
	}
}

// typeErrors counts the type errors in an expression checked inside the package.
func typeErrors(t *testing.T, expression string) int {
	t.Helper()
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range []string{"quantity.go", "chinchilla.go", "cluster.go", "gpu.go"} {
		f, err := parser.ParseFile(fset, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, f)
	}
	f, err := parser.ParseFile(fset, "expression.go", "package sizing\nvar _ = "+expression, 0)
	if err != nil {
		t.Fatal(err)
	}
	errs := 0
	// Imports are not resolved, so that only errors in the expression count.
	conf := types.Config{Error: func(err error) {
		var te types.Error
		if errors.As(err, &te) && fset.Position(te.Pos).Filename == "expression.go" {
			errs++
		}
	}}
	_, _ = conf.Check("sizing", fset, append(files, f), nil)
	return errs
}
