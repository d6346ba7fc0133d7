package score

import (
	"testing"
)

func TestFeatureNames(t *testing.T) {
	seen := map[string]int{}
	for i := range FeatureCount {
		name := FeatureName(i)
		if j, ok := seen[name]; ok {
			t.Errorf("features %d and %d are both named %q", j, i, name)
		}
		seen[name] = i
	}
	if FeatureName(-1) != "feature -1" || FeatureName(FeatureCount) == "" {
		t.Error("names outside the range")
	}
}
