// Package pipelines embeds the recipes.
package pipelines

import (
	"embed"
	"path"
	"strings"
)

//go:embed *.yaml
var files embed.FS

// Schema is the JSON schema of pipelines.
//
//go:embed schema.json
var Schema []byte

// Recipe returns an embedded recipe by its name (fineweb) or file name
// (pipelines/fineweb.yaml).
func Recipe(name string) ([]byte, bool) {
	name = strings.TrimSuffix(path.Base(name), ".yaml")
	b, err := files.ReadFile(name + ".yaml")
	return b, err == nil
}

// Names lists the recipes.
func Names() []string {
	entries, _ := files.ReadDir(".") // an embedded folder cannot fail
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = strings.TrimSuffix(e.Name(), ".yaml")
	}
	return names
}
