package output

import (
	"maps"
	"testing"
)

func TestHiveNames(t *testing.T) {
	for value, want := range map[string]string{"en": "en", "zh-Hans": "zh-Hans", "é ü": "é ü", "a/b": "a%2Fb", "a=b": "a%3Db", "50%": "50%25", "a:b?*": "a%3Ab%3F%2A",
		"x\ny\x7f": "x%0Ay%7F", `"#'\{[]^`: "%22%23%27%5C%7B%5B%5D%5E", "..": "..", "": hiveNull, hiveNull: "%5F_HIVE_DEFAULT_PARTITION__"} {
		got := HiveEscape(value, false)
		if got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
		back := HiveValues("a=1/v=" + got + "/part-00000-000.x")
		if wanted := map[string]string{"a": "1", "v": value}; value != "" && !maps.Equal(back, wanted) || value == "" && len(back) != 1 {
			t.Errorf("%q: read back as %q", value, back)
		}
	}
	if got := HiveEscape("x", true); got != hiveNull {
		t.Errorf("null: %s", got)
	}
	if got := HiveValues("part=1.x"); len(got) != 0 {
		t.Errorf("a file is no folder: %q", got)
	}
}
