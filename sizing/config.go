package sizing

// Config is the sizing block of a pipeline file:
//
//	sizing:
//	  tokens_per_parameter: 20
//	  cluster: { gpu: h100-sxm, gpus: 1024, mfu: 0.40, days: 30 }
type Config struct {
	// TokensPerParameter is the ratio of training tokens to (active) parameters.
	// 20 is Chinchilla's compute optimum; models that serve much are trained on
	// hundreds. Above 0, at most 1e7.
	TokensPerParameter float64 `yaml:"tokens_per_parameter" default:"20"`
	// Tokenizer names what counted the tokens. Only printed: counts of two
	// tokenizers are not comparable.
	Tokenizer string `yaml:"tokenizer"`
	// Fit names the loss law: besiroglu2024, hoffmann2022 or muennighoff2023.
	Fit string `yaml:"fit" default:"besiroglu2024"`
	// ActiveRatio is active over total parameters of a mixture of experts, 0..1;
	// 1 is a dense model.
	ActiveRatio float64 `yaml:"active_ratio" default:"1"`
	// SequenceTokens is the training sequence length, for the memory check.
	SequenceTokens int `yaml:"sequence_tokens" default:"4096"`
	// Cluster is the hardware; without it only the data side is computed.
	Cluster *ClusterConfig `yaml:"cluster"`
}

// ClusterConfig describes the hardware of a [Config].
type ClusterConfig struct {
	// GPU is a name of the catalogue, or any name with
	// peak_tflops.
	GPU string `yaml:"gpu" default:"h100-sxm"`
	// GPUs is how many there are, at least 1.
	GPUs int `yaml:"gpus"`
	// MFU is model FLOP utilisation against the dense peak, 0..1. Published runs
	// reach 0.21 to 0.46; 0.40 is a well-tuned dense model.
	MFU float64 `yaml:"mfu" default:"0.40"`
	// Days the cluster is yours, above 0.
	Days float64 `yaml:"days"`
	// Precision of the peak: bf16 or fp8.
	Precision string `yaml:"precision" default:"bf16"`
	// PeakTFLOPS replaces the catalogue's dense peak, in TFLOP/s a GPU; 0 keeps
	// it. A known sparse figure is refused.
	PeakTFLOPS float64 `yaml:"peak_tflops" default:"0"`
	// MemoryGB replaces the catalogue's memory, in 1e9 bytes a GPU; 0 keeps it.
	MemoryGB float64 `yaml:"memory_gb" default:"0"`
	// GPUMTBFHours is the mean time between failures of one GPU in hours; 0 counts
	// no failures. Llama 3 saw 50,676 (419 interruptions, 54 days, 16,384 GPUs).
	GPUMTBFHours float64 `yaml:"gpu_mtbf_hours" default:"0"`
	// CheckpointSeconds is how long one checkpoint stops the training.
	CheckpointSeconds float64 `yaml:"checkpoint_seconds" default:"60"`
	// RestartSeconds is from a failure to the first new step.
	RestartSeconds float64 `yaml:"restart_seconds" default:"600"`
	// PowerWatts replaces the catalogue's power, in watts a GPU; 0 keeps it.
	PowerWatts float64 `yaml:"power_watts" default:"0"`
	// PowerOverhead multiplies GPU power for hosts, network and cooling, 1..10.
	PowerOverhead float64 `yaml:"power_overhead" default:"2"`
	// USDPerKWh is the price of electricity; 0 leaves its cost out.
	USDPerKWh float64 `yaml:"usd_per_kwh" default:"0.09"`
	// USDPerGPUHour replaces the catalogue's indicative rent; 0 keeps it.
	USDPerGPUHour float64 `yaml:"usd_per_gpu_hour" default:"0"`
	// USDPerGPU replaces the catalogue's indicative price; 0 keeps it.
	USDPerGPU float64 `yaml:"usd_per_gpu" default:"0"`
}

// DefaultConfig is a Config with every default and no cluster. The zero value is not valid:
// start from here.
func DefaultConfig() Config {
	return Config{
		TokensPerParameter: DefaultTokensPerParameter, Fit: Besiroglu2024().Name,
		ActiveRatio: 1, SequenceTokens: 4096,
	}
}

// DefaultCluster is a ClusterConfig with every default; GPUs and Days are the
// caller's to set.
func DefaultCluster() ClusterConfig {
	return ClusterConfig{
		GPU: "h100-sxm", MFU: 0.40, Precision: string(BF16), CheckpointSeconds: 60,
		RestartSeconds: 600, PowerOverhead: 2, USDPerKWh: 0.09,
	}
}

// UnmarshalYAML reads a sizing block over the defaults, so that a file names only
// what it changes. It is the form that YAML libraries call without an import here.
func (c *Config) UnmarshalYAML(unmarshal func(any) error) error {
	type plain Config
	p := plain(DefaultConfig())
	if err := unmarshal(&p); err != nil {
		return err
	}
	*c = Config(p)
	return nil
}

