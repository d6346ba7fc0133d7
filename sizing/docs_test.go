package sizing

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite docs/sizing.svg")

// The documentation's chart and printed verdict are what the code prints.
func TestDocumentationIsCurrent(t *testing.T) {
	docs := filepath.Join("..", "docs")
	v := must(Size(1.3e12, example()))
	var chart bytes.Buffer
	if err := v.Chart(&chart); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(docs, "sizing.svg")
	if *update {
		if err := os.WriteFile(path, chart.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(filepath.Join(docs, "sizing.md"))
	if os.IsNotExist(err) {
		t.Skip("docs/sizing.md is not in this copy of the source")
	}
	if err != nil {
		t.Fatal(err)
	}
	svg, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(svg, chart.Bytes()) {
		t.Errorf("docs/sizing.svg is not what the code draws (%v): run go test ./sizing -run Documentation -update", err)
	}
	var table bytes.Buffer
	if err := v.Table(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{strings.Join(v.Sentences(), "\n"), table.String()} {
		if !strings.Contains(string(page), want) {
			t.Errorf("docs/sizing.md does not show:\n%s", want)
		}
	}
	failures := Failures{GPUMTBF: 50_676 * 3600, Checkpoint: 60, Restart: 600}
	for _, days := range []Days{10, 15, 20, 30} {
		o := must(ClusterFor(65e9, 1.3e12, days, must(GPUByName("h100-sxm")), BF16, 0.40, &failures))
		line := fmt.Sprintf("| %g | %s | %.1f %% |", float64(days), grouped(float64(o.GPUs)), 100*o.Goodput)
		if !strings.Contains(string(page), line) {
			t.Errorf("docs/sizing.md does not show the order %q", line)
		}
	}
	for _, g := range Catalogue() {
		if !strings.Contains(string(page), "| `"+g.Name+"` | "+tera(g.DenseBF16)+" |") {
			t.Errorf("docs/sizing.md lacks %s at %s TFLOP/s", g.Name, tera(g.DenseBF16))
		}
	}
}
