package tidy

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// module is the path of the main module.
const module = "github.com/corpusmill/corpusmill"

// layers gives every top folder its layer. A package imports lower layers only,
// and of its own layer nothing but its own folder and what sideways names: families
// meet in a plan, never in an import.
var layers = map[string]int{
	"internal": 1,
	"text":     2, "store": 2,
	"corpus": 3, "config": 3,
	"stage":  4,
	"format": 5, "plan": 5, "output": 5,
	"crawl": 6, "gather": 6, "transform": 6, "purify": 6, "dedup": 6, "tokencount": 6, "tokenshards": 6, "sizing": 6, "datagen": 6,
	"segment": 6, "ledger": 6, "flow": 6, "pipelines": 6,
	"run": 7, "report": 7,
	"cli": 8,
	".":   9, // the root package: the lists of stages, sources and sinks
	"cmd": 10, "bench": 10, "e2e": 10, "tools": 10,
}

// steps order the packages below transform/html: a step of the extraction knows the page
// and what that is made of, not the other steps, but that a choice is made of scores.
var steps = map[string]int{
	"transform/html/token":  1,
	"transform/html/inline": 2, "transform/html/words": 2,
	"transform/html/metadata": 3,
	"transform/html/dom":      4,
	"transform/html/state":    4,
	"transform/html/parse":    5, "transform/html/score": 5, "transform/html/render": 5,
	"transform/html/choose": 6,
}

// families are the folders of layer 6 that the engine must not know: a stage
// reaches it as a definition.
var families = []string{"crawl", "gather", "transform", "purify", "dedup", "tokencount", "tokenshards", "sizing", "datagen", "pipelines"}

// sideways are the imports within layer 6 that are right, with the reason why the two
// do not meet in a plan.
var sideways = map[[2]string]string{
	{"tokenshards", "tokencount"}: "a shard is made of the ids of one tokenizer, and equal names must open equal tokenizers",
}

// engine are the folders that import no family. The commands in cli may: extract,
// tokens, lang and size are one family each, without an engine.
var engine = []string{"run", "report"}

// owners names the packages that may import a heavy or replaceable library. A
// package that is not named gets at it through the owner, or does without.
var owners = map[string][]string{
	"github.com/parquet-go/parquet-go":      {"format/parquet"},
	"github.com/apache/arrow":               {"format/arrow"},
	"github.com/pemistahl/lingua-go":        {"purify/language", "purify/language/train"},
	"github.com/minio/":                     {"store/s3"},
	"github.com/spf13/":                     {"cli"},
	"github.com/cockroachdb/":               {"crawl/frontier"},
	"github.com/gocolly/":                   {"crawl", "bench/crawl/peers"},
	"github.com/goccy/go-yaml":              {"config"},
	"github.com/andybalholm/brotli":         {"format/warc", "format/parquet"},
	"github.com/hashicorp/go-retryablehttp": {"purify"}, // models on servers
	"github.com/klauspost/compress/gzip":    {"format", "format/jsonl", "format/warc", "format/parquet"},
	"github.com/klauspost/compress/zstd":    {"format", "format/jsonl", "format/warc", "format/arrow", "format/parquet", "segment"},
	"github.com/klauspost/compress/snappy":  {"format/parquet"},
	"github.com/pierrec/lz4/v4":             {"format/parquet"},
	"github.com/pkoukk/tiktoken-go-loader":  {"tokencount"},
	"github.com/therootcompany/xz":          {"format"},
	"github.com/cespare/xxhash":             {"dedup"},
	"golang.org/x/text/encoding":            {"transform/charset", "transform/office", "crawl", "pipelines/demo/generate", "purify/repair", "report/evidence"},    // office: parts of documents are streamed; crawl: addresses of pages
	"golang.org/x/text/unicode/norm":        {"text", "tokencount", "transform/charset", "transform/office", "transform/latex"},                                   // tokenizers that normalise to NFC; tone marks of windows-1258; names of parts; accents of TeX
	"golang.org/x/net/":                     {"transform", "transform/train", "transform/qa", "purify", "purify/pii", "crawl", "crawl/urls", "internal/outbound"}, // outbound: a name server for its tests
	"google.golang.org/protobuf":            {"transform/train/charset", "purify/language/train"},
	"github.com/nyaruka/phonenumbers":       {"purify/pii/phonetable"},           // its data become a table; tests compare with it
	"github.com/yuin/goldmark":              {"transform/markdown", "transform"}, // transform: its tests read the Markdown that it writes
	"github.com/klippa-app/go-pdfium":       {"transform/pdf"},
	"github.com/tetratelabs/wazero":         {"transform/pdf"},
	"github.com/santhosh-tekuri/jsonschema": {"datagen"},
	"github.com/rogpeppe/go-internal":       {}, // tests only
}

