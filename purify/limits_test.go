package purify

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/corpusmill/corpusmill/stage"
)

// TestLimitsInRange: every limit of a rule refuses what is negative, and a share what is
// above 1: a percent in its place drops all, or nothing.
func TestLimitsInRange(t *testing.T) {
	unbounded := []string{"max_symbol_ratio", "max_newline_ratio"} // more than one a word is possible
	defaults := map[string]any{
		"c4_quality": &C4Quality{}, "gopher_quality": &GopherQuality{}, "gopher_repetition": &GopherRepetition{},
		"fineweb_quality": &FineWebQuality{ShortLineChars: 30}, "chinese_quality": &ChineseQuality{}, "script_quality": &ScriptQuality{},
	}
	checked := 0
	for name, settings := range defaults {
		v := reflect.ValueOf(settings).Elem()
		for i := range v.NumField() {
			limit, ok := reflect.TypeAssert[*stage.Limit](v.Field(i).Addr())
			if !ok {
				continue
			}
			key := v.Type().Field(i).Tag.Get("yaml")
			share := strings.HasSuffix(key, "_ratio") && !slices.Contains(unbounded, key)
			for _, x := range []float64{-1e-9, 0, 1, 1 + 1e-9} {
				*limit = stage.At(x)
				err := settings.(stage.Validator).Validate()
				bad := x < 0 || share && x > 1
				if bad != (err != nil) || bad && !strings.HasPrefix(err.Error(), key+": ") {
					t.Errorf("%s: %s: %g: %v", name, key, x, err)
				}
				checked++
			}
			*limit = stage.Limit{}
		}
	}
	if checked < 4*40 {
		t.Errorf("%d limits looked at", checked/4)
	}
}
