// Command docgen writes the documentation of every source, stage, sink and the
// sizing block from the comments, tags and defaults of their settings: the file
// that `corpusmill stages` embeds, docs/stages.md with a page of each in docs/stages,
// and the JSON schema of pipelines. It runs in the root of the module, by go generate.
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
	files := markdown(docsOf(parts))
	files["cli/stagedocs.json"], files["pipelines/schema.json"] = docs, schema
	return files, nil
}

// stale lists pages of what is there no more.
func stale(root string, files map[string][]byte) (list []string, err error) {
	there, err := filepath.Glob(filepath.Join(root, "docs/stages/*.md"))
	for _, path := range there {
		if _, ok := files["docs/stages/"+filepath.Base(path)]; !ok {
			list = append(list, path)
		}
	}
	return list, err
}

func write(root string, files map[string][]byte) error {
	old, err := stale(root, files)
	if err != nil {
		return err
	}
	for _, path := range old {
		if err := os.Remove(path); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "docs/stages"), 0o755); err != nil {
		return err
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(root, name), b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
