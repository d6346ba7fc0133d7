package page

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/corpusmill/corpusmill/report/evidence"
)

//go:embed evidence.html
var evidenceSource string

// What of evidence stands on its page; all of it is in its files.
const (
	wordsOnPage      = 200
	categoriesOnPage = 200
	sourcesOnPage    = 500
)

var evidencePage = template.Must(template.New("evidence").Funcs(template.FuncMap{
	"n": grouped, "size": size,
	"css":  func() template.CSS { return template.CSS(style) },
	"join": func(list []string) string { return strings.Join(list, " + ") },
	"ratio": func(x float64) string {
		if x > 0 && x < 0.0001 {
			return "<\u00a00.01\u00a0%"
		}
		return fmt.Sprintf("%.2f\u00a0%%", 100*x)
	},
	"value": func(values []string) string {
		shown := make([]string, len(values))
		for i, v := range values {
			if shown[i] = v; v == "" {
				shown[i] = "(none)"
			}
		}
		return strings.Join(shown, " · ")
	},
}).Parse(evidenceSource))

// evidenceView is what the page shows.
type evidenceView struct {
	*evidence.Evidence
	Sources    []*evidence.From
	Categories []*evidence.Category
	Words      []*evidence.Word
}

// WriteEvidence writes evidence as a page: one HTML file with nothing outside it.
func WriteEvidence(w io.Writer, e *evidence.Evidence) error {
	v := evidenceView{Evidence: e, Sources: e.Sources[:min(len(e.Sources), sourcesOnPage)]}
	if x := e.Words; x != nil {
		v.Categories, v.Words = x.Categories[:min(len(x.Categories), categoriesOnPage)], x.Words[:min(len(x.Words), wordsOnPage)]
	}
	return evidencePage.Execute(w, v)
}
