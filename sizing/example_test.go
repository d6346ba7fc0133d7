package sizing_test

import (
	"errors"
	"fmt"
	"os"

	"github.com/corpusmill/corpusmill/sizing"
)

// must keeps the examples short; a program checks its errors.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// 1. What model do my tokens carry?
func Example_whatModelDoMyTokensCarry() {
	tokens := must(sizing.ParseTokens("1.3T"))
	n := sizing.ParamsForTokens(tokens, sizing.DefaultTokensPerParameter)
	fmt.Println("20 tokens a parameter:", n)
	fmt.Println("by the loss fit:      ", must(sizing.Besiroglu2024().OptimalForTokens(tokens)).Params)
	fmt.Println("training it takes     ", sizing.TrainingCompute(n, tokens))
	// Output:
	// 20 tokens a parameter: 65B
	// by the loss fit:       70.6B
	// training it takes      5.07e23 FLOP
}

// 2. How long does a training take on my cluster?
func Example_howLongDoesItTake() {
	cluster := sizing.Cluster{GPU: must(sizing.GPUByName("h100-sxm")), GPUs: 16_384, MFU: 0.40, Goodput: 1}
	work := sizing.TrainingCompute(405e9, 15.6e12) // Llama 3.1 405B
	fmt.Println(work, "take", must(cluster.Days(work)))
	// Output:
	// 3.79e25 FLOP take 67.7 days
}

// 3. What can my cluster train in the days I have?
func Example_whatCanMyClusterTrain() {
	cluster := sizing.Cluster{GPU: must(sizing.GPUByName("h100-sxm")), GPUs: 1024, MFU: 0.40, Goodput: 1}
	budget := must(cluster.Budget(30))
	best := must(sizing.OptimalByRatio(budget, 20))
	fmt.Println(budget, "are", best.Params, "parameters on", best.Tokens, "tokens")
	// Output:
	// 1.05e24 FLOP are 93.6B parameters on 1.87T tokens
}

// 4. Do I lack data or compute?
func Example_doILackDataOrCompute() {
	cluster := sizing.DefaultCluster() // h100-sxm at MFU 0.40
	cluster.GPUs, cluster.Days = 1024, 30
	cfg := sizing.DefaultConfig()
	cfg.Cluster = &cluster
	verdict := must(sizing.Size(1.3e12, cfg))
	for _, line := range verdict.Sentences() {
		fmt.Println(line)
	}
	// Output:
	// Your 1.3T tokens carry a 65B model at 20 tokens a parameter; training it takes
	//   5.07e23 FLOP.
	// On 1,024 h100-sxm at 40 % MFU that takes 14.5 days; you have 30 days.
	// In 30 days the cluster carries a 93.6B model on 1.87T tokens (1.05e24 FLOP).
	// You are data-limited: 571B tokens are missing, or 1.45 epochs stand in for them;
	//   15,894 GPU-days stay unused.
	// The plan: a 65B model on 1.3T tokens in 14.5 days, 1.43 MW, 498 MWh (44.8K USD
	//   of electricity); renting the GPUs costs about 1.07M USD.
	// It fits into memory with ZeRO 1, selective recomputation and 8-way tensor
	//   parallelism: 43.9 GB of 72 GB usable a GPU.
}

// 5. What are more epochs over the same tokens worth?
func Example_whatAreMoreEpochsWorth() {
	law, unique := sizing.Muennighoff2023(), sizing.Tokens(1e12)
	for _, epochs := range []float64{1, 4, 16, 40} {
		fmt.Printf("%2.0f epochs are worth %v\n", epochs, must(law.EffectiveTokens(unique, epochs)))
	}
	fmt.Printf("2T need %.2f epochs\n", must(law.EpochsFor(unique, 2e12)))
	fmt.Printf("a repeated token is worth half a fresh one after %.1f epochs\n", must(law.EpochsAtValue(0.5)))
	// Output:
	//  1 epochs are worth 1T
	//  4 epochs are worth 3.73T
	// 16 epochs are worth 10.6T
	// 40 epochs are worth 15.2T
	// 2T need 2.03 epochs
	// a repeated token is worth half a fresh one after 11.7 epochs
}

// 6. Which cluster trains this model on these tokens in time?
func Example_whichClusterDoINeed() {
	gpu := must(sizing.GPUByName("h100-sxm"))
	ideal := must(sizing.ClusterFor(70e9, 15e12, 60, gpu, sizing.BF16, 0.40, nil))
	fmt.Println("without failures:", ideal.GPUs)
	failures := &sizing.Failures{GPUMTBF: 50_676 * 3600, Checkpoint: 60, Restart: 600}
	real := must(sizing.ClusterFor(70e9, 15e12, 60, gpu, sizing.BF16, 0.40, failures))
	fmt.Printf("with failures: %d at %.1f %% goodput\n", real.GPUs, 100*real.Goodput)
	// Output:
	// without failures: 3071
	// with failures: 3254 at 94.4 % goodput
}

