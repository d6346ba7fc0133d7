package parse

import (
	"testing"

	"github.com/corpusmill/corpusmill/transform/html/dom"
)

func TestShapeOf(t *testing.T) {
	for _, c := range []struct {
		href string
		want dom.Address
	}{
		{"", dom.Address{}},
		{"/", dom.Address{}},
		{"https://example.org", dom.Address{}},
		{"https://my-shop.example.org/p/red-running-shoe.html", dom.Address{Dashes: 2, Depth: 2}},
		{"//cdn.example.org/a/b/", dom.Address{Depth: 2}},
		{"/2024/05/a-long-name/", dom.Address{Dashes: 2, Depth: 3}},
		{"/a-b/c", dom.Address{Dashes: 1, Depth: 2}},
		{"list?color=red-and-blue", dom.Address{Depth: 1, Query: true}},
		{"#part-of-it", dom.Address{}},
		{"a_b+c-d", dom.Address{Dashes: 3, Depth: 1}},
	} {
		if got := shapeOf(c.href); got != c.want {
			t.Errorf("%q: %+v, want %+v", c.href, got, c.want)
		}
	}
}
