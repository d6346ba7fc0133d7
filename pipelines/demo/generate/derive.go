package main

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"slices"
	"strings"
	"unicode"
)

// order is a fixed pseudo-random number made of strings, used wherever the
// corpus needs variety, so that nothing depends on the order of work.
func order(parts ...string) uint64 {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return binary.BigEndian.Uint64(sum[:8])
}

// pick chooses one of the items by a key.
func pick[T any](items []T, key ...string) T {
	return items[order(key...)%uint64(len(items))]
}

// words splits a text into lower-cased runs of letters and digits; each
// Chinese or Japanese character is a word of its own.
func words(text string) []string {
	var out []string
	var run []rune
	flush := func() {
		if len(run) > 0 {
			out = append(out, string(run))
			run = run[:0]
		}
	}
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
			flush()
			out = append(out, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			run = append(run, unicode.ToLower(r))
		default:
			flush()
		}
	}
	flush()
	return out
}

const shingleWords = 5

func shingles(text string) map[string]bool {
	w := words(text)
	set := make(map[string]bool, len(w))
	for i := 0; i+shingleWords <= len(w); i++ {
		set[strings.Join(w[i:i+shingleWords], " ")] = true
	}
	return set
}

// jaccard is the size of the intersection over the size of the union, rounded
// to six decimals so that it prints the same everywhere.
func jaccard(a, b map[string]bool) float64 {
	if len(a) == 0 && len(b) == 0 {
		return 1
	}
	both := 0
	for s := range a {
		if b[s] {
			both++
		}
	}
	return math.Round(float64(both)/float64(len(a)+len(b)-both)*1e6) / 1e6
}

// sentences cuts a paragraph after its end marks. Joining the pieces gives
// the paragraph again.
func sentences(p string) []string {
	var out []string
	rs := []rune(p)
	start := 0
	for i, r := range rs {
		if !strings.ContainsRune(".!?。！？", r) {
			continue
		}
		wide := strings.ContainsRune("。！？", r)
		end := i + 1
		for end < len(rs) && strings.ContainsRune("\"”’」』）", rs[end]) {
			end++
		}
		if !wide && end < len(rs) && rs[end] != ' ' {
			continue // a decimal point or a host name
		}
		for end < len(rs) && rs[end] == ' ' {
			end++
		}
		out = append(out, string(rs[start:end]))
		start = end
	}
	if start < len(rs) {
		out = append(out, string(rs[start:]))
	}
	return out
}

// place is one sentence of an article.
type place struct{ block, sentence int }

// edit removes and adds sentences until the Jaccard similarity with the
// original is as near to the target as the text allows, and returns the new
// text with its exact similarity. Sentences move as a whole, so that the
// result still reads like something an editor might have done.
func edit(body []block, target float64, extra []string, seed string) ([]block, float64) {
	original := shingles(plainText(body))
	parts := make([][]string, len(body))
	var places []place
	for i, b := range body {
		if !b.prose() {
			continue
		}
		parts[i] = sentences(b.text)
		for j := range parts[i] {
			places = append(places, place{i, j})
		}
	}
	slices.SortFunc(places, func(a, b place) int {
		return compare(order(seed, body[a.block].text, parts[a.block][a.sentence]),
			order(seed, body[b.block].text, parts[b.block][b.sentence]))
	})
	const tolerance = 0.012
	best, now := body, 1.0
	for n, p := range places {
		if now <= target+tolerance/2 {
			break
		}
		old := parts[p.block][p.sentence]
		for _, try := range []string{"", follow(old, extra[n%len(extra)])} {
			if try != "" && n >= len(extra) {
				break // each extra sentence at most once
			}
			if try == "" && len(parts[p.block]) < 2 {
				continue // never empty a paragraph
			}
			parts[p.block][p.sentence] = try
			next := assemble(body, parts)
			if j := jaccard(original, shingles(plainText(next))); j >= target-tolerance {
				best, now = next, j
				break
			}
			parts[p.block][p.sentence] = old
		}
	}
	return best, now
}

// follow puts a sentence after another one, with a space where the script has
// spaces.
func follow(old, extra string) string {
	switch {
	case unicode.In([]rune(extra)[0], unicode.Han):
		return old + extra
	case strings.HasSuffix(old, " "):
		return old + extra + " "
	default:
		return old + " " + extra
	}
}

func assemble(body []block, parts [][]string) []block {
	out := slices.Clone(body)
	for i := range out {
		if parts[i] != nil {
			out[i].text = strings.TrimSpace(strings.Join(parts[i], ""))
		}
	}
	return out
}

func compare(a, b uint64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// extraSentences are what an editor might add anywhere.
func extraSentences(lang string) []string {
	if strings.HasPrefix(lang, "zh") {
		return []string{
			"编者注：本文在转载时略有删改。", "这一点许多读者来信时都曾经提到过。", "具体情况因人而异，仅供大家参考。",
			"我们在整理资料的时候又核对了一遍。", "关于这个问题，后面还会专门写一篇文章来讨论。", "说到这里，不妨停下来想一想。",
			"感谢几位热心网友提供的补充材料。", "当然，不同的地方可能有不同的做法。", "这段文字发表以后做过一次小的修订。",
			"有经验的人一看就会明白其中的道理。", "如果发现有错误的地方，欢迎留言指正。", "这个细节往往容易被人忽略。",
		}
	}
	return []string{
		"This paragraph was revised after several readers had written to us.", "Opinions about this differ, as you would expect.",
		"We checked the figures again before this version was published.", "There is more about this in last year's edition.",
		"It is easy to overlook, even for people with some experience.", "An earlier version of this text left that out.",
		"The same has been reported from other places too.", "Thanks to everybody who sent corrections and photographs.",
		"Local habits may of course be different from what is described here.", "Take your time over it, because nothing is gained by haste.",
		"A short note on this point has been added at the request of the editors.", "Anyone who has seen it once will remember it.",
	}
}
