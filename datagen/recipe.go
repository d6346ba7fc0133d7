package datagen

import (
	"maps"
	"slices"
)

// recipe is what a built-in prompt goes with, where the settings do not say.
type recipe struct {
	rewrites             bool    // of rephrase, else of generate
	chunk                int     // code points of a request
	tokens               int     // of an answer
	ratio                float64 // of the length of an answer to that of its text, expected
	minRatio, maxRatio   float64
	maxCopied, minShared float64
	schema               bool   // there is a file of it
	documents            string // JSON pointer
	text                 string // template
	question, answer     string // templates of a pair
	value                string // JSON pointer
	quote                string // field
	none                 []string
}

// The recipes: Nemotron-CC's five (Su et al. 2024, arXiv:2412.02595), those of Cosmopedia
// (Ben Allal et al. 2024), FineWeb-Edu's grade (Penedo et al. 2024, arXiv:2406.17557), and
// questions whose answers stand in the text. The prompts are in words of our own.
var recipes = map[string]*recipe{
	"wikipedia":         {rewrites: true, chunk: 2000, tokens: 1024, ratio: 1, minRatio: 0.2, maxRatio: 2.5, maxCopied: 0.9, minShared: 0.2},
	"distill":           {rewrites: true, chunk: 4000, tokens: 1536, ratio: 0.6, minRatio: 0.03, maxRatio: 1.1, maxCopied: 0.98, minShared: 0.3},
	"extract_knowledge": {rewrites: true, chunk: 4000, tokens: 1536, ratio: 0.6, minRatio: 0.03, maxRatio: 1.5, maxCopied: 0.95, minShared: 0.2, none: []string{"NONE", "无"}},
	"knowledge_list":    {rewrites: true, chunk: 4000, tokens: 1024, ratio: 0.5, minRatio: 0.02, maxRatio: 1.5, maxCopied: 0.98, minShared: 0.2},
	"diverse_qa":        {chunk: 4000, tokens: 1024, ratio: 0.5, minRatio: 0.02, maxRatio: 3, maxCopied: 0.98, minShared: 0.1, text: "{{text}}\n\n{{answer}}"},
	"textbook":          {chunk: 4000, tokens: 2048, ratio: 1.5, minRatio: 0.1, maxRatio: 20, maxCopied: 0.5, minShared: 0.02},
	"persona":           {chunk: 4000, tokens: 1536, ratio: 1, minRatio: 0.1, maxRatio: 20, maxCopied: 0.5, minShared: 0.02},
	"seed_topic":        {chunk: 1000, tokens: 1536, ratio: 2, minRatio: 0.05, maxRatio: 50, maxCopied: 0.3},
	"grade":             {chunk: 4000, tokens: 256, ratio: 0.05, schema: true, value: "/grade"},
	"grounded_qa": {chunk: 4000, tokens: 1536, ratio: 0.5, schema: true, documents: "/pairs", text: "{{answer.question}}\n{{answer.answer}}",
		question: "{{answer.question}}", answer: "{{answer.answer}}", quote: "quote", minRatio: 0.001, maxRatio: 3, maxCopied: 1},
}

func recipeNames() []string { return slices.Sorted(maps.Keys(recipes)) }
