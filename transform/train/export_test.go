package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/transform"
)

// Only what says how sure a text is changes in a model's file.
func TestWithConfidence(t *testing.T) {
	const head = "package score\n\nconst (\n\tbuiltinBias           = 1\n"
	src := head + "\tbuiltinConfidenceBias = 1.5\n)\n\nvar builtinTrees = [0]Tree{}\n\nvar builtinConfidence = [1]Tree{\n\t{},\n}\n"
	tree := transform.Tree{}
	tree.Leaf[1] = 0.25
	out, err := withConfidence([]byte(src), transform.Stage{Bias: -2, Trees: []transform.Tree{tree, tree}})
	if err != nil {
		t.Fatal(err)
	}
	got := string(out)
	for _, want := range []string{head, "builtinConfidenceBias = -2\n", "var builtinTrees = [0]Tree{}", "var builtinConfidence = [2]Tree{", "0.25", "[TreeDepth]uint8{"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if again, err := withConfidence(out, transform.Stage{Bias: -2, Trees: []transform.Tree{tree, tree}}); err != nil || !bytes.Equal(again, out) {
		t.Errorf("a second time: %v\n%s", err, again)
	}
	if _, err := withConfidence([]byte(head), transform.Stage{}); err == nil {
		t.Error("no error where there is none")
	}
}
