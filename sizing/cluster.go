package sizing

import "math"

// Cluster is a number of one GPU and how well a training uses them.
type Cluster struct {
	GPU       GPU
	GPUs      int
	Precision Precision // of the peak that MFU refers to; empty means bf16
	// MFU is model FLOP utilisation: useful FLOP/s over the dense peak, 0..1.
	// Published: GPT-3 0.21, PaLM 0.46, Llama 3 405B 0.38 to 0.43.
	MFU float64
	// Goodput is the share of wall time that ends up in the model, after
	// failures, restarts and checkpoints, 0..1. See [Failures.Goodput].
	Goodput float64
}

func (c Cluster) precision() Precision {
	if c.Precision == "" {
		return BF16
	}
	return c.Precision
}

// Validate reports what is wrong with the cluster; errors wrap [ErrInput].
func (c Cluster) Validate() error {
	if err := firstError(gpuCount(c.GPUs), ratio("mfu", c.MFU), ratio("goodput", c.Goodput)); err != nil {
		return err
	}
	dense, err := c.GPU.Dense(c.precision())
	if err != nil {
		return err
	}
	return CheckPeak(c.GPU.Name, c.precision(), dense)
}

// Peak is GPUs times the dense peak.
func (c Cluster) Peak() (FLOPRate, error) {
	if err := c.Validate(); err != nil {
		return 0, err
	}
	dense, err := c.GPU.Dense(c.precision())
	return dense * FLOPRate(c.GPUs), err
}

// Rate is what the cluster puts into the model, over wall time:
// GPUs * dense peak * MFU * goodput.
func (c Cluster) Rate() (FLOPRate, error) {
	peak, err := c.Peak()
	return peak * FLOPRate(c.MFU*c.Goodput), err
}

// Budget is the compute of so many days.
func (c Cluster) Budget(d Days) (FLOP, error) {
	rate, err := c.Rate()
	if err != nil {
		return 0, err
	}
	if err := checkDays(d); err != nil {
		return 0, err
	}
	return FLOP(float64(rate) * float64(d.Seconds())), nil
}

// Days is how long the cluster takes for an amount of compute. Check value:
// 3.8e25 FLOP on 16,384 h100-sxm at MFU 0.40 take 67.8 days.
func (c Cluster) Days(work FLOP) (Days, error) {
	rate, err := c.Rate()
	if err != nil {
		return 0, err
	}
	if err := checkCompute(work); err != nil {
		return 0, err
	}
	return Seconds(float64(work) / float64(rate)).Days(), nil
}

// MFU is what a finished training reached: its model FLOP over what the GPUs
// could have done in the time. Above 1 the inputs contradict each other.
func MFU(work FLOP, gpu GPU, p Precision, gpus int, took Days) (float64, error) {
	dense, err := gpu.Dense(p)
	if err := firstError(err, checkCompute(work), gpuCount(gpus), checkDays(took)); err != nil {
		return 0, err
	}
	return float64(work) / (float64(dense) * float64(gpus) * float64(took.Seconds())), nil
}

// Failures describes what interrupts a training.
type Failures struct {
	// GPUMTBF is the mean time between unexpected interruptions of one GPU's
	// share of the cluster; that of the cluster is GPUMTBF / GPUs.
	GPUMTBF    Seconds
	Checkpoint Seconds // time that writing one checkpoint stops the training
	Restart    Seconds // from the failure to the first new step
}

func (f Failures) check() error {
	return firstError(
		positive("the mean time between failures of a GPU", f.GPUMTBF, 1e13),
		positive("the checkpoint time", f.Checkpoint, 1e6), notNegative("the restart time", f.Restart, 1e6))
}

// GPUMTBF turns an observation into a mean time per GPU: interruptions within a
// window on so many GPUs. Llama 3: 419 in 54 days on 16,384 are 50,676 hours.
func GPUMTBF(window Days, gpus, interruptions int) (Seconds, error) {
	if err := firstError(checkDays(window), gpuCount(gpus)); err != nil {
		return 0, err
	}
	if interruptions < 1 {
		return 0, inputError("%d interruptions; at least one is needed for a mean", interruptions)
	}
	return window.Seconds() * Seconds(gpus) / Seconds(interruptions), nil
}