// UnmarshalYAML reads a cluster block over the defaults.
func (c *ClusterConfig) UnmarshalYAML(unmarshal func(any) error) error {
	type plain ClusterConfig
	p := plain(DefaultCluster())
	if err := unmarshal(&p); err != nil {
		return err
	}
	*c = ClusterConfig(p)
	return nil
}

// Validate reports the first thing wrong with the configuration; errors wrap
// [ErrInput] and name the key.
func (c Config) Validate() error {
	if err := firstError(
		positive("tokens_per_parameter", c.TokensPerParameter, maxTokensPerParameter),
		ratio("active_ratio", c.ActiveRatio), checkSequence(c.SequenceTokens)); err != nil {
		return err
	}
	if _, err := FitByName(c.Fit); err != nil {
		return err
	}
	if len(c.Tokenizer) > 200 {
		return inputError("tokenizer is longer than 200 bytes")
	}
	if c.Cluster == nil {
		return nil
	}
	return c.Cluster.Validate()
}

// Validate reports the first thing wrong with the cluster; errors wrap
// [ErrInput] and name the key.
func (c ClusterConfig) Validate() error {
	if err := firstError(gpuCount(c.GPUs), ratio("mfu", c.MFU), positive("days", Days(c.Days), maxDays),
		notNegative("peak_tflops", c.PeakTFLOPS, 1e8), notNegative("memory_gb", c.MemoryGB, 1e6),
		notNegative("gpu_mtbf_hours", c.GPUMTBFHours, 1e9), notNegative("power_watts", c.PowerWatts, 1e5),
		notNegative("usd_per_kwh", c.USDPerKWh, 1e3), notNegative("usd_per_gpu_hour", c.USDPerGPUHour, 1e6),
		notNegative("usd_per_gpu", c.USDPerGPU, 1e9)); err != nil {
		return err
	}
	if !(c.PowerOverhead >= 1 && c.PowerOverhead <= 10) {
		return inputError("power_overhead is %v; it must lie between 1 (the GPUs alone) and 10", c.PowerOverhead)
	}
	_, _, err := c.Resolve()
	return err
}

// Device is the catalogue's entry with the configuration's own figures over it,
// or a device made of those figures alone when peak_tflops is given.
func (c ClusterConfig) Device() (GPU, error) {
	p := Precision(c.Precision)
	if p != BF16 && p != FP8 {
		return GPU{}, inputError("precision is %q; there are bf16 and fp8", c.Precision)
	}
	g, err := GPUByName(c.GPU)
	if err != nil {
		if c.PeakTFLOPS == 0 {
			return GPU{}, err
		}
		g = GPU{Name: c.GPU, Source: "the configuration"}
		if g.Name == "" {
			g.Name = "custom"
		}
	}
	if c.PeakTFLOPS > 0 {
		peak := FLOPRate(c.PeakTFLOPS * 1e12)
		if err := CheckPeak(c.GPU, p, peak); err != nil {
			return GPU{}, err
		}
		if p == FP8 {
			g.DenseFP8 = peak
		} else {
			g.DenseBF16 = peak
		}
		g.Source = "peak_tflops in the configuration"
	}
	if c.MemoryGB > 0 {
		g.Memory = Bytes(c.MemoryGB * 1e9)
	}
	if c.PowerWatts > 0 {
		g.Power = Watts(c.PowerWatts)
	}
	if c.USDPerGPUHour > 0 {
		g.RentPerHour, g.RentSource = USD(c.USDPerGPUHour), "the configuration"
	}
	if c.USDPerGPU > 0 {
		g.Price, g.PriceSource = USD(c.USDPerGPU), "the configuration"
	}
	return g, nil
}

// Failures is the block's failure model; nil where gpu_mtbf_hours is 0.
func (c ClusterConfig) Failures() *Failures {
	if c.GPUMTBFHours == 0 {
		return nil
	}
	return &Failures{
		GPUMTBF:    Seconds(c.GPUMTBFHours * 3600),
		Checkpoint: Seconds(c.CheckpointSeconds), Restart: Seconds(c.RestartSeconds),
	}
}

// Resolve turns the block into a cluster, whatever its days, and where failures
// are counted its uptime (nil otherwise).
func (c ClusterConfig) Resolve() (Cluster, *Uptime, error) {
	g, err := c.Device()
	if err != nil {
		return Cluster{}, nil, err
	}
	k := Cluster{GPU: g, GPUs: c.GPUs, Precision: Precision(c.Precision), MFU: c.MFU, Goodput: 1}
	var up *Uptime
	if f := c.Failures(); f != nil {
		u, err := f.Goodput(c.GPUs)
		if err != nil {
			return Cluster{}, nil, err
		}
		k.Goodput, up = u.Goodput, &u
	}
	if _, err := k.Peak(); err != nil {
		return Cluster{}, nil, err
	}
	return k, up, nil
}
