package tidy

import (
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func needGo(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("the go tool is not in the PATH: imports cannot be listed")
	}
}

// Packages import lower layers only, in tests too.
func TestLayers(t *testing.T) {
	needGo(t)
	packages, err := listPackages("./...")
	if err != nil {
		t.Fatal(err)
	}
	if len(packages) < 15 {
		t.Fatalf("go list shows %d packages: this test looks in the wrong place", len(packages))
	}
	for _, p := range packages {
		from, ok := folder(p.ImportPath)
		if !ok {
			t.Errorf("%s is not below %s", p.ImportPath, module)
			continue
		}
		for _, imp := range p.Imports {
			if to, ours := folder(imp); ours {
				if err := layerError(from, to); err != nil {
					t.Error(err)
				}
			} else if err := ownerError(from, imp); err != nil {
				t.Error(err)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			to, ours := folder(imp)
			// The commands are tested with the whole program's lists.
			whole := from == "cli" && to == "." || steps[from] > 0 // steps are tested as part of an extraction
			if ours && imp != p.ImportPath && !whole {
				if err := layerError(from, to); err != nil {
					t.Errorf("in a test: %v", err)
				}
			}
		}
	}
}

// The tables name folders that exist.
func TestLayersExist(t *testing.T) {
	names := slices.Collect(maps.Keys(layers))
	for _, owners := range owners {
		names = append(names, owners...)
	}
	names = slices.AppendSeq(names, maps.Keys(steps))
	for _, name := range append(names, families...) {
		if info, err := os.Stat("../../" + name); err != nil || !info.IsDir() {
			t.Errorf("%s is no folder of this module", name)
		}
	}
}

// A program that only wants deduplication must not pay for the rest.
func TestDedupPullsNothingHeavy(t *testing.T) {
	needGo(t)
	packages, err := listPackages("./dedup")
	if err != nil {
		t.Fatal(err)
	}
	for _, dep := range packages[0].Deps {
		for _, bad := range dedupMustNotPull {
			if within(dep, bad) || strings.HasPrefix(dep, bad) && strings.HasPrefix(bad, module) {
				t.Errorf("package dedup pulls in %s", dep)
			}
		}
	}
}

// The rules themselves: what they allow and what they refuse.
func TestLayerRules(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"dedup", "stage", true},
		{"dedup", "purify", false},
		{"stage", "dedup", false},
		{"purify/language", "purify", true},
		{"tokenshards", "tokencount", true},
		{"tokencount", "tokenshards", false},
		{"tokenshards", "sizing", false},
		{"run", "tokenshards", false},
		{"run", "ledger", true},
		{"run", "purify", false},
		{"run", "report", false},
		{"cli", "sizing", true},
		{"cli", "run", true},
		{".", "dedup", true},
		{"cli", ".", false},
		{"cmd/corpusmill", ".", true},
		{"bench/dedup", "dedup", true},
		{"newfolder", "stage", false},
		{"run", "newfolder", false},
		{"text", "store", false},
		{"format/jsonl", "format", true},
		{"transform", "transform/html/parse", true},
		{"transform/html/parse", "transform/html/dom", true},
		{"transform/html/dom", "transform/html/parse", false},
		{"transform/html/score", "transform/html/parse", false},
		{"transform/html/choose", "transform/html/score", true},
		{"transform/html/parse", "transform", false},
		{"transform/html/other", "transform/html/token", false},
	} {
		if err := layerError(c.from, c.to); (err == nil) != c.ok {
			t.Errorf("%s imports %s: %v, want allowed %v", c.from, c.to, err, c.ok)
		}
	}
	for _, c := range []struct {
		dir, library string
		ok           bool
	}{
		{"store/s3", "github.com/minio/minio-go/v7", true},
		{"store", "github.com/minio/minio-go/v7", false},
		{"store/s3/s3test", "github.com/minio/minio-go/v7", false},
		{"purify", "github.com/minio/minio-go/v7", false},
		{"format/parquet", "github.com/parquet-go/parquet-go/compress/zstd", true},
		{"run", "github.com/parquet-go/parquet-go", false},
		{"segment", "github.com/klauspost/compress/zstd", true},
		{"run", "github.com/klauspost/compress/gzip", false},
		{"purify", "github.com/zeebo/xxh3", true},
		{"purify/language", "github.com/pemistahl/lingua-go", true},
		{"purify", "github.com/pemistahl/lingua-go", false},
	} {
		if err := ownerError(c.dir, c.library); (err == nil) != c.ok {
			t.Errorf("%s imports %s: %v, want allowed %v", c.dir, c.library, err, c.ok)
		}
	}
}