// ClusterMTBF is the mean time between interruptions of the whole.
func (f Failures) ClusterMTBF(gpus int) (Seconds, error) {
	if err := firstError(f.check(), gpuCount(gpus)); err != nil {
		return 0, err
	}
	return f.GPUMTBF / Seconds(gpus), nil
}

// YoungInterval is Young's first-order optimum sqrt(2*checkpoint*mtbf) between
// the end of one checkpoint and the start of the next (1974).
func YoungInterval(checkpoint, mtbf Seconds) Seconds {
	return Seconds(math.Sqrt(2 * float64(checkpoint) * float64(mtbf)))
}

// YoungWaste is the share of time lost at Young's interval, sqrt(2*d/M), restart
// time left out.
func YoungWaste(checkpoint, mtbf Seconds) float64 {
	return math.Sqrt(2 * float64(checkpoint) / float64(mtbf))
}

// DalyInterval is Daly's higher-order optimum (2006):
// sqrt(2dM)*(1 + sqrt(d/2M)/3 + d/18M) - d, and M where d >= 2M.
func DalyInterval(checkpoint, mtbf Seconds) Seconds {
	d, m := float64(checkpoint), float64(mtbf)
	if d >= 2*m {
		return mtbf
	}
	return Seconds(math.Sqrt(2*d*m)*(1+math.Sqrt(d/(2*m))/3+d/(18*m)) - d)
}

// Uptime is how a cluster fares under failures.
type Uptime struct {
	MTBF     Seconds // of the whole cluster
	Interval Seconds // Daly's, between checkpoints
	Goodput  float64 // share of wall time that ends up in the model
}

// Goodput is the useful share of wall time at Daly's interval T: of every T + d
// seconds T are training, and of every M seconds a restart and on average half
// of T + d are lost. A cluster that fails faster than it checkpoints is an error.
func (f Failures) Goodput(gpus int) (Uptime, error) {
	m, err := f.ClusterMTBF(gpus)
	if err != nil {
		return Uptime{}, err
	}
	t, d := DalyInterval(f.Checkpoint, m), f.Checkpoint
	lost := float64(f.Restart+(t+d)/2) / float64(m)
	good := float64(t) / float64(t+d) * (1 - lost)
	if d >= 2*m || t <= 0 || good <= 0 {
		return Uptime{}, inputError("%d GPUs fail every %v, faster than a %v checkpoint and a %v restart can bear",
			gpus, m, f.Checkpoint, f.Restart)
	}
	return Uptime{MTBF: m, Interval: t, Goodput: good}, nil
}

// Power is GPUs * watts * overhead. The overhead factor covers what stands
// around a GPU: hosts, network, cooling. Public articles take 2 (22.4 MW for
// 16,000 GPUs of 700 W).
func Power(gpus int, each Watts, overhead float64) (Watts, error) {
	err := firstError(gpuCount(gpus), positive("the power of a GPU in watts", each, 1e5))
	if err != nil {
		return 0, err
	}
	if !(overhead >= 1 && overhead <= 10) {
		return 0, inputError("the power overhead factor is %v; it must lie between 1 (the GPUs alone) and 10", overhead)
	}
	return each * Watts(float64(gpus)*overhead), nil
}

// Energy is power over time.
func Energy(p Watts, d Days) KWh { return KWh(float64(p) * float64(d) * 24 / 1000) }

// EnergyCost is energy times the price of a kilowatt-hour.
func EnergyCost(e KWh, perKWh USD) USD { return USD(float64(e) * float64(perKWh)) }

// Rent is GPUs * hours * price of a GPU-hour.
func Rent(gpus int, d Days, perGPUHour USD) USD {
	return USD(float64(gpus) * float64(d) * 24 * float64(perGPUHour))
}

// Purchase is the price of the GPUs and, at restFactor of it, of all else: hosts,
// network, storage, building. Public articles take as much again (factor 1):
// 16,000 GPUs at 30,000 USD are 960M USD.
func Purchase(gpus int, each USD, restFactor float64) USD {
	return USD(float64(gpus) * float64(each) * (1 + restFactor))
}
