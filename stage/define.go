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
// type and how to make it. It stands beside what it defines, and the lists of a
// program name it explicitly; nothing registers itself.
//
// There are two ways to settings, and both end in [Def.OpenExact]. In YAML every key
// that is not given has its default and 0 is 0 ([Def.Decode]). In Go a zero field is
// one that is not given ([Def.Complete], [Def.Open]).
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
// first. The settings that open is given hold their defaults and are valid: it
// neither fills nor checks them.
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

// Decode reads settings strictly, on top of the defaults, and checks them. It returns
// a pointer to them; an error names the place in the file.
func (d Def) Decode(n *config.Node) (settings any, err error) {
	settings = d.New()
	if err := config.Decode(n, settings); err != nil {
		return nil, err
	}
	if err := validate(settings); err != nil {
		return nil, n.Wrong(d.Name, err)
	}
	return settings, nil
}

// Complete copies settings written in Go, a struct or a pointer to one, and gives its
// zero fields their defaults. It returns a pointer to the copy.
func (d Def) Complete(literal any) (settings any, err error) {
	v := reflect.ValueOf(literal)
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	if !v.IsValid() || v.Type() != d.Settings {
		return nil, d.failed(fmt.Errorf("its settings are a %s, not a %T", d.Settings, literal))
	}
	p := reflect.New(d.Settings)
	p.Elem().Set(v)
	if err := config.SetDefaults(p.Interface()); err != nil {
		return nil, d.failed(err)
	}
	return p.Interface(), nil
}

// Open makes the stage of settings written in Go, a struct or a pointer to one: zero
// fields take their defaults. Where a zero is meant that is not the default, change
// what [Def.New] returns and call [Def.OpenExact]. Errors are an [OpenError].
func (d Def) Open(ctx context.Context, literal any, env *Env) (any, error) {
	settings, err := d.Complete(literal)
	if err != nil {
		return nil, err
	}
	return d.OpenExact(ctx, settings, env)
}

// OpenExact checks the settings and makes the stage of them as they are, every zero
// meant: they are a pointer that New, Decode or Complete returned. What it makes is
// to be closed if it is an [io.Closer]. Errors are an [OpenError].
func (d Def) OpenExact(ctx context.Context, settings any, env *Env) (any, error) {
	if t := reflect.TypeOf(settings); t != reflect.PointerTo(d.Settings) {
		return nil, d.failed(fmt.Errorf("its settings are a *%s, not a %T", d.Settings, settings))
	}
	if err := validate(settings); err != nil {
		return nil, d.failed(err)
	}
	s, err := d.open(ctx, settings, env.complete(d.Name))
	if err != nil {
		return nil, d.failed(err)
	}
	return s, nil
}

// Open makes a stage by its definition of settings written in Go, see [Def.Open]. S is
// what the definition's constructor returns, or a contract that it fulfils.
func Open[S any](ctx context.Context, d Def, literal any, env *Env) (opened S, err error) {
	obj, err := d.Open(ctx, literal, env)
	if err != nil {
		return opened, err
	}
	opened, ok := obj.(S)
	if !ok {
		return opened, d.failed(fmt.Errorf("%T is no %s", obj, reflect.TypeFor[S]()))
	}
	return opened, nil
}

// validate is the one place where settings are checked.
func validate(settings any) error {
	if v, ok := settings.(Validator); ok {
		return v.Validate()
	}
	return nil
}

// OpenError says which stage, source or sink could not be opened.
type OpenError struct {
	// Part is the name of its definition.
	Part string
	// Err is what is wrong, without the name.
	Err error
}

// Error is the name and what is wrong.
func (e *OpenError) Error() string { return e.Part + ": " + e.Err.Error() }

// Unwrap returns what is wrong.
func (e *OpenError) Unwrap() error { return e.Err }

func (d Def) failed(err error) error { return &OpenError{Part: d.Name, Err: err} }

// Env is what a stage may use of the world around it.
type Env struct {
	// Name is the instance name of the stage or source being opened; empty is the name of
	// its definition.
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
	// Lookup finds the variables of the environment that settings name; nil finds none.
	Lookup func(name string) (string, bool)
	// Languages opens what names the language of texts, for stages that judge them; nil knows
	// none. What it opens is closed by who opened it, if it is an io.Closer.
	Languages func(ctx context.Context) (Linguist, error)
	// Log takes what an operator should know; never nil.
	Log *slog.Logger

	reserve *reserve
}

// Linguist names the language of texts. It is safe for concurrent use.
type Linguist interface {
	Holder
	Digester
	// Identify returns a code, "und" for a text that says nothing, and its score, 0 to 1.
	Identify(text string) (code string, score float64)
}

// LookupVariable finds a variable of the environment that a setting names.
func (e *Env) LookupVariable(name string) (string, bool) {
	if e.Lookup == nil {
		return "", false
	}
	return e.Lookup(name)
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

// complete fills what is not given: an environment of Go may be nil or have zeros.
func (e *Env) complete(name string) *Env {
	own, d := Env{}, NewEnv()
	if e != nil {
		own = *e
	}
	own.Name = cmp.Or(own.Name, name)
	own.Memory, own.Workers = cmp.Or(own.Memory, d.Memory), cmp.Or(own.Workers, d.Workers)
	own.RecordBytesMax, own.Carry = cmp.Or(own.RecordBytesMax, d.RecordBytesMax), cmp.Or(own.Carry, d.Carry)
	own.Log = cmp.Or(own.Log, d.Log)
	return &own
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
