package parse

import "strings"

const (
	minStateBytes  = 512     // of a script that may hold a page's state
	maxStateBytes  = 2 << 20 // of one that is kept
	stateNameReach = 64      // bytes at a script's start in which its variable stands
)

// stateNames are the ids and variables under which frameworks leave the state that a page
// is built from.
var stateNames = [...]string{"__NEXT_DATA__", "__NUXT_DATA__", "__NUXT__", "__INITIAL_STATE__", "__INITIAL_DATA__", "__PRELOADED_STATE__",
	"__APOLLO_STATE__", "_ROUTER_DATA", "RENDER_DATA", "SSR_HYDRATED_DATA", "__SSR_DATA__", "__remixContext", "initialState"}

// keepState keeps the longest script with the state of the page.
func (p *Parser) keepState(id, script string) {
	if len(script) < minStateBytes || len(script) > maxStateBytes || len(script) <= len(p.State) {
		return
	}
	head := script[:stateNameReach]
	for _, name := range stateNames {
		if strings.EqualFold(id, name) || strings.Contains(head, name) {
			p.State = script
			return
		}
	}
}
