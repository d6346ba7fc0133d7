package sizing

import (
	"math"
	"sort"
	"strings"
)

// Precision names the number format of the matrix products that MFU refers to.
type Precision string

// Precisions with a catalogue figure.
const (
	BF16 Precision = "bf16" // also stands for FP16, which has the same peak on all listed devices
	FP8  Precision = "fp8"
)

// GPU is one accelerator. Zero means not known or not supported.
type GPU struct {
	Name  string // as in a configuration: h100-sxm
	Title string // as the vendor writes it
	// Dense peaks are what a training run can use. Sparse ones (2:4 structured
	// sparsity) are kept only to recognise them where a dense one is asked for.
	DenseBF16, DenseFP8   FLOPRate
	SparseBF16, SparseFP8 FLOPRate
	Memory                Bytes
	Power                 Watts // board or chip, at most
	Price                 USD   // one device, bought; an indication
	RentPerHour           USD   // one device, an hour, on demand; an indication
	Source                string
	PriceSource           string // of Price
	RentSource            string // of RentPerHour
	Note                  string
}

// Catalogue returns the known accelerators in name order. Peaks, memory and
// power come from the named source ("quoted at" means that a page quoting the
// vendor's document was read, not the document); prices are indications, to be
// replaced by a quotation. Check the figures of the device you order.
func Catalogue() []GPU {
	const (
		rent  = "mid of the on-demand range of specialist clouds, May 2026 survey (mercatus-ai.com/blog/cloud-gpu-pricing)"
		list  = "public articles on training clusters"
		media = "press and technical articles; no vendor document read"
	)
	g := []GPU{
		{Name: "a100-sxm", Title: "NVIDIA A100 SXM 80GB", DenseBF16: 312e12, SparseBF16: 624e12,
			Memory: 80e9, Power: 400, RentPerHour: 1.3, RentSource: rent, Source: "NVIDIA A100 datasheet, quoted at glennklockwood.com/garden/processors/A100"},
		{Name: "a800-sxm", Title: "NVIDIA A800 SXM 80GB", DenseBF16: 312e12, SparseBF16: 624e12,
			Memory: 80e9, Power: 400, Source: media, Note: "A100 with a slower link (NVLink 400 GB/s)"},
		{Name: "ascend-910b", Title: "Huawei Ascend 910B", DenseBF16: 320e12,
			Memory: 64e9, Power: 310, Source: media, Note: "variants from 280 to 376 TFLOP/s (FP16): give peak_tflops for yours"},
		{Name: "b200", Title: "NVIDIA B200 (HGX, 1,000 W)", DenseBF16: 2250e12, SparseBF16: 4500e12,
			DenseFP8: 4500e12, SparseFP8: 9000e12, Memory: 180e9, Power: 1000,
			Source: "NVIDIA Blackwell brief, quoted at glennklockwood.com/garden/processors/B200; 180 of 192 GB usable"},
		{Name: "gb200", Title: "NVIDIA GB200, per GPU (1,200 W)", DenseBF16: 2500e12, SparseBF16: 5000e12,
			DenseFP8: 5000e12, SparseFP8: 10000e12, Memory: 186e9, Power: 1200,
			Source: "NVIDIA Blackwell brief, quoted at glennklockwood.com/garden/processors/B200; 186 of 192 GB usable"},
		{Name: "h100-pcie", Title: "NVIDIA H100 PCIe 80GB", DenseBF16: 756e12, SparseBF16: 1513e12,
			DenseFP8: 1513e12, SparseFP8: 3026e12, Memory: 80e9, Power: 350,
			Source: "NVIDIA H100 datasheet (prints the sparse figures), quoted at hmc-tech.com/gpu"},
		{Name: "h100-sxm", Title: "NVIDIA H100 SXM 80GB", DenseBF16: 989.5e12, SparseBF16: 1979e12,
			DenseFP8: 1979e12, SparseFP8: 3958e12, Memory: 80e9, Power: 700, Price: 30_000, RentPerHour: 3,
			PriceSource: list, RentSource: rent,
			Source: "NVIDIA H100 datasheet (prints the sparse figures), quoted at llmbook.apartsin.com"},
		{Name: "h20", Title: "NVIDIA H20 96GB", DenseBF16: 148e12, SparseBF16: 296e12,
			DenseFP8: 296e12, SparseFP8: 592e12, Memory: 96e9, Power: 400, Source: media},
		{Name: "h200-sxm", Title: "NVIDIA H200 SXM 141GB", DenseBF16: 989.5e12, SparseBF16: 1979e12,
			DenseFP8: 1979e12, SparseFP8: 3958e12, Memory: 141e9, Power: 700, RentPerHour: 4, RentSource: rent,
			Source: "NVIDIA H200 page (prints the sparse figures), quoted at morphllm.com/nvidia-h200"},
		{Name: "h800-sxm", Title: "NVIDIA H800 SXM 80GB", DenseBF16: 989.5e12, SparseBF16: 1979e12,
			DenseFP8: 1979e12, SparseFP8: 3958e12, Memory: 80e9, Power: 700, Source: media,
			Note: "H100 with a slower link (NVLink 400 GB/s)"},
		{Name: "mi300x", Title: "AMD Instinct MI300X", DenseBF16: 1307.4e12, SparseBF16: 2614.9e12,
			DenseFP8: 2614.9e12, SparseFP8: 5229.8e12, Memory: 192e9, Power: 750, Source: "AMD Instinct MI300X data sheet, quoted at llmbook.apartsin.com"},
		{Name: "tpu-v5p", Title: "Google Cloud TPU v5p, per chip", DenseBF16: 459e12,
			Memory: 95e9, Source: "cloud.google.com/tpu/docs/v5p", Note: "power not published: give power_watts"},
	}
	sort.Slice(g, func(i, j int) bool { return g[i].Name < g[j].Name })
	return g
}

