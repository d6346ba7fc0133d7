package stage

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"strings"

	"github.com/corpusmill/corpusmill/config"
	"github.com/corpusmill/corpusmill/store"
)

// Def is the definition of one stage, source or sink: its name, its settings
// type and how to make it. Definitions are listed explicitly; nothing registers
// itself.
type Def struct {
	// Name is the lower_snake name in YAML, files, counters and documentation.
	Name string
	// Revision grows with every change of behaviour; it is part of the task key.
	Revision int
	// Settings is the struct type whose fields are the settings.
	Settings reflect.Type

	open func(ctx context.Context, settings any, env *Env) (any, error)
}

// Define makes the definition of a stage that is its own settings struct: *T
// implements the contracts.
func Define[T any](name string, revision int) Def {
	return Def{Name: name, Revision: revision, Settings: reflect.TypeFor[T](),
		open: func(_ context.Context, settings any, _ *Env) (any, error) { return settings, nil }}
}

// DefineOpen makes the definition of a stage that must load or compute something
// first: open is the same constructor that Go callers use.
func DefineOpen[T, S any](name string, revision int, open func(context.Context, T, *Env) (S, error)) Def {
	return Def{Name: name, Revision: revision, Settings: reflect.TypeFor[T](),
		open: func(ctx context.Context, settings any, env *Env) (any, error) {
			return open(ctx, *settings.(*T), env)
		}}
}

// New returns a pointer to a settings struct that holds the defaults.
func (d Def) New() any {
	p := reflect.New(d.Settings).Interface()
	if err := config.SetDefaults(p); err != nil {
		panic(fmt.Sprintf("stage %s: %v", d.Name, err)) // a wrong tag: caught by the first test
	}
	return p
}

// Open checks the settings and makes the stage.
func (d Def) Open(ctx context.Context, settings any, env *Env) (any, error) {
	if v, ok := settings.(Validator); ok {
		if err := v.Validate(); err != nil {
			return nil, fmt.Errorf("%s: %w", d.Name, err)
		}
	}
	s, err := d.open(ctx, settings, env)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.Name, err)
	}
	return s, nil
}

// Env is what a stage may use of the world around it.
type Env struct {
	// Name is the instance name of the stage or source being opened.
	Name string
	// Seed is the run's seed.
	Seed uint64
	// Memory is the run's budget in bytes.
	Memory int64
	// Workers is the number of workers; it must not change any output.
	Workers int
	// RecordBytesMax is the largest record that is read (record_bytes_max).
	RecordBytesMax int64
	// Carry says what becomes of undeclared input fields: "extra" or "drop".
	Carry string
	// Models are the models that the pipeline names, by name.
	Models map[string]Model
	// Stores opens files and folders, on this machine and wherever the program
	// knows; without one of the caller's, on this machine only.
	Stores store.Schemes
	// Log takes what an operator should know; never nil.
	Log *slog.Logger

	reserve *reserve
}

// Model is a model file of a pipeline's models block.
type Model struct {
	// Path is the local file.
	Path string `yaml:"path"`
	// SHA256 is the digest that the file must have, in hexadecimal; empty is not
	// checked.
	SHA256 string `yaml:"sha256"`
}

// ModelPath returns the file of a model: name is one of the pipeline's models, whose
// digest is checked, or the path itself.
func (e *Env) ModelPath(name string) (string, error) {
	m, ok := e.Models[name]
	if !ok || m.SHA256 == "" {
		return cmp.Or(m.Path, name), nil
	}
	f, err := os.Open(m.Path)
	if err != nil {
		return "", fmt.Errorf("model %s: %w", name, err)
	}
	defer f.Close() //nolint:errcheck // read only
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("model %s: %w", name, err)
	}
	if got := hex.EncodeToString(h.Sum(nil)); got != strings.ToLower(m.SHA256) {
		return "", fmt.Errorf("model %s: %s has sha256 %s, the pipeline wants %s", name, m.Path, got, m.SHA256)
	}
	return m.Path, nil
}

// NewEnv returns an environment with the defaults, for tests and library use.
func NewEnv() *Env {
	return &Env{Seed: 1, Memory: 4 << 30, Workers: 1, RecordBytesMax: 64 << 20, Carry: "extra",
		Log: slog.New(slog.DiscardHandler), reserve: &reserve{}}
}

// OpenFile opens a model or list by location: a path, or one of the program's
// schemes such as s3://bucket/key or embedded:name/path.
func (e *Env) OpenFile(ctx context.Context, location string) (io.ReadCloser, error) {
	s, objects, err := e.Stores.Glob(ctx, location)
	if err != nil {
		return nil, err
	}
	if len(objects) != 1 {
		return nil, fmt.Errorf("%s: %d files match, want one", location, len(objects))
	}
	return s.Open(ctx, objects[0].Name)
}
