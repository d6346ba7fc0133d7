package report

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"
)

// CardFile is the name of the card in the run folder. It stands above the parts and not
// among them: Spark, pyarrow and Polars take every file of a folder that they are given.
const CardFile = "README.md"

// builders are the formats of sinks that the datasets library reads, with their endings.
var builders = map[string]string{"parquet": ".parquet", "jsonl": ".jsonl.zst", "arrow": ".arrow"}

// sizes are the classes of Hugging Face by numbers of rows.
var sizes = []struct {
	below int64
	name  string
}{{1_000, "n<1K"}, {10_000, "1K<n<10K"}, {100_000, "10K<n<100K"}, {1_000_000, "100K<n<1M"}, {10_000_000, "1M<n<10M"},
	{100_000_000, "10M<n<100M"}, {1_000_000_000, "100M<n<1B"}, {10_000_000_000, "1B<n<10B"}, {100_000_000_000, "10B<n<100B"},
	{1_000_000_000_000, "100B<n<1T"}, {1 << 62, "n>1T"}}

// languagesListed is how many languages the head of a card names.
const languagesListed = 50

// Card is the README.md of the dataset that a run made, with the head of YAML that Hugging
// Face's datasets read: which files are the data, languages and size. The licence is not
// known to a run and has a place to be put in. It holds nothing that was measured.
func (f *Folder) Card(x *Facts) []byte {
	var b strings.Builder
	b.WriteString("---\npretty_name: " + strconv.Quote(x.Name) + "\n")
	if langs := languages(x); len(langs) > 0 {
		b.WriteString("language:\n")
		for _, l := range langs {
			b.WriteString("- " + strconv.Quote(l) + "\n") // no is a language
		}
	}
	b.WriteString("task_categories:\n- text-generation\nsize_categories:\n- " + sizeClass(x.Stats.Documents) + "\n")
	b.WriteString("# license: that of your sources, which a run does not know\n")
	configs, elsewhere := f.configs(x)
	b.WriteString(configs + "---\n\n# " + oneLine(x.Name) + "\n\n")
	fmt.Fprintf(&b, "%d documents", x.Stats.Documents)
	if x.Stats.Tokens > 0 {
		fmt.Fprintf(&b, ", %d tokens", x.Stats.Tokens)
	}
	fmt.Fprintf(&b, ", %d bytes of text, made by [corpusmill](https://github.com/corpusmill/corpusmill).\n", x.Stats.Bytes)
	b.WriteString("`plan.yaml` has all settings, `stats.json` what was dropped and why, `report.html` shows it.\n")
	for _, line := range elsewhere {
		b.WriteString("\n" + line + "\n")
	}
	if len(x.Stats.By["lang"]) > 0 {
		b.WriteString("\n| language | documents | tokens | bytes |\n|---|---:|---:|---:|\n")
		for _, name := range byDocuments(x)[:min(len(x.Stats.By["lang"]), languagesListed)] {
			y := x.Stats.By["lang"][name]
			fmt.Fprintf(&b, "| %s | %d | %d | %d |\n", strings.ReplaceAll(oneLine(name), "|", `\|`), y.Documents, y.Tokens, y.Bytes)
		}
	}
	return sealCard([]byte(b.String()))
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// byDocuments are the languages, those with most documents first.
func byDocuments(x *Facts) []string {
	of := x.Stats.By["lang"]
	return slices.SortedFunc(maps.Keys(of), func(a, b string) int {
		return cmp.Or(cmp.Compare(of[b].Documents, of[a].Documents), cmp.Compare(a, b))
	})
}

// languages are the codes that a card may name.
func languages(x *Facts) (list []string) {
	for _, name := range byDocuments(x) {
		ok := len(name) == 2 || len(name) == 3
		for _, r := range name {
			ok = ok && r >= 'a' && r <= 'z'
		}
		if ok && name != "und" && name != "zxx" && len(list) < languagesListed {
			list = append(list, name)
		}
	}
	return list
}

func sizeClass(n int64) string {
	for _, s := range sizes {
		if n < s.below {
			return s.name
		}
	}
	return sizes[len(sizes)-1].name
}

// configs are the sets of files of the dataset, one a sink, by their paths from the run
// folder; elsewhere says how those are read that have none or are of another format.
func (f *Folder) configs(x *Facts) (yaml string, elsewhere []string) {
	format := "" // of the files that the head names: the library takes one
	for i, s := range x.Sinks {
		ending := builders[s.Format]
		if ending == "" || len(s.Files) == 0 {
			continue
		}
		pattern := "*" + ending
		if set := f.parts[i].Set; set != "" {
			pattern = "part-" + set + "-*" + ending
		}
		if slices.ContainsFunc(s.Files, func(name string) bool { return strings.Contains(name, "/") }) {
			pattern = "**/" + pattern
		}
		from, ok := relative(f.Ledger.Store.String(), s.Folder)
		if !ok || format != "" && format != s.Format {
			elsewhere = append(elsewhere, fmt.Sprintf("The parts%s are read by `load_dataset(%q, data_files=%q)`.", sinkWords(s.Sink), builder(s.Format), below(cmp.Or(from, s.Folder), pattern)))
			continue
		}
		format = s.Format
		if yaml == "" {
			yaml = "configs:\n"
		}
		yaml += fmt.Sprintf("- config_name: %s\n  data_files:\n  - split: train\n    path: %s\n", strconv.Quote(cmp.Or(s.Sink, "default")), strconv.Quote(path.Join(from, pattern)))
	}
	return yaml, elsewhere
}

// relative is a folder as seen from another, where both are local or one lies in the other.
func relative(from, folder string) (string, bool) {
	if inside, ok := strings.CutPrefix(folder, strings.TrimSuffix(from, "/")+"/"); ok {
		return inside, true
	}
	if strings.Contains(from, "://") || strings.Contains(folder, "://") {
		return "", false
	}
	a, err := filepath.Abs(from)
	b, err2 := filepath.Abs(folder)
	if err != nil || err2 != nil {
		return "", false
	}
	rel, err := filepath.Rel(a, b)
	return filepath.ToSlash(rel), err == nil
}

func sinkWords(name string) string {
	if name == "" {
		return ""
	}
	return " of the sink " + name
}

// builder is the name that the datasets library has for a format.
func builder(format string) string {
	if format == "jsonl" {
		return "json"
	}
	return format
}

const cardSeal = "\n<!-- Written by corpusmill, and anew with every run as long as nobody changes it. xxh3: "

// sealCard ends a card in its own checksum, by which a later run knows that nobody has
// changed it.
func sealCard(b []byte) []byte {
	return fmt.Appendf(slices.Clip(b), "%s%016x -->\n", cardSeal, xxh3.Hash(b))
}

// ours reports whether a card is as a run wrote it.
func ours(card []byte) bool {
	i := bytes.LastIndex(card, []byte(cardSeal))
	return i >= 0 && bytes.Equal(sealCard(slices.Clone(card[:i])), card)
}

// WriteCard puts a card into the run folder, unless there is one that a person wrote or
// changed; written says whether it did.
func (f *Folder) WriteCard(ctx context.Context, card []byte) (written bool, err error) {
	old, err := f.Ledger.ReadFile(ctx, CardFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return false, err
	case !ours(old):
		return false, nil
	case bytes.Equal(old, card):
		return true, nil
	}
	return true, f.Ledger.WriteFile(ctx, CardFile, card)
}
