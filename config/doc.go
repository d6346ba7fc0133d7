// Package config turns structs into settings and back: strict YAML with the place of
// every mistake, defaults, and the canonical text that keys are made of. It knows no
// stage.
package config
