package sizing

import (
	"errors"
	"fmt"
	"math"
)

// Tokens is a number of tokens as one named tokenizer counts them. Counts of
// two tokenizers are not comparable: 20 tokens a parameter means another model
// for each vocabulary.
type Tokens float64

// Params is a number of model parameters.
type Params float64

// FLOP is an amount of floating-point operations (not a rate).
type FLOP float64

// FLOPRate is a rate in floating-point operations a second.
type FLOPRate float64

// Seconds is a span of time in seconds.
type Seconds float64

// Days is a span of time in days of 86,400 seconds.
type Days float64

// GPUDays is GPUs times days: 1,024 GPUs for 30 days are 30,720 GPU-days.
type GPUDays float64

// Watts is electrical power.
type Watts float64

// KWh is electrical energy in kilowatt-hours.
type KWh float64

// USD is money in United States dollars. No exchange rate is known here.
type USD float64

// Bytes is memory in bytes; GPU vendors' gigabytes are taken as 1e9 bytes.
type Bytes float64

// Seconds converts days to seconds.
func (d Days) Seconds() Seconds { return Seconds(d * 86400) }

// Days converts seconds to days.
func (s Seconds) Days() Days { return Days(s / 86400) }

// PetaFLOPDays is the amount in petaFLOP/s-days (8.64e19 FLOP), the unit of
// the GPT-3 paper.
func (c FLOP) PetaFLOPDays() float64 { return float64(c) / 8.64e19 }

// Largest accepted inputs. They stand far above anything on Earth: they exist
// so that a slipped exponent is an error and not a plan.
const (
	maxTokens  = Tokens(1e18)
	maxParams  = Params(1e18)
	maxCompute = FLOP(1e34)
	maxGPUs    = 100_000_000
	maxDays    = Days(36_500)
)

// ErrInput is wrapped by every error about a value that a caller gave. A
// command maps it to exit code 2 (bad usage).
var ErrInput = errors.New("sizing: bad input")

func inputError(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInput, fmt.Sprintf(format, args...))
}

// positive accepts 0 < v <= limit and names the quantity otherwise.
func positive[T ~float64](name string, v, limit T) error {
	f := float64(v)
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return inputError("%s is %v; a finite number is needed", name, f)
	case f <= 0:
		return inputError("%s is %v; it must be above 0", name, f)
	case v > limit:
		return inputError("%s is %.3g; the largest accepted is %.3g", name, f, float64(limit))
	}
	return nil
}

// notNegative accepts 0 <= v <= limit.
func notNegative[T ~float64](name string, v, limit T) error {
	if float64(v) == 0 {
		return nil
	}
	if float64(v) < 0 {
		return inputError("%s is %v; it must not be negative", name, float64(v))
	}
	return positive(name, v, limit)
}

// ratio accepts 0 < v <= 1.
func ratio(name string, v float64) error {
	if v > 1 && v <= 100 {
		return inputError("%s is %v; it is a ratio between 0 and 1 (40 %% is 0.40)", name, v)
	}
	return positive(name, v, 1)
}

func gpuCount(n int) error {
	if n < 1 || n > maxGPUs {
		return inputError("the number of GPUs is %d; it must lie between 1 and %d", n, maxGPUs)
	}
	return nil
}

func checkTokens(d Tokens) error { return positive("the number of tokens", d, maxTokens) }
func checkParams(n Params) error { return positive("the number of parameters", n, maxParams) }
func checkCompute(c FLOP) error  { return positive("the compute budget in FLOP", c, maxCompute) }
func checkDays(d Days) error     { return positive("the number of days", d, maxDays) }

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
