package web_test

import (
	"testing"

	"github.com/corpusmill/corpusmill/store"
	"github.com/corpusmill/corpusmill/store/storetest"
	"github.com/corpusmill/corpusmill/store/web"
	"github.com/corpusmill/corpusmill/store/web/webtest"
)

func client() *web.Client { return web.New(web.Settings{UserAgent: "corpusmill/test"}) }

func open(t *testing.T, location string) store.Store {
	t.Helper()
	s, err := client().Open(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openHub(t *testing.T, h *webtest.Hub, location string) store.Store {
	t.Helper()
	s, err := client().Hub(func() (web.Hub, error) { return web.Hub{Endpoint: h.URL, Token: h.Token}, nil })(t.Context(), location)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// below puts files into a folder.
func below(folder string, files map[string][]byte) map[string][]byte {
	all := map[string][]byte{"outside": []byte("outside")}
	for name, data := range files {
		all[folder+"/"+name] = data
	}
	return all
}

func TestConformance(t *testing.T) {
	storetest.RunReadOnly(t, false, func(t *testing.T, files map[string][]byte) store.Store {
		return open(t, webtest.StartSite(t, below("a b/c", files)).URL+"/a b/c")
	})
}

func TestHubConformance(t *testing.T) {
	for _, folder := range []string{"", "/a b/c%"} {
		storetest.RunReadOnly(t, true, func(t *testing.T, files map[string][]byte) store.Store {
			h := webtest.StartHub(t, "org/name")
			h.Token = "hush"
			if folder != "" {
				files = below(folder[1:], files)
			}
			h.Commit("main", files)
			t.Cleanup(func() {
				if l := h.Leaks(); l != nil {
					t.Errorf("the other server saw %q", l)
				}
			})
			return openHub(t, h, "hf://datasets/org/name"+folder)
		})
	}
}

// TestFaults reads through a server that fails at one of ten requests.
func TestFaults(t *testing.T) {
	faults := webtest.NewFaults(10)
	storetest.RunReadOnly(t, false, func(t *testing.T, files map[string][]byte) store.Store {
		return open(t, webtest.StartSite(t, files, faults.Wrap).URL)
	})
	storetest.RunReadOnly(t, true, func(t *testing.T, files map[string][]byte) store.Store {
		h := webtest.StartHub(t, "org/name", faults.Wrap)
		h.Commit("main", files)
		return openHub(t, h, "hf://datasets/org/name")
	})
	if faults.Throttled.Load() == 0 || faults.Unavailable.Load() == 0 || faults.Cut.Load() == 0 {
		t.Errorf("429 %d times, 503 %d times, cut %d times", faults.Throttled.Load(), faults.Unavailable.Load(), faults.Cut.Load())
	}
}
