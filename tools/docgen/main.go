// Command docgen writes the documentation of every source, stage, sink and the
// sizing block from the comments, tags and defaults of their settings: the file
// that `corpusmill stages` embeds, docs/stages.md, and the JSON schema of
// pipelines. It runs in the root of the module, by go generate.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	files, err := generate(".")
	if err == nil {
		err = write(".", files)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "docgen: %v\n", err)
		os.Exit(1)
	}
}

// generate makes every file, by its path below the root of the module.
func generate(root string) (map[string][]byte, error) {
	parts, err := collect(root)
	if err != nil {
		return nil, err
	}
	docs, err := indented(docsOf(parts))
	if err != nil {
		return nil, err
	}
	schema, err := indented(schemaOf(parts))
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		"cli/stagedocs.json":    docs,
		"docs/stages.md":        markdown(docsOf(parts)),
		"pipelines/schema.json": schema,
	}, nil
}

func write(root string, files map[string][]byte) error {
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(root, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
