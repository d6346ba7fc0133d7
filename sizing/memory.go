package sizing

// Bytes a parameter of mixed-precision training with Adam, as the ZeRO paper
// counts them (arXiv 1910.02054): 2 for the BF16 weight, 2 for the gradient, 12
// for the FP32 weight, momentum and variance.
const (
	weightBytes    = 2.0
	gradientBytes  = 2.0
	optimizerBytes = 12.0
)

// StateBytes is the memory of weights, gradients and optimizer states on each
// GPU when ZeRO spreads them over ways of data parallelism:
//
//	stage 0: 16    1: 4 + 12/ways    2: 2 + 14/ways    3: 16/ways   bytes a parameter
//
// Check values (7.5B, 64 ways): 120, 31.4, 16.6 and 1.88 GB.
func StateBytes(n Params, stage, ways int) (Bytes, error) {
	if err := firstError(checkParams(n), gpuCount(ways)); err != nil {
		return 0, err
	}
	w := float64(ways)
	var each float64
	switch stage {
	case 0:
		each = weightBytes + gradientBytes + optimizerBytes
	case 1:
		each = weightBytes + gradientBytes + optimizerBytes/w
	case 2:
		each = weightBytes + (gradientBytes+optimizerBytes)/w
	case 3:
		each = (weightBytes + gradientBytes + optimizerBytes) / w
	default:
		return 0, inputError("ZeRO stage %d; there are 0, 1, 2 and 3", stage)
	}
	return Bytes(each * float64(n)), nil
}

// Recompute says which activations are stored for the backward pass.
type Recompute string

// What the backward pass recomputes (arXiv 2205.05198).
const (
	RecomputeNone      Recompute = "none"      // all stored: s*b*h*(34 + 5as/h) a layer
	RecomputeSelective Recompute = "selective" // attention scores recomputed: s*b*h*34
	RecomputeFull      Recompute = "full"      // only each layer's input stored: s*b*h*2
)

// ActivationBytes is the activations' memory on each GPU for a micro-batch:
// sequence s, batch b, hidden h, heads a, over all layers, divided by tensor
// parallelism with sequence parallelism. GPT-3 (96 x 12,288, 96 heads) at s 2,048,
// b 1: 2.87 GB a layer, 275 GB in all; selective 0.856 GB a layer. Kernels that
// never store the attention scores (FlashAttention) behave as selective.
func ActivationBytes(s Shape, sequenceTokens, microBatch, tensorParallel int, r Recompute) (Bytes, error) {
	if err := firstError(s.check(), checkSequence(sequenceTokens)); err != nil {
		return 0, err
	}
	if microBatch < 1 || microBatch > 1e6 || tensorParallel < 1 || tensorParallel > s.Heads {
		return 0, inputError("micro-batch %d and tensor parallelism %d; need at least 1, and no more than %d heads",
			microBatch, tensorParallel, s.Heads)
	}
	sbh := float64(sequenceTokens) * float64(microBatch) * float64(s.Hidden)
	var layer float64
	switch r {
	case RecomputeNone:
		layer = sbh * (34 + 5*float64(s.Heads)*float64(sequenceTokens)/float64(s.Hidden))
	case RecomputeSelective:
		layer = sbh * 34
	case RecomputeFull:
		layer = sbh * 2
	default:
		return 0, inputError("recompute %q; there are none, selective and full", r)
	}
	return Bytes(layer * float64(s.Layers) / float64(tensorParallel)), nil
}

// MemoryFit is the first check of a model against a GPU's memory: the lightest
// ZeRO stage and recomputation that fit, or what is missing at the heaviest.
type MemoryFit struct {
	Fits           bool      `json:"fits"`
	ZeROStage      int       `json:"zero_stage"`
	Recompute      Recompute `json:"recompute"`
	TensorParallel int       `json:"tensor_parallel"`
	States         Bytes     `json:"states_bytes_per_gpu"`
	Activations    Bytes     `json:"activations_bytes_per_gpu"`
	Usable         Bytes     `json:"usable_bytes_per_gpu"`
}

// usableMemoryRatio leaves a tenth to the runtime, buffers and fragmentation.
const usableMemoryRatio = 0.9

// maxTensorParallel is one node of eight GPUs: wider is rarely worth its traffic.
const maxTensorParallel = 8

// FitMemory looks for the setup that costs least speed: ZeRO stages from 1 up,
// each with selective before full recomputation, and each without tensor
// parallelism before two, four and eight ways. n is the total of a mixture of
// experts. Pipeline parallelism and offloading, which fit more, are not tried.
func FitMemory(n Params, s Shape, gpu GPU, gpus, sequenceTokens, microBatch int) (MemoryFit, error) {
	err := firstError(checkParams(n), gpuCount(gpus), s.check(),
		positive("the GPU's memory in bytes", gpu.Memory, 1e15))
	if err != nil {
		return MemoryFit{}, err
	}
	fit := MemoryFit{Usable: gpu.Memory * usableMemoryRatio}
	for stage := 1; stage <= 3; stage++ {
		for _, r := range []Recompute{RecomputeSelective, RecomputeFull} {
			for tensor := 1; tensor <= min(maxTensorParallel, gpus, s.Heads); tensor *= 2 {
				// Tensor parallelism splits the model before ZeRO spreads each part.
				fit.States, err = StateBytes(n/Params(tensor), stage, max(1, gpus/tensor))
				if err != nil {
					return MemoryFit{}, err
				}
				fit.Activations, err = ActivationBytes(s, sequenceTokens, microBatch, tensor, r)
				if err != nil {
					return MemoryFit{}, err
				}
				fit.ZeROStage, fit.Recompute, fit.TensorParallel = stage, r, tensor
				if fit.States+fit.Activations <= fit.Usable {
					fit.Fits = true
					return fit, nil
				}
			}
		}
	}
	return fit, nil
}