// dedupMustNotPull are packages that a program which imports dedup alone must not
// link: object stores, archives, formats, extraction, language and token models, the program.
var dedupMustNotPull = []string{
	"github.com/apache/arrow", "github.com/parquet-go", "github.com/pemistahl/lingua-go",
	"github.com/pkoukk/", "github.com/spf13/", "golang.org/x/net/html",
	module + "/format", module + "/gather", module + "/transform", module + "/purify",
	module + "/tokencount", module + "/tokenshards", module + "/run", module + "/cli",
	"github.com/minio/", module + "/store/s3",
}

// goPackage is what `go list -json` says of a package.
type goPackage struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
	Deps                               []string
}

func listPackages(args ...string) ([]goPackage, error) {
	out, err := goCommand(append([]string{"list", "-json=ImportPath,Name,Imports,TestImports,XTestImports,Deps"}, args...)...)
	if err != nil {
		return nil, err
	}
	var packages []goPackage
	d := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p goPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// folder returns the path of a package below the module, "." for its root; ok is
// false for packages of others.
func folder(importPath string) (dir string, ok bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// top returns the first element of a folder.
func top(dir string) string {
	t, _, _ := strings.Cut(dir, "/")
	return t
}

// layerError says why the package in folder from must not import folder to; nil
// if it may.
func layerError(from, to string) error {
	a, b := top(from), top(to)
	if a == b {
		return stepError(from, to)
	}
	la, lb := layers[a], layers[b]
	switch {
	case la == 0:
		return fmt.Errorf("%s: the folder %s has no layer: give it one in tools/tidy/layers.go and in docs/design.md", from, a)
	case lb == 0:
		return fmt.Errorf("%s imports %s, whose folder %s has no layer", from, to, b)
	case la < lb:
		return fmt.Errorf("%s (layer %d) imports %s (layer %d): a package imports lower layers only; move what they share down", from, la, to, lb)
	case la == lb && la < layers["cmd"] && sideways[[2]string{a, b}] == "":
		return fmt.Errorf("%s imports %s of the same layer %d: they meet in a plan; let the package above join them", from, to, la)
	}
	for _, e := range engine {
		for _, f := range families {
			if a == e && b == f {
				return fmt.Errorf("%s imports the family %s: the engine takes stages as definitions; hand it over from the root package", from, to)
			}
		}
	}
	return nil
}

// stepError is layerError within a folder whose packages have an order of their own.
func stepError(from, to string) error {
	const folder = "transform/html/"
	if !strings.HasPrefix(from, folder) {
		return nil
	}
	a, b := steps[from], steps[to]
	switch {
	case a == 0:
		return fmt.Errorf("%s has no place among the steps of an extraction: give it one in tools/tidy/layers.go and in docs/design.md", from)
	case b == 0 || a <= b:
		return fmt.Errorf("%s imports %s: steps of an extraction meet in the page; let package transform join them", from, to)
	}
	return nil
}

// ownerError says why the package in folder dir must not import a library; nil if
// it may.
func ownerError(dir, library string) error {
	for prefix, allowed := range owners {
		if !within(library, prefix) {
			continue
		}
		for _, a := range allowed {
			if dir == a {
				return nil
			}
		}
		if len(allowed) == 0 {
			return fmt.Errorf("%s imports %s, which is for tests only", dir, library)
		}
		return fmt.Errorf("%s imports %s, which belongs to %s: use it through that package, or list a new owner in tools/tidy/layers.go with the reason in the commit",
			dir, library, strings.Join(allowed, ", "))
	}
	return nil
}

// within reports whether an import path lies at or below a prefix.
func within(path, prefix string) bool {
	return strings.HasPrefix(path, prefix) && (len(path) == len(prefix) || strings.HasSuffix(prefix, "/") || path[len(prefix)] == '/')
}
