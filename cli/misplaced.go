package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pipelineNames are the ends of the names of pipelines.
var pipelineNames = []string{".yaml", ".yml"}

// dataError answers who gives data in the place of a pipeline.
func dataError(path, kind string) error {
	return fmt.Errorf("%s is data (%s) and no pipeline: corpusmill init %s writes a pipeline for it", path, kind, shellQuoted(path))
}

// folderError answers who gives a folder that no run has in the place of a pipeline.
func folderError(dir string) error {
	for _, end := range pipelineNames {
		file := filepath.Join(dir, "pipeline"+end)
		if _, err := os.Stat(file); err == nil {
			return fmt.Errorf("%s is a folder: want a pipeline file, such as %s", dir, shellQuoted(file))
		}
	}
	return fmt.Errorf("%s is a folder: want a pipeline file; corpusmill init %s writes one for the files in it", dir, shellQuoted(dir))
}

// orData is the error of a file that is no pipeline: where it is data it says so.
func orData(ctx context.Context, file string, err error) error {
	end := strings.ToLower(filepath.Ext(file))
	if slices.Contains(pipelineNames, end) {
		return err
	}
	h, failed := head(ctx, file)
	if failed != nil {
		return err
	}
	kind := kindOf(file, h)
	if len(h) == 0 { // or damaged from the start
		kind = kindByName(file)
	}
	switch {
	case kind == "", kind == "text" && kindByName(file) != "text", kind == "jsonl" && isPipeline(h):
		return err
	}
	return dataError(file, kind)
}

// dataEnds are the ends of the names of data that nobody gives a folder.
var dataEnds = []string{".warc", ".wet", ".jsonl", ".ndjson", ".json", ".parquet", ".arrow", ".feather"}

// isDataLocation reports whether a location is of files, by its name.
func isDataLocation(location string) bool {
	if !strings.Contains(location, "://") {
		return false
	}
	name := strings.ToLower(location)
	for _, end := range []string{".gz", ".zst", ".bz2", ".xz"} {
		name = strings.TrimSuffix(name, end)
	}
	return slices.ContainsFunc(dataEnds, func(end string) bool { return strings.HasSuffix(name, end) })
}

// isPipeline reports whether an object of JSON has keys that pipelines have and documents
// do not.
func isPipeline(head []byte) bool {
	var fields map[string]json.RawMessage
	_ = json.NewDecoder(bytes.NewReader(head)).Decode(&fields) // what is there of it
	for _, key := range []string{"stages", "sink", "extends"} {
		if _, ok := fields[key]; ok {
			return true
		}
	}
	return false
}
