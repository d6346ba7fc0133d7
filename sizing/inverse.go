package sizing

import "math"

// Order is the cluster that a training needs.
type Order struct {
	GPUs    int
	Days    Days // with the whole number of GPUs, so at most what was asked
	Compute FLOP
	Goodput float64
}

// ClusterFor answers which cluster trains n parameters on d tokens within days:
// the least number of GPUs at an MFU. failures may be nil; otherwise goodput falls
// as GPUs are added, and an error says when no number suffices.
func ClusterFor(n Params, d Tokens, days Days, gpu GPU, p Precision, mfu float64, failures *Failures) (Order, error) {
	if err := firstError(checkParams(n), checkTokens(d), checkDays(days)); err != nil {
		return Order{}, err
	}
	work := TrainingCompute(n, d)
	if err := checkCompute(work); err != nil {
		return Order{}, err
	}
	at := func(gpus int) (Order, error) {
		c := Cluster{GPU: gpu, GPUs: gpus, Precision: p, MFU: mfu, Goodput: 1}
		if failures != nil {
			up, err := failures.Goodput(gpus)
			if err != nil {
				return Order{}, err
			}
			c.Goodput = up.Goodput
		}
		took, err := c.Days(work)
		return Order{GPUs: gpus, Days: took, Compute: work, Goodput: c.Goodput}, err
	}
	ideal, err := at(1)
	if err != nil {
		return Order{}, err
	}
	need := float64(ideal.Days) * ideal.Goodput / float64(days)
	// Each round asks for what the last round's goodput would need; the count only
	// grows, and a round that changes nothing is the answer.
	gpus := 1
	for range maxOrderRounds {
		want := math.Ceil(need - need*1e-12)
		if want > maxGPUs {
			break
		}
		gpus = max(gpus, int(want))
		o, err := at(gpus)
		if err != nil {
			return Order{}, inputError("no number of %s trains %v on %v tokens in %v: %v", gpu.Name, n, d, days, err)
		}
		if o.Days <= days*(1+1e-12) {
			return o, nil
		}
		need = math.Max(float64(gpus)*float64(o.Days)/float64(days), float64(gpus+1))
	}
	return Order{}, inputError("%v on %v tokens in %v needs more than %s %s at MFU %v",
		n, d, days, grouped(maxGPUs), gpu.Name, mfu)
}

// maxOrderRounds bounds the search under failures; it converges within a few.
const maxOrderRounds = 1000

// LossPlan is what a target loss takes on a cluster.
type LossPlan struct {
	Allocation
	Loss float64
	Days Days
}

// PlanForLoss is the cheapest training that reaches a loss under a fit, and the
// days it takes on a cluster. The loss is on the fit's own text and tokenizer.
func PlanForLoss(loss float64, f Fit, c Cluster) (LossPlan, error) {
	a, err := f.ForLoss(loss)
	if err != nil {
		return LossPlan{}, err
	}
	days, err := c.Days(a.Compute)
	return LossPlan{Allocation: a, Loss: loss, Days: days}, err
}