// GPUNames lists the catalogue's names in order.
func GPUNames() []string {
	var names []string
	for _, g := range Catalogue() {
		names = append(names, g.Name)
	}
	return names
}

// GPUByName finds a catalogue entry. A bare family name that several entries
// share (h100) is refused with the entries, since their peaks differ.
func GPUByName(name string) (GPU, error) {
	var similar []string
	for _, g := range Catalogue() {
		if g.Name == name {
			return g, nil
		}
		if name != "" && strings.HasPrefix(g.Name, strings.ToLower(name)) {
			similar = append(similar, g.Name)
		}
	}
	if len(similar) > 0 {
		return GPU{}, inputError("no GPU named %q; did you mean %s?", name, strings.Join(similar, " or "))
	}
	return GPU{}, inputError("no GPU named %q in the catalogue (%s); give peak_tflops to use another",
		name, strings.Join(GPUNames(), ", "))
}

// Dense is the dense peak at a precision; an error says when there is none.
func (g GPU) Dense(p Precision) (FLOPRate, error) {
	var r FLOPRate
	switch p {
	case BF16:
		r = g.DenseBF16
	case FP8:
		r = g.DenseFP8
	default:
		return 0, inputError("no precision %q; there are bf16 and fp8", p)
	}
	if r == 0 {
		return 0, inputError("%s has no %s peak in the catalogue", g.Name, p)
	}
	return r, positive("the dense peak in FLOP/s", r, 1e20)
}

func (g GPU) sparse(p Precision) FLOPRate {
	if p == FP8 {
		return g.SparseFP8
	}
	return g.SparseBF16
}

// sparseTolerance covers the roundings in print: 1,979 and 1,980, 989 and 989.5.
const sparseTolerance = 0.005

func near(a, b FLOPRate) bool {
	return b > 0 && math.Abs(float64(a-b)) <= sparseTolerance*float64(b)
}

// CheckPeak refuses a peak that is a sparse figure given as dense, and names the
// dense one. Sparse figures double what dense training can reach, so every
// answer built on one is wrong by two. The GPU may be empty or unknown: then the
// whole catalogue is searched, and a figure that is some device's dense peak at
// this precision passes. For a known GPU a figure above its dense peak is
// refused too.
func CheckPeak(gpu string, p Precision, peak FLOPRate) error {
	if err := positive("the peak in FLOP/s", peak, 1e20); err != nil {
		return err
	}
	known, err := GPUByName(gpu)
	list := Catalogue()
	if err == nil {
		list = []GPU{known}
	}
	for _, g := range list {
		if dense, err := g.Dense(p); err == nil && near(peak, dense) {
			return nil
		}
	}
	for _, g := range list {
		dense, denseErr := g.Dense(p)
		if denseErr != nil || !near(peak, g.sparse(p)) {
			continue
		}
		return inputError("%s TFLOP/s is the sparse (2:4) %s peak of %s, out of a training's reach; its dense peak is %s TFLOP/s",
			tera(peak), p, g.Name, tera(dense))
	}
	if err == nil {
		if dense, err := known.Dense(p); err == nil && peak > dense {
			return inputError("%s TFLOP/s is above the dense %s peak of %s, %s TFLOP/s", tera(peak), p, known.Name, tera(dense))
		}
	}
	return nil
}

// tera prints a rate in TFLOP/s with one decimal where it has one.
func tera(r FLOPRate) string {
	return strings.TrimSuffix(fixed(float64(r)/1e12, 1), ".0")
}
