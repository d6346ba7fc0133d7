package parse

import (
	"strings"

	"github.com/corpusmill/corpusmill/transform/html/token"
)

const (
	minStateBytes  = 512     // of a script that may hold a page's state
	maxStateBytes  = 2 << 20 // of one that is kept
	stateNameReach = 64      // bytes at a script's start in which its variable stands
)

// stateNames are the ids and variables under which frameworks leave the state that a page
// is built from.
var stateNames = [...]string{"__NEXT_DATA__", "__NUXT_DATA__", "__NUXT__", "__INITIAL_STATE__", "__INITIAL_DATA__", "__PRELOADED_STATE__",
	"__APOLLO_STATE__", "_ROUTER_DATA", "RENDER_DATA", "SSR_HYDRATED_DATA", "__SSR_DATA__", "__remixContext", "initialState",
	"__INITIAL_PROPS__", "__APP_DATA__", "__DATA__", "__STATE__", "__sveltekit_", "__staticRouterHydrationData"}

// stateChunks is the variable to which Next.js pushes the state of a page in many scripts.
const stateChunks = "__next_f"

// keepState keeps the longest script with the state of the page, and scripts that push
// parts of it from the first to the last one. Of JSON without such a name it keeps the longest.
func (p *Parser) keepState(a *token.Attrs, script string, at int) {
	head := script[:min(len(script), stateNameReach)]
	pushes := strings.Contains(head, stateChunks)
	if pushes {
		if p.chunks == 0 {
			p.chunks = at + 1
		}
		script = p.HTML[p.chunks-1 : at+len(script)]
	}
	if len(script) < minStateBytes || len(script) > maxStateBytes || len(script) <= len(p.State) {
		return
	}
	if pushes {
		p.State = script
		return
	}
	for _, name := range stateNames {
		if strings.EqualFold(a.ID, name) || strings.Contains(head, name) {
			p.State = script
			return
		}
	}
	if token.EqualFold(a.Type, "application/json") && len(script) > len(p.Island) {
		p.Island = script
	}
}