// 7. What does it cost in power and money?
func Example_whatDoesItCost() {
	power := must(sizing.Power(16_000, 700, 2))
	energy := sizing.Energy(power, 54)
	fmt.Println(power, energy, sizing.EnergyCost(energy, 0.083))
	fmt.Println("rent:", sizing.Rent(16_000, 54, 3))
	fmt.Println("purchase:", sizing.Purchase(16_000, 30_000, 1))
	// Output:
	// 22.4 MW 29 GWh 2.41M USD
	// rent: 62.2M USD
	// purchase: 960M USD
}

// 8. Does the model fit into my GPUs' memory?
func Example_doesItFitIntoMemory() {
	gpu := must(sizing.GPUByName("h100-sxm"))
	for _, n := range []sizing.Params{7e9, 70e9, 405e9} {
		fit := must(sizing.FitMemory(n, must(sizing.ShapeFor(n)), gpu, 64, 8192, 1))
		fmt.Println(n, fit.Fits, "ZeRO", fit.ZeROStage, fit.Recompute, fit.States+fit.Activations)
	}
	// Output:
	// 7B true ZeRO 1 selective 68.1 GB
	// 70B true ZeRO 1 selective 70.6 GB
	// 405B false ZeRO 3 full 105 GB
}

// 9. How often must I write a checkpoint, and how much do failures cost?
func Example_howOftenToCheckpoint() {
	// Llama 3: 419 unexpected interruptions in 54 days on 16,384 GPUs.
	each := must(sizing.GPUMTBF(54, 16_384, 419))
	failures := sizing.Failures{GPUMTBF: each, Checkpoint: 60, Restart: 600}
	up := must(failures.Goodput(16_384))
	fmt.Printf("fails every %v, checkpoint every %v, goodput %.1f %%\n", up.MTBF, up.Interval, 100*up.Goodput)
	// Output:
	// fails every 3.09 h, checkpoint every 18.6 min, goodput 84.8 %
}

// 10. What does a target loss take, and what if the model serves a lot?
func Example_whatDoesATargetLossTake() {
	fit := sizing.Besiroglu2024()
	cluster := sizing.Cluster{GPU: must(sizing.GPUByName("h100-sxm")), GPUs: 1024, MFU: 0.40, Goodput: 1}
	plan := must(sizing.PlanForLoss(1.96, fit, cluster))
	fmt.Println(plan.Params, "on", plan.Tokens, "in", plan.Days)
	served := must(fit.InferenceAware(1.96, 10e12))
	fmt.Println("serving 10T tokens:", served.Params, "on", served.Tokens)
	// Output:
	// 95.3B on 1.73T in 28.2 days
	// serving 10T tokens: 47.9B on 4.31T
}

// A sparse peak, twice what training can reach, is refused with the dense one.
func ExampleCheckPeak() {
	err := sizing.CheckPeak("my-h100", sizing.BF16, 1979e12)
	fmt.Println(errors.Is(err, sizing.ErrInput))
	fmt.Println(err)
	// Output:
	// true
	// sizing: bad input: 1979 TFLOP/s is the sparse (2:4) bf16 peak of h100-sxm, out of a training's reach; its dense peak is 989.5 TFLOP/s
}

// Runs that share an input or a tokenizer that differs are not added up.
func ExampleCombine() {
	a := sizing.Run{Name: "run-en", Tokens: 1e12, Tokenizer: "o200k_base", Inputs: []string{"shard-1"}}
	b := sizing.Run{Name: "run-zh", Tokens: 3e11, Tokenizer: "o200k_base", Inputs: []string{"shard-2"}}
	fmt.Println(must(sizing.Combine(a, b)).Tokens)
	_, err := sizing.Combine(a, sizing.Run{Name: "again", Tokens: 1, Tokenizer: "o200k_base", Inputs: []string{"shard-1"}})
	fmt.Println(err)
	// Output:
	// 1.3T
	// sizing: bad input: runs run-en and again both read shard-1: its tokens would count twice
}

// The verdict as a table.
func ExampleVerdict_Table() {
	cluster := sizing.DefaultCluster()
	cluster.GPUs, cluster.Days = 1024, 30
	cfg := sizing.DefaultConfig()
	cfg.Cluster = &cluster
	_ = must(sizing.Size(8e12, cfg)).Table(os.Stdout)
	// Output:
	//                                           your data            your cluster
	// ------------------------------------------------------------------------------
	// tokens                                              8T                   1.87T
	// parameters                                        400B                   93.6B
	// training                                  1.92e25 FLOP            1.05e24 FLOP
	// time                                          548 days                 30 days
	// limited by                                                              limits
	// missing GPU-days                                                       530,731
	// power                                                                  1.43 MW
	// energy of the plan                                                    1.03 GWh
	// electricity                                                          92.9K USD
	// rent of the GPUs                                                     2.21M USD
	// or purchase of the cluster                                           61.4M USD
}
