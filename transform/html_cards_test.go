package transform

import "testing"

func TestShapeOf(t *testing.T) {
	for _, c := range []struct {
		href string
		want address
	}{
		{"", address{}},
		{"/", address{}},
		{"https://example.org", address{}},
		{"https://my-shop.example.org/p/red-running-shoe.html", address{dashes: 2, depth: 2}},
		{"//cdn.example.org/a/b/", address{depth: 2}},
		{"/2024/05/a-long-name/", address{dashes: 2, depth: 3}},
		{"/a-b/c", address{dashes: 1, depth: 2}},
		{"list?color=red-and-blue", address{depth: 1, query: true}},
		{"#part-of-it", address{}},
		{"a_b+c-d", address{dashes: 3, depth: 1}},
	} {
		if got := shapeOf(c.href); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.href, got, c.want)
		}
	}
}

func TestCounted(t *testing.T) {
	for s, want := range map[string]bool{"Men's (309)": true, "Shoes (1,204) ": true, "(7)": true, "309": false, "(a 9)": false, "()": false, "9)": false, "": false} {
		if counted(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}
