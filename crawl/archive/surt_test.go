package archive

import "testing"

// TestSURT holds keys to those that the package surt of the Internet Archive makes.
func TestSURT(t *testing.T) {
	for address, want := range map[string]string{
		"http://www.Example.com/":                     "com,example)/",
		"https://www2.example.com:443/A/B/?b=2&a=1#f": "com,example)/a/b?a=1&b=2",
		"http://example.com:8080/x/":                  "com,example:8080)/x",
		"http://127.0.0.1:8080/a":                     "1,0,0,127:8080)/a",
		"http://example.com":                          "com,example)/",
		"http://example.com/?":                        "com,example)/",
		"http://example.com/%7Euser/%e4b%2F%2520c":    "com,example)/~user/%e4b/%20c",
		"http://ex.com/a b":                           "com,ex)/a%20b",
		"http://ex.com/é":                             "com,ex)/%c3%a9",
		"http://ex.com/a?q=%C3%A9&Z=1&z=0":            "com,ex)/a?q=%c3%a9&z=0&z=1",
		"http://ex.com/a//b/../c/./d":                 "com,ex)/a/c/d",
		"http://[::1]:80/x":                           "::1)/x",
		"http://ex.com./a":                            "com,ex)/a",
		"http://ex.com/a?b&a=&a":                      "com,ex)/a?a&a=&b",
		"http://ex.com/a?x=1&&y":                      "com,ex)/a?&x=1&y",
		"http://sub.www.ex.com/":                      "com,ex,www,sub)/",
		"http://www.com/":                             "com)/",
		"http://ex.com/a/?x=y/":                       "com,ex)/a?x=y/",
		"http://ex.com/a?":                            "com,ex)/a",
		"http://xn--bcher-kva.ch/":                    "ch,xn--bcher-kva)/",
		"http://ex.com/a%3Fb%23c%25":                  "com,ex)/a?b%23c%25",
		"http://ex.com/A+B?c+d=E":                     "com,ex)/a+b?c+d=e",
		"http://ex.com/index.html;x":                  "com,ex)/index.html;x",
		"http://localhost/":                           "localhost)/",
		"http://h.localhost:8080/":                    "localhost,h:8080)/",
		"http://ex.com/../../a":                       "com,ex)/a",
		"not a URL %zz":                               "not%20a%20url%20%25zz",
	} {
		if got := surt(address); got != want {
			t.Errorf("%s: %s, want %s", address, got, want)
		}
	}
}
